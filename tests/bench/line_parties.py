"""The two ends whose delay is measured: a telephone that is written out in SIP and RTP, and the
office's end of a trunk line's wire. Both say noise that never repeats, each on a clock of its
own, and write down when each 20 ms came.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hw.dahdi.office import CentralOffice, OfficeState
from hw.dahdi.wire import End, Loop, Socket, WireBroken
from hw.signal.caller_id import CallerId
from hw.signal.level import bytes_of, samples_of
from hw.signal.tone import TonePlan
from tests.contract.raw_sip import Message, Telephone
from tests.rig.rtp import compressed, expanded

FRAME_S = 0.02
_FRAME = 160
_NOISE_S = 60
_NOISE_RMS = 2000.0
_ALAW = 8
_REPLY_S = 10.0


class Track:
    """What one end says, and when it said and heard each frame (seconds, monotonic)."""

    def __init__(self, seed: int) -> None:
        noise = np.random.default_rng(seed).normal(0.0, _NOISE_RMS, _NOISE_S * 8000)
        self.noise: NDArray[np.int16] = samples_of(bytes_of(noise))
        self.said_at: list[float] = []
        self.heard: list[tuple[float, NDArray[np.int16]]] = []

    def next_frame(self, now_s: float) -> NDArray[np.int16]:
        """What is said now."""
        at = len(self.said_at) * _FRAME % len(self.noise)
        self.said_at.append(now_s)
        return self.noise[at : at + _FRAME]


class Beat(threading.Thread):
    """Calls ``step`` every 20 ms, by absolute deadlines, from a moment that chance chooses."""

    def __init__(self, step: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._step = step
        self._stopping = threading.Event()

    def run(self) -> None:
        """The thread's whole life."""
        due_s = time.monotonic() + random.uniform(0.0, FRAME_S)
        while not self._stopping.wait(max(0.0, due_s - time.monotonic())):
            self._step()
            due_s += FRAME_S

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        self.join()


class Phone:
    """A telephone at the edge that answers every call; ``track`` is of the newest one."""

    def __init__(self, server: tuple[str, int], address: str, number: str, password: str) -> None:
        self._sip = Telephone(server, (address, 0), number=number, password=password)
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind((address, 0))
        self._replies: Queue[Message] = Queue()
        self._running = True
        self._far: tuple[str, int] | None = None
        self._sequence = 0
        self._beat: Beat | None = None
        self.track = Track(0)
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._serve, self._listen)
        ]

    def __enter__(self) -> Self:
        answer = self._sip.register()
        assert answer is not None
        assert answer.status == 200, answer
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running = False
        for thread in self._threads:
            thread.join()
        self.hush()
        self._sip.close()
        self._rtp.close()

    @property
    def talks(self) -> bool:
        """Whether it hears anything."""
        return bool(self.track.heard)

    def begin(self, seed: int) -> None:
        """Say and hear anew, from another moment within the 20 ms."""
        self.hush()
        self._far = None
        self.track = Track(seed)
        self._beat = Beat(self._speak)
        self._beat.start()

    def hush(self) -> None:
        """Say nothing more."""
        if self._beat is not None:
            self._beat.stop()
            self._beat = None

    def call(self, number: str) -> None:
        """Call ``number`` and wait for the answer.

        Raises:
            AssertionError: it was refused.
        """
        sip = self._sip
        sip.call_id = f"{random.getrandbits(48):x}"
        uri = f"sip:{number}@{sip.realm}"
        answer = self._ask(uri, [])
        if answer.status in (401, 407):
            sip.acknowledge(uri, answer)
            answer = self._ask(uri, [sip.credentials("INVITE", uri, answer)])
        assert answer.status == 200, answer
        target = answer.get("Contact").partition("<")[2].partition(">")[0]
        routes = [f"Route: {value}" for value in reversed(answer.all("Record-Route"))]
        text = sip.text("ACK", target, routes, to=answer.get("To"))
        sip.send(
            text.replace(f"CSeq: {sip.cseq} ACK", f"CSeq: {answer.get('CSeq').split()[0]} ACK")
        )
        self._speak_to(answer.body)

    def _ask(self, uri: str, headers: list[str]) -> Message:
        sip = self._sip
        sip.cseq += 1
        sip.send(sip.text("INVITE", uri, headers, to=f"<{uri}>", body=self._sdp()))
        while True:
            try:
                answer = self._replies.get(timeout=_REPLY_S)
            except Empty:
                raise AssertionError(f"{uri}: no answer") from None
            if answer.get("CSeq") == f"{sip.cseq} INVITE" and answer.status >= 200:
                return answer

    def _sdp(self) -> str:
        host, port = self._rtp.getsockname()
        lines = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP {_ALAW}", "a=rtpmap:8 PCMA/8000", "a=ptime:20", ""]
        return "\r\n".join(lines)

    def _speak_to(self, sdp: str) -> None:
        place = sdp.partition("c=IN IP4 ")[2].split()[0]
        self._far = (place, int(sdp.partition("m=audio ")[2].split()[0]))

    def _serve(self) -> None:
        while self._running:
            message = self._sip.receive(0.1)
            if message is None:
                continue
            if message.status:
                self._replies.put(message)
            elif message.method == "INVITE":
                contact = [f"Contact: {self._sip.contact}", "Content-Type: application/sdp"]
                self._sip.reply(message, "200 OK", contact, self._sdp())
                self._speak_to(message.body)
            elif message.method != "ACK":
                self._sip.reply(message, "200 OK")

    def _speak(self) -> None:
        if self._far is None:
            return
        now_s = time.monotonic()
        sound = compressed(self.track.next_frame(now_s).astype(np.float64))
        self._sequence += 1
        stamp = self._sequence * _FRAME & 0xFFFFFFFF
        head = struct.pack("!BBHII", 0x80, _ALAW, self._sequence & 0xFFFF, stamp, 0x5EED)
        with contextlib.suppress(OSError):
            self._rtp.sendto(head + sound, self._far)

    def _listen(self) -> None:
        while self._running:
            if not select.select([self._rtp], [], [], 0.1)[0]:
                continue
            packet = self._rtp.recv(2048)
            now_s = time.monotonic()
            if len(packet) == 12 + _FRAME and packet[1] & 0x7F == _ALAW:
                self.track.heard.append((now_s, expanded(packet[12:])))


class Office:
    """The office's end of one trunk line, and the subscriber who calls on it."""

    def __init__(self, wire: Path, plan: TonePlan) -> None:
        self._socket = Socket(wire)
        self._end: End | None = None
        self._office = CentralOffice(plan)
        self._loop = Loop()
        self._running = True
        self._beat: Beat | None = None
        self.track = Track(0)
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._listener.start()
        self.begin(0)
        return self

    def __exit__(self, *_: object) -> None:
        self._running = False
        self._listener.join()
        if self._beat is not None:
            self._beat.stop()
        self._socket.close()

    @property
    def talks(self) -> bool:
        """Whether the box has answered."""
        return self._office.state is OfficeState.TALKING

    @property
    def is_free(self) -> bool:
        """Whether the line can ring."""
        return self._end is not None and self._office.state is OfficeState.IDLE

    def begin(self, seed: int) -> None:
        """Say and hear anew, from another moment within the 20 ms."""
        if self._beat is not None:
            self._beat.stop()
        self.track = Track(seed)
        self._beat = Beat(self._step)
        self._beat.start()

    def ring(self, number: str) -> None:
        """The subscriber calls the box."""
        self._office.ring(CallerId(number=number))

    def hang_up(self) -> None:
        """The subscriber leaves."""
        self._office.hang_up()

    def _step(self) -> None:
        end = self._end
        spoken = bytes(2 * _FRAME)
        now_s = time.monotonic()
        if self.talks:
            spoken = bytes_of(self.track.next_frame(now_s))
        feed = self._office.step(self._loop, spoken)
        self._office.events()
        if end is not None:
            end.send_feed(feed)

    def _listen(self) -> None:
        while self._running:
            self._end = self._socket.plugged() or self._end
            if self._end is None:
                time.sleep(FRAME_S)
                continue
            if not select.select([self._end], [], [], 0.1)[0]:
                continue
            now_s = time.monotonic()
            try:
                loops = self._end.loops()
            except WireBroken:
                self._end = None
                continue
            for loop in loops:
                self._loop = loop
                if self.talks:
                    self.track.heard.append((now_s, samples_of(loop.audio)))
