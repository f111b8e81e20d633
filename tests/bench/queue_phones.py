"""Telephones of the queue's benchmark: raw sockets that keep when each message came.

The kernel stamps every datagram as it arrives (``SO_TIMESTAMPNS``), so neither this program's
own load nor Python's turns are in a figure; what is sent is stamped just before it goes, so that
sending is.
"""

from __future__ import annotations

import heapq
import random
import re
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.contract.raw_sip import Message, Telephone, parse, token

_SO_TIMESTAMPNS = 35
"""<asm-generic/socket.h>; not in Python's socket module."""

_USER = re.compile(r"sip:([^@>;]+)@")


@dataclass(slots=True)
class Phone(Telephone):
    """A telephone with one dialog at a time, and a place where its sound goes."""

    at: float = 0.0  # when the last message came, in Unix seconds
    routes: list[str] = field(default_factory=list)
    target: str = ""
    far: str = ""  # the other party's From or To
    near: str = ""
    dialog: str = ""  # its Call-ID, "" while there is none
    sound: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        Telephone.__post_init__(self)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.sound.bind((self.address[0], 0))

    def close(self) -> None:
        self.socket.close()
        self.sound.close()

    def take(self) -> Message:
        """The message that is there."""
        packet, ancillary, _flags, source = self.socket.recvmsg(65535, 64)
        self.at = time.time()
        for level, kind, stamp in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", stamp)
                self.at = seconds + nanoseconds / 1e9
        return parse(packet, source)

    def offer(self) -> str:
        """What it can hear: A-law."""
        host, port = self.sound.getsockname()
        return (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        )

    def within(self, method: str, number: int) -> float:
        """Send a request in the dialog; when it left."""
        host, port = self.address
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{token()};rport",
            *(f"Route: {route}" for route in self.routes),
            "Max-Forwards: 70",
            f"From: {self.near}",
            f"To: {self.far}",
            f"Call-ID: {self.dialog}",
            f"CSeq: {number} {method}",
            "Content-Length: 0",
            "",
            "",
        ]
        left_at = time.time()
        self.send("\r\n".join(lines))
        return left_at


class Floor:
    """All telephones, served by one thread, and what is to happen later."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def add(self, phone: Phone, told: Callable[[Message], None]) -> None:
        """Hand every message for ``phone`` to ``told``."""
        self._selector.register(phone.socket, selectors.EVENT_READ, (phone, told))

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (time.monotonic() + seconds, self._count, do))

    def run(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Serve until ``until()``; False: it did not come true in time."""
        end = time.monotonic() + timeout_s
        while not until():
            now = time.monotonic()
            if now > end:
                return False
            while self._due and self._due[0][0] <= now:
                heapq.heappop(self._due)[2]()
            wait_s = min(0.05, max(0.0, self._due[0][0] - now)) if self._due else 0.05
            for key, _mask in self._selector.select(wait_s):
                phone, told = key.data
                told(phone.take())
        return True

    def close(self) -> None:
        self._selector.close()


class AgentPhone:
    """An agent: rings, answers after ``ring_s``, hangs up after about ``talk_s``.

    ``offered`` has, in order, who called and when the INVITE came; ``freed`` when each BYE that
    it sent left.
    """

    def __init__(self, floor: Floor, phone: Phone, *, ring_s: float, talk_s: float) -> None:
        self._floor, self.phone = floor, phone
        self._ring_s, self._talk_s = ring_s, talk_s
        self._invite: Message | None = None
        self.offered: list[tuple[str, float]] = []
        self.freed: list[float] = []
        self.waits: list[float] = []  # from a BYE sent to the next INVITE
        self.is_free = True
        floor.add(phone, self._told)

    def _told(self, message: Message) -> None:
        match message.method:
            case "INVITE" if message.get("To").find(";tag=") < 0:
                self._ring(message)
            case "CANCEL":
                self.phone.reply(message, "200 OK")
                if self._invite is not None:
                    self.phone.reply(self._invite, "487 Request Terminated")
                self._invite, self.is_free = None, True
            case "BYE":
                self.phone.reply(message, "200 OK")
                self._invite, self.phone.dialog, self.is_free = None, "", True
            case "OPTIONS" | "INVITE" | "UPDATE":
                self.phone.reply(message, "200 OK")

    def _ring(self, invite: Message) -> None:
        if self._invite is not None and self._invite.get("Call-ID") == invite.get("Call-ID"):
            return  # sent again
        found = _USER.search(invite.get("From"))
        self.offered.append((found.group(1) if found else "", self.phone.at))
        if self.freed and len(self.waits) < len(self.freed):
            self.waits.append(self.phone.at - self.freed[-1])
        self._invite, self.is_free = invite, False
        self.phone.reply(invite, "180 Ringing", (f"Contact: {self.phone.contact}",))
        self._floor.later(self._ring_s, lambda: self._answer(invite))

    def _answer(self, invite: Message) -> None:
        if self._invite is not invite:
            return
        phone = self.phone
        phone.dialog, phone.routes = invite.get("Call-ID"), invite.all("Record-Route")
        phone.target = invite.get("Contact").strip("<>").partition(">")[0]
        phone.far, phone.near = invite.get("From"), invite.get("To") + ";tag=answering"
        headers = (f"Contact: {phone.contact}", "Content-Type: application/sdp")
        phone.reply(invite, "200 OK", headers, phone.offer())
        # From half of it to one and a half: agents who all begin at once do not all end at once.
        talk_s = self._talk_s * random.uniform(0.5, 1.5)
        self._floor.later(talk_s, lambda: self._hang_up(invite))

    def _hang_up(self, invite: Message) -> None:
        if self._invite is invite:
            self._invite, self.is_free = None, True
            self.freed.append(self.phone.within("BYE", 1))


class CallerPhone:
    """A caller: calls ``number`` when told, stays until hung up. ``called`` has when each INVITE
    with credentials left."""

    def __init__(self, floor: Floor, phone: Phone) -> None:
        self.phone = phone
        self.called: list[float] = []
        self.is_calling = False
        self._uri = ""
        floor.add(phone, self._told)

    def call(self, number: str) -> None:
        phone = self.phone
        phone.call_id, phone.tag, phone.cseq = token(), token(), 1
        self._uri, self.is_calling = f"sip:{number}@{phone.realm}", True
        phone.send(self._invite())

    def _invite(self, *headers: str) -> str:
        to = f"<{self._uri}>"
        return self.phone.text("INVITE", self._uri, headers, to=to, body=self.phone.offer())

    def _told(self, message: Message) -> None:
        phone = self.phone
        if message.get("CSeq").endswith("INVITE") and message.status >= 200:
            if message.status == 407:
                phone.acknowledge(self._uri, message)
                phone.cseq = 2
                text = self._invite(phone.credentials("INVITE", self._uri, message))
                self.called.append(time.time())
                phone.send(text)
            elif message.status == 200:
                phone.dialog = message.get("Call-ID")
                phone.routes = message.all("Record-Route")[::-1]
                phone.target = message.get("Contact").strip("<>").partition(">")[0]
                phone.near, phone.far = message.get("From"), message.get("To")
                phone.within("ACK", phone.cseq)
            else:
                phone.acknowledge(self._uri, message)
                self.is_calling = False
        elif message.method == "BYE":
            phone.reply(message, "200 OK")
            self.is_calling = False
        elif message.method in ("OPTIONS", "INVITE", "UPDATE"):
            phone.reply(message, "200 OK")
