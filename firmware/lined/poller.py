"""The poller: the one thread that works on the open ports, and the clock of all their audio.

For each port it takes the events, hands them over to the daemon's thread, exchanges one frame
for one frame with the line's patch, and carries out the orders that were left for it. Between
reading and writing it steps the SIP bridge: the frames of one port, the *leader*, are the
bridge's clock, so that no frame waits for another clock. A port that is gone is opened again
once a second, for as long as it takes, in a thread that may wait: a modem that hangs holds
up nobody.
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
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from firmware.lined.patch import Patch
from hw.dahdi.port import EventPending
from hw.signal.playout import SILENCE

log = logging.getLogger(__name__)

_REOPEN_S = 1.0
_LOOK_S = 0.25
"""How often a port is looked at though nothing is readable: drivers have time-outs."""

_FRAME_S = 0.02
_LEADER_S = 0.1
"""No frame of any port for so long: the bridge goes on by time."""

_OVERTAKING_FRAMES = 3
"""A port that has had so many frames since the bridge's last step leads from now on."""


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
T = TypeVar("T")


@dataclass(slots=True)
class Counts:
    """Frames of one line since its port was opened first. ``late`` ones came together with the
    one after them, because this thread or the port stood still."""

    heard: int = 0
    late: int = 0


class Channel(Generic[P]):
    """One line's place in the poller.

    ``open_port`` may take its time, and raises ``OSError`` while there is no port; it runs in a
    thread of its own. ``ahead_frames`` of silence are written ahead of the first speech: so late
    may a turn of the poller be without being heard on the line.
    """

    def __init__(
        self, name: str, open_port: Callable[[], P], patch: Patch, *, ahead_frames: int = 1
    ) -> None:
        self.name = name
        self._ahead_frames = ahead_frames
        self._unstepped = 0  # frames since the bridge's last step
        self.patch = patch
        self.listener: Listener | None = None
        self.counts = Counts()
        self._open_port = open_port
        self._port: P | None = None
        self._opens = False
        self._orders: deque[Callable[[P], None]] = deque()
        self._wake: Callable[[], None] = lambda: None
        self._why = ""
        self._next_try_s = 0.0
        self._looked_s = 0.0

    def order(self, order: Callable[[P], None]) -> None:
        """Have ``order`` done to the port; forgotten when it is not there."""
        self._orders.append(order)
        self._wake()

    def prime(self) -> None:
        """Write silence ahead: speech is about to begin."""
        self.order(self._write_ahead)

    def _write_ahead(self, port: P) -> None:
        for _ in range(self._ahead_frames):
            with contextlib.suppress(EventPending):
                port.write(SILENCE)

    def try_now(self) -> None:
        """Open the port now, if it is not open, instead of in a while."""
        self._next_try_s = 0.0
        self._wake()


class Poller(threading.Thread):
    """The thread. ``hand_over`` runs a function in the daemon's thread; ``step`` is 20 ms of the
    bridge."""

    def __init__(
        self, hand_over: Callable[..., None], step: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(name="poller", daemon=True)
        self._hand_over = hand_over
        self._step = step
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._ringing = threading.Lock()  # around the bell: its number may be another file's after
        self._lock = threading.Lock()  # around the list of channels only
        self._channels: list[Channel[Polled]] = []
        self._gone: deque[Channel[Polled]] = deque()
        self._opened: deque[tuple[Channel[Polled], Polled | OSError]] = deque()
        self._leader: Channel[Polled] | None = None
        self._step_by_s = 0.0
        self._slowest_s = 0.0
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
        with self._ringing, contextlib.suppress(BlockingIOError):
            if not self._epoll.closed:
                os.eventfd_write(self._bell, 1)

    def slowest_turn_s(self) -> float:
        """How long the longest turn took since this was last asked."""
        slowest_s, self._slowest_s = self._slowest_s, 0.0
        return slowest_s

    def stop(self) -> None:
        """End the thread and close every port."""
        if self._epoll.closed:
            return
        self._running = False
        self.wake()
        self.join()
        with self._ringing:
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
            self._drop_opened()

    def _turn(self) -> None:
        wait_s = min(_LOOK_S, max(0.0, self._step_by_s - time.monotonic()))
        ready = {fd for fd, _ in self._epoll.poll(wait_s)}
        if self._bell in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._bell)
        while self._gone:
            self._close(self._gone.popleft())
        now_s = time.monotonic()
        with self._lock:
            channels = list(self._channels)
        self._take_opened(channels)
        served = []
        for channel in channels:
            port = channel._port
            if port is None:
                self._open(channel, now_s)
            elif channel._orders or port.fileno() in ready or now_s - channel._looked_s >= _LOOK_S:
                channel._looked_s = now_s
                if self._serve(channel, port):
                    served.append(channel)
        self._exchange(served, now_s)
        self._slowest_s = max(self._slowest_s, time.monotonic() - now_s)

    # -- ports that come and go -----------------------------------------------------------

    def _open(self, channel: Channel[Polled], now_s: float) -> None:
        channel._orders.clear()
        if channel._opens or now_s < channel._next_try_s:
            return
        channel._next_try_s = now_s + _REOPEN_S
        channel._opens = True
        name = f"opening {channel.name}"
        threading.Thread(target=self._try, args=(channel,), name=name, daemon=True).start()

    def _try(self, channel: Channel[Polled]) -> None:
        """A thread that may wait, as long as a driver does."""
        opened: Polled | OSError
        try:
            opened = channel._open_port()
        except OSError as error:
            opened = error
        except Exception as error:  # noqa: BLE001 - a bug must not end in a thread unseen
            self._hand_over(_raise, error)
            return
        self._opened.append((channel, opened))
        self.wake()
        if not self._running:
            self._drop_opened()

    def _drop_opened(self) -> None:
        """Nobody will poll them any more."""
        with contextlib.suppress(IndexError):
            while True:
                opened = self._opened.popleft()[1]
                if not isinstance(opened, OSError):
                    opened.close()

    def _take_opened(self, channels: Sequence[Channel[Polled]]) -> None:
        while self._opened:
            channel, opened = self._opened.popleft()
            channel._opens = False
            if isinstance(opened, OSError):
                self._tell_lost(channel, opened)
            elif channel not in channels:  # it was removed meanwhile
                opened.close()
            else:
                self._begin(channel, opened)

    def _begin(self, channel: Channel[Polled], port: Polled) -> None:
        channel._orders.clear()
        channel._port = port
        channel._why = ""
        self._epoll.register(port.fileno(), select.EPOLLIN | select.EPOLLPRI)
        if channel.listener is not None:
            self._hand_over(channel.listener.on_found)

    def _lose(self, channel: Channel[Polled], error: OSError) -> None:
        self._close(channel)
        channel._next_try_s = 0.0
        self._tell_lost(channel, error)

    def _tell_lost(self, channel: Channel[Polled], error: OSError) -> None:
        why = str(error)
        if why != channel._why:
            channel._why = why
            if channel.listener is not None:
                self._hand_over(channel.listener.on_lost, why)

    def _close(self, channel: Channel[Polled]) -> None:
        port, channel._port = channel._port, None
        if channel is self._leader:
            self._leader = None
        if port is not None:
            with contextlib.suppress(OSError):
                self._obey(channel, port)  # "hang up" may be among them
            with contextlib.suppress(OSError, ValueError):
                self._epoll.unregister(port.fileno())
            port.close()

    # -- ports that are there -------------------------------------------------------------

    def _serve(self, channel: Channel[Polled], port: Polled) -> bool:
        """Orders and events; whether the port is still there."""
        try:
            self._obey(channel, port)
            self._take_events(channel, port)
        except OSError as error:
            self._lose(channel, error)
            return False
        return True

    def _obey(self, channel: Channel[Polled], port: Polled) -> None:
        while channel._orders:
            channel._orders.popleft()(port)

    def _take_events(self, channel: Channel[Polled], port: Polled) -> None:
        for event in port.events():
            if channel.listener is not None:
                self._hand_over(channel.listener.on_port, event)

    def _exchange(self, channels: Sequence[Channel[Polled]], now_s: float) -> None:
        """A frame from each port that has one, the bridge's step, a frame to each of them; again
        while there are more."""
        late = 0
        while True:
            heard = [channel for channel in channels if self._hear(channel)]
            self._beat(heard, now_s)
            for channel in heard:
                channel.counts.heard += 1
                channel.counts.late += late
                self._say(channel)
            channels = [channel for channel in heard if channel._port is not None]
            if not channels:
                return
            late = 1

    def _beat(self, heard: Sequence[Channel[Polled]], now_s: float) -> None:
        """Step the bridge with its leader, or when it is time to."""
        for channel in heard:
            channel._unstepped += 1
        if self._leader not in heard:
            ahead = (c for c in heard if c._unstepped >= _OVERTAKING_FRAMES)
            leader = heard[0] if heard and self._leader is None else next(ahead, None)
            if leader is None and now_s < self._step_by_s:
                return
            self._leader = leader
        self._step_by_s = now_s + (_LEADER_S if self._leader is not None else _FRAME_S)
        for channel in self._channels:
            channel._unstepped = 0
        self._step()

    def _hear(self, channel: Channel[Polled]) -> bool:
        """Whether there was a frame."""
        frame = self._try_audio(channel, lambda port: port.read())
        if frame:
            channel.patch.hear(frame)
        return bool(frame)

    def _say(self, channel: Channel[Polled]) -> None:
        frame = channel.patch.say()
        self._try_audio(channel, lambda port: port.write(frame))

    def _try_audio(self, channel: Channel[Polled], do: Callable[[Polled], T]) -> T | None:
        """What ``do`` returns; None when the port is gone. A port refuses audio until its events
        have been taken."""
        port = channel._port
        while port is not None:
            try:
                return do(port)
            except EventPending:
                if not self._serve(channel, port):
                    return None
            except OSError as error:
                self._lose(channel, error)
                return None
        return None


def _raise(error: Exception) -> None:
    raise error
