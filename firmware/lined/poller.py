"""The poller: the one thread that touches the ports.

For each port it takes the events, hands them over to the daemon's thread, exchanges one frame
for one frame with the line's patch, and carries out the orders that were left for it. A port
that is gone is opened again once a second, for as long as it takes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from firmware.lined.patch import Patch
from hw.dahdi.port import EventPending
from hw.signal.playout import SILENCE

log = logging.getLogger(__name__)

_REOPEN_S = 1.0
_LOOK_S = 0.25
"""How often a port is looked at though nothing is readable: drivers have time-outs."""

_PRIMING_FRAMES = 2
"""Silence written ahead, so that a late turn of this thread is not heard on the line."""


class Polled(Protocol):
    """What a port must have to be polled (``hw.dahdi.port.Port``, ``hw.modem.port.ModemPort``)."""

    def fileno(self) -> int: ...
    def events(self) -> Sequence[object]: ...
    def read(self) -> bytes: ...
    def write(self, frame: bytes) -> None: ...
    def close(self) -> None: ...


class Listener(Protocol):
    """Who is told, in the daemon's thread."""

    def on_found(self) -> None:
        """The port is open."""
        ...

    def on_lost(self, why: str) -> None:
        """The port is not there, or not any more."""
        ...

    def on_port(self, event: object) -> None:
        """Something happened on it."""
        ...


P = TypeVar("P", bound=Polled)


class Channel(Generic[P]):
    """One line's place in the poller. ``open_port`` raises ``OSError`` while there is none."""

    def __init__(self, name: str, open_port: Callable[[], P], patch: Patch) -> None:
        self.name = name
        self.patch = patch
        self.listener: Listener | None = None
        self._open_port = open_port
        self._port: P | None = None
        self._orders: deque[Callable[[P], None]] = deque()
        self._wake: Callable[[], None] = lambda: None
        self._why = ""
        self._next_try_s = 0.0
        self._looked_s = 0.0

    def order(self, order: Callable[[P], None]) -> None:
        """Have ``order`` done to the port; forgotten when it is not there."""
        self._orders.append(order)
        self._wake()

    def try_now(self) -> None:
        """Open the port now, if it is not open, instead of in a while."""
        self._next_try_s = 0.0
        self._wake()


class Poller(threading.Thread):
    """The thread. ``hand_over`` runs a function in the daemon's thread."""

    def __init__(self, hand_over: Callable[..., None]) -> None:
        super().__init__(name="poller", daemon=True)
        self._hand_over = hand_over
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._lock = threading.Lock()  # around the list of channels only
        self._channels: list[Channel[Polled]] = []
        self._by_fd: dict[int, Channel[Polled]] = {}
        self._gone: deque[Channel[Polled]] = deque()
        self._running = True

    def add(self, channel: Channel[P]) -> None:
        """Poll ``channel`` from now on."""
        channel._wake = self.wake
        with self._lock:
            self._channels.append(channel)  # type: ignore[arg-type]
        self.wake()

    def remove(self, channel: Channel[P]) -> None:
        """Close its port and forget it."""
        with self._lock:
            self._channels.remove(channel)  # type: ignore[arg-type]
        self._gone.append(channel)  # type: ignore[arg-type]
        self.wake()

    def wake(self) -> None:
        """Look at the orders now."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_write(self._bell, 1)

    def stop(self) -> None:
        """End the thread and close every port."""
        if self._epoll.closed:
            return
        self._running = False
        self.wake()
        self.join()
        self._epoll.close()
        os.close(self._bell)

    def run(self) -> None:
        """The thread's whole life."""
        try:
            while self._running:
                self._turn()
        except Exception as error:
            # Without this thread no line works: the process ends and is started anew.
            log.exception("the poller died")
            self._hand_over(_raise, error)
        finally:
            for channel in self._channels:
                self._close(channel)

    def _obey(self, channel: Channel[Polled], port: Polled) -> None:
        while channel._orders:
            channel._orders.popleft()(port)

    def _turn(self) -> None:
        ready = {fd for fd, _ in self._epoll.poll(_LOOK_S)}
        if self._bell in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._bell)
        while self._gone:
            self._close(self._gone.popleft())
        now_s = time.monotonic()
        with self._lock:
            channels = list(self._channels)
        for channel in channels:
            port = channel._port
            if port is None:
                self._open(channel, now_s)
            elif channel._orders or port.fileno() in ready or now_s - channel._looked_s >= _LOOK_S:
                channel._looked_s = now_s
                self._serve(channel, port)

    def _open(self, channel: Channel[Polled], now_s: float) -> None:
        channel._orders.clear()
        if now_s < channel._next_try_s:
            return
        channel._next_try_s = now_s + _REOPEN_S
        try:
            port = channel._open_port()
        except OSError as error:
            self._tell_lost(channel, error)
            return
        channel._port = port
        channel._why = ""
        self._epoll.register(port.fileno(), select.EPOLLIN | select.EPOLLPRI)
        if channel.listener is not None:
            self._hand_over(channel.listener.on_found)

    def _serve(self, channel: Channel[Polled], port: Polled) -> None:
        try:
            self._obey(channel, port)
            self._take_events(channel, port)
            self._exchange(channel, port)
        except OSError as error:
            self._close(channel)
            channel._next_try_s = 0.0
            self._tell_lost(channel, error)

    def _exchange(self, channel: Channel[Polled], port: Polled) -> None:
        patch = channel.patch
        while True:
            try:
                frame = port.read()
                if not frame:
                    return
                port.write(patch.say())
            except EventPending:
                self._take_events(channel, port)
                continue
            patch.hear(frame)

    def _take_events(self, channel: Channel[Polled], port: Polled) -> None:
        for event in port.events():
            if channel.listener is not None:
                self._hand_over(channel.listener.on_port, event)

    def _tell_lost(self, channel: Channel[Polled], error: OSError) -> None:
        why = str(error)
        if why != channel._why:
            channel._why = why
            if channel.listener is not None:
                self._hand_over(channel.listener.on_lost, why)

    def _close(self, channel: Channel[Polled]) -> None:
        port, channel._port = channel._port, None
        if port is not None:
            with contextlib.suppress(OSError):
                self._obey(channel, port)  # "hang up" may be among them
            with contextlib.suppress(OSError, ValueError):
                self._epoll.unregister(port.fileno())
            port.close()


def prime(port: Polled) -> None:
    """An order: write silence ahead of the first speech."""
    for _ in range(_PRIMING_FRAMES):
        with contextlib.suppress(EventPending):
            port.write(SILENCE)


def _raise(error: Exception) -> None:
    raise error
