"""Whom dial tone reminds of something: a new voicemail message, or that their telephone does not
ring because they have said so. Followed on switchd's board."""

from __future__ import annotations

from collections.abc import Callable

from firmware.link.client import Event, Snapshot
from firmware.link.rows import MailboxRow, PersonRow, Row
from firmware.model.personal import ForwardKind


class Reminders:
    """Extensions to remind, by their number."""

    def __init__(self) -> None:
        self._messages: dict[str, int] = {}  # new ones, of extensions that have some
        self._watchers: dict[str, tuple[str, Callable[[int], None]]] = {}
        self._diverted: set[str] = set()

    def __contains__(self, extension: object) -> bool:
        return extension in self._messages or extension in self._diverted

    def watch(self, line: str, extension: str, watcher: Callable[[int], None]) -> None:
        """Tell ``watcher`` how many new messages ``extension`` has, now and with every change."""
        self._watchers[line] = (extension, watcher)
        watcher(self._messages.get(extension, 0))

    def unwatch(self, line: str) -> None:
        """The line is taken out of the configuration."""
        self._watchers.pop(line, None)

    def told(self, change: Snapshot | Event) -> None:
        """switchd: its rows, or a change of them."""
        if isinstance(change, Snapshot):
            self.lost()
            for kind in ("mailbox", "person"):
                for row in change.rows.get(kind, ()):
                    self._show(row, is_there=True)
        else:
            self._show(change.row, is_there=not change.name.endswith(".removed"))

    def lost(self) -> None:
        """switchd is gone, and what it said is void."""
        self._messages.clear()
        self._diverted.clear()

    def _count(self, extension: str, new: int) -> None:
        if new:
            self._messages[extension] = new
        else:
            self._messages.pop(extension, None)
        for watched, watcher in self._watchers.values():
            if watched == extension:
                watcher(new)

    def _show(self, row: Row, *, is_there: bool) -> None:
        match row:
            case MailboxRow():
                self._count(row.id, row.new if is_there else 0)
            case PersonRow():
                diverted = row.dnd or ForwardKind.ALWAYS in row.forwards
                _put(self._diverted, row.id, is_there and diverted)
            case _:
                pass


def _put(numbers: set[str], number: str, is_in: bool) -> None:
    if is_in:
        numbers.add(number)
    else:
        numbers.discard(number)
