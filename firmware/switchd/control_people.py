"""What switchd can be asked about people over its link (``PeopleApi``)."""

from __future__ import annotations

from firmware.link.rows import FollowRow
from firmware.model.personal import ForwardKind
from firmware.store.writer import StoreWriter
from firmware.switchd.exchange import Exchange


class PeopleControl:
    """Implements ``PeopleApi`` on the exchange."""

    def __init__(self, exchange: Exchange, ledger: StoreWriter) -> None:
        self._people = exchange.people
        self._wake_ups = exchange.wake_ups
        self._ledger = ledger

    def set_do_not_disturb(self, number: str, on: bool) -> None:
        """PeopleApi."""
        self._people.set_do_not_disturb(number, on)

    def set_call_waiting(self, number: str, on: bool) -> None:
        """PeopleApi."""
        self._people.set_call_waiting(number, on)

    def set_forward(self, *, number: str, kind: str, to: str, after_s: float) -> None:
        """PeopleApi."""
        if kind not in set(ForwardKind):
            raise ValueError(f"'{kind}' is no kind of forward; there are {', '.join(ForwardKind)}")
        self._people.set_forward(number, ForwardKind(kind), to, after_s)

    def set_follow_me(self, number: str, on: bool) -> None:
        """PeopleApi."""
        self._people.set_follow_me(number, on)

    def set_follow_steps(self, number: str, steps: tuple[FollowRow, ...]) -> None:
        """PeopleApi."""
        self._people.set_follow_steps(number, steps)

    def set_speed_dial(self, number: str, slot: str, to: str) -> None:
        """PeopleApi."""
        self._people.set_speed_dial(number, slot, to)

    def log_in_at(self, number: str, telephone: str) -> None:
        """PeopleApi."""
        self._people.log_in_at(number, telephone)

    def log_out_of(self, telephone: str) -> None:
        """PeopleApi."""
        self._people.log_out_of(telephone)

    def set_wake_up(self, number: str, at: str) -> float:
        """PeopleApi."""
        self._people.require(number)
        return self._wake_ups.set(number, at)

    def cancel_wake_ups(self, number: str) -> int:
        """PeopleApi."""
        self._people.require(number)
        return self._wake_ups.cancel(number)

    def settings_stored(self) -> bool:
        """PeopleApi."""
        return self._ledger.waiting == 0
