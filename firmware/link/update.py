"""The box's updates over the link: what is known, and orders about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow:
    """The one update there is, or was. Its event: changed."""

    id: str  # "update"
    state: str  # UpdateState of firmware.model.update
    release: str  # that runs
    slot: str  # it runs in: "A", "B", "" on a box that is no image
    other: str  # the release in the other slot, "" when none can be started there
    version: str  # of the bundle that this is about, "" when there is none
    source: str  # "address", "stick", "file", ""
    notes: str  # what its makers say of it
    is_working: bool  # something is being done: what comes of it is not known yet
    percent: int | None  # of what is being fetched or written
    hindrance: str  # why the box does not restart into it yet, a word; "" when nothing hinders
    why: str  # what went wrong, in the log's words
    checked_at: float  # Unix seconds of the last answer of the address, 0: never
    since: float  # Unix seconds of the last change of ``state``, 0: never


class UpdateApi(Protocol):
    """A part of the link of ``update``. Rows: update, alarm. Orders return at once; what comes of
    them is seen in the row."""

    def check(self) -> None:
        """Ask the address, and look at the sticks, now.

        Raises:
            RuntimeError: this box is no image.
        """
        ...

    def bring(self, path: str) -> None:
        """Take a bundle from a file of the box.

        Raises:
            RuntimeError: an update is under way, or this box is no image.
            ValueError: there is no such file.
        """
        ...

    def install(self) -> None:
        """Fetch what is offered and write it into the other slot. Calls go on.

        Raises:
            RuntimeError: nothing is offered, or it is under way already.
        """
        ...

    def switch(self, *, cut_calls: bool) -> None:
        """Restart into what is installed now.

        Raises:
            RuntimeError: nothing is installed, or calls stand against it; the text says which.
        """
        ...

    def confirm(self) -> None:
        """Keep the release on trial without its call.

        Raises:
            RuntimeError: none is on trial.
        """
        ...

    def roll_back(self, *, cut_calls: bool) -> None:
        """Restart into the release before.

        Raises:
            RuntimeError: there is none, or calls stand against it.
        """
        ...

    def forget(self) -> None:
        """Want no more of what is offered, brought or installed.

        Raises:
            RuntimeError: there is nothing, or it is being written.
        """
        ...
