"""Whom dial tone reminds of something: a new voicemail message, or that their telephone does not
ring because they have said so. Followed on switchd's board."""

from __future__ import annotations

from firmware.link.client import Event, Snapshot
from firmware.link.rows import MailboxRow, PersonRow, Row
from firmware.model.personal import ForwardKind


class Reminders:
    """Extensions to remind, by their number."""

    def __init__(self) -> None:
        self._messages: set[str] = set()
        self._diverted: set[str] = set()

    def __contains__(self, extension: object) -> bool:
        return extension in self._messages or extension in self._diverted

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

    def _show(self, row: Row, *, is_there: bool) -> None:
        match row:
            case MailboxRow():
                _put(self._messages, row.id, is_there and row.new > 0)
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
