"""Attends to the modems: opens each where it is plugged in, notices plugging and unplugging, and
has one that does not answer brought back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from firmware.lined.poller import Channel, Polled
from firmware.lined.revive import Attempt, Reviver
from firmware.lined.whereabouts import Found, Whereabouts
from hw.hotplug.port import Hotplug, Plugged, UsbPower
from hw.modem.port import ModemLost, ModemOwner

log = logging.getLogger(__name__)


OPENS_IN_S = 10.0
"""A port that is not open after so long hangs; every further such time is another attempt."""

P = TypeVar("P", bound=Polled)
P_co = TypeVar("P_co", bound=Polled, covariant=True)


class OpenModem(Protocol[P_co]):
    """Opens a modem's ports (``hw.modem.tty.TtyModem`` behind a line's settings)."""

    def __call__(self, found: Found, owner: ModemOwner, *, restart: bool) -> P_co: ...


class Attendance:
    """``hand_over`` runs a function in the daemon's thread, ``work`` one in a thread that may
    wait, ``later`` one after so many seconds."""

    def __init__(
        self,
        *,
        hotplug: Hotplug,
        power: UsbPower,
        hand_over: Callable[..., None],
        work: Callable[[Callable[[], None]], object],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self.whereabouts = Whereabouts(hotplug.ports)
        self._hotplug = hotplug
        self._power = power
        self._hand_over = hand_over
        self._work = work
        self._later = later
        self._channels: dict[str, Channel[Any]] = {}

    def keep(self, find: Callable[[], Found], open_modem: OpenModem[P]) -> Keeper[P]:
        """A keeper for one modem."""
        keeper = Keeper(self.whereabouts, find, open_modem, self._hand_over)
        keeper.reviver = Reviver(
            power=self._power,
            where=lambda: keeper.where,
            work=self._work,
            hand_over=self._hand_over,
            later=self._later,
            tell=keeper.tell,
        )
        return keeper

    def watch(self, line: str, channel: Channel[Any]) -> None:
        """Have the port of ``line`` opened, and given up, as soon as its modem comes and goes."""
        self._channels[line] = channel

    def forget(self, line: str) -> None:
        """The line is taken out of the configuration."""
        self._channels.pop(line, None)
        self.whereabouts.held.pop(line, None)

    def on_hotplug(self) -> None:
        """Something happened on USB."""
        for event in self._hotplug.events():
            self.whereabouts.on_hotplug(event)
            for line, channel in list(self._channels.items()):
                if isinstance(event, Plugged):
                    channel.try_now()
                elif self.whereabouts.held.get(line) == event.port.where:
                    channel.order(_unplugged(event.port.where))


class Keeper(Generic[P]):
    """One line's: a ``ModemOwner``, whose methods are called in the poller's thread, or in the one
    that opens the modem."""

    reviver: Reviver

    def __init__(
        self,
        whereabouts: Whereabouts,
        find: Callable[[], Found],
        open_modem: OpenModem[P],
        hand_over: Callable[..., None],
    ) -> None:
        self._whereabouts = whereabouts
        self._find = find
        self._open_modem = open_modem
        self._hand_over = hand_over
        self.where = ""
        self._tell: Callable[[Attempt], None] | None = None

    def tell_to(self, tell: Callable[[Attempt], None]) -> None:
        """``tell`` makes attempts known."""
        self._tell = tell

    # -- the poller's thread, and the one that opens the modem ----------------------------

    def open(self) -> P:
        """The modem's port, wherever it is now.

        Raises:
            ModemLost: it is not there or cannot be opened.
        """
        found = self._find()
        self.where = found.where
        restart, self.reviver.restarts = self.reviver.restarts, False
        opened = threading.Event()
        watch = threading.Thread(target=self._watch, args=(opened,), name="watch", daemon=True)
        watch.start()
        try:
            return self._open_modem(found, self, restart=restart)
        finally:
            opened.set()

    def _watch(self, opened: threading.Event) -> None:
        """The kernel may hold up whoever opens a modem that hangs: that, too, is no answer."""
        while not opened.wait(OPENS_IN_S):
            self.fell_silent()

    def identified(self, imei: str) -> None:
        """See ``ModemOwner``."""
        self._whereabouts.learned(self.where, imei)
        self._hand_over(self.reviver.answers)

    def fell_silent(self) -> None:
        """See ``ModemOwner``."""
        self._hand_over(self.reviver.fell_silent)

    # -- the daemon's thread --------------------------------------------------------------

    def tell(self, attempt: Attempt) -> None:
        """A step was taken to bring the modem back."""
        if self._tell is not None:
            self._tell(attempt)


def _unplugged(where: str) -> Callable[[Any], None]:
    """An order that gives a port up. Its driver mostly says so as well; not all do."""

    def give_up(_modem: Any) -> None:
        raise ModemLost(f"unplugged from USB {where}")

    return give_up
