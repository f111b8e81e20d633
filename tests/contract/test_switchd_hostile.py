"""switchd and INVITEs that no decent telephone sends: it refuses them and lives.

They come from Kamailio's own address, as if the edge had let them through.
"""

from __future__ import annotations

import random
import secrets
import socket
from collections.abc import Iterator

import pytest

from tests.contract.raw_sip import Message, parse
from tests.rig.box import LeanBox
from tests.rig.until import until

USERS = [
    "101",
    "999",
    "*7",
    "%23",
    "",
    "a" * 500,
    "1;x=y",
    "سلام",
    "1%00",
    "%ff%fe",
    "1 2",
    "<>",
    "1@x@y",
]
NAMES = ["", '"x"', '"a\\"b"', '"علی"', '"' + "n" * 2000 + '"', '"\x01\x02"', '"\udcff\udcfe"']
SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
SESSIONS = [
    "",
    "v=0\r\n",
    "\x00" * 300,
    f"{SESSION}m=audio 40000 RTP/AVP 8\r\n",
    f"{SESSION}m=audio 0 RTP/AVP 8\r\n",
    f"{SESSION}m=audio 40000 RTP/AVP 99\r\na=rtpmap:99 NOPE/8000\r\n",
    f"{SESSION}m=video 40000 RTP/AVP 99\r\n",
    f"{SESSION}m=audio 70000 RTP/AVP 8 0 101\r\n".replace("127.0.0.1\r\nt", "999.1.1.1\r\nt"),
]
HEADERS = [
    "",
    "P-Asserted-Identity: garbage\r\n",
    "P-Asserted-Identity: <sip:\udcff@x>\r\n",
    "X-Markaz-Line: fxo-1\r\n",
    "Replaces: x;to-tag=1;from-tag=2\r\n",
    "Require: 100rel\r\n",
    "Session-Expires: 1\r\n",
]
COUNT = 250


class Edge:
    """A socket at Kamailio's inner address."""

    def __init__(self, box: LeanBox) -> None:
        network = box.network
        self.port = network.inner_edge_port
        self._switchd = ("127.0.0.3", network.inner_switch_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.2", self.port))
        self.answers: dict[str, list[int]] = {}

    def close(self) -> None:
        self._socket.close()

    def invite(self, *, user: str, name: str, session: str, header: str = "") -> str:
        """Send one INVITE; its Call-ID."""
        call_id = secrets.token_hex(6)
        body = session.encode("utf-8", "surrogateescape")
        head = (
            f"INVITE sip:{user}@127.0.0.3 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.2:{self.port};branch=z9hG4bK{call_id}\r\n"
            f"Max-Forwards: 70\r\nFrom: {name} <sip:{user}@h>;tag={call_id}\r\n"
            f"To: <sip:x@h>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n"
            f"Contact: <sip:c@127.0.0.2:{self.port}>\r\n{header}"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendto(head.encode("utf-8", "surrogateescape") + body, self._switchd)
        self.listen(0.02)
        return call_id

    def listen(self, timeout_s: float) -> None:
        """Take what has come; every final answer is acknowledged, so that nothing is repeated."""
        self._socket.settimeout(timeout_s)
        while True:
            try:
                packet, source = self._socket.recvfrom(65535)
            except TimeoutError:
                return
            answer = parse(packet, source)
            if answer.status:
                self.answers.setdefault(answer.get("Call-ID"), []).append(answer.status)
                if answer.status >= 300:
                    self._acknowledge(answer)

    def _acknowledge(self, answer: Message) -> None:
        lines = [f"{name}: {answer.get(name)}" for name in ("Via", "From", "To", "Call-ID")]
        text = "\r\n".join(
            ["ACK sip:x@127.0.0.3 SIP/2.0", *lines, "CSeq: 1 ACK", "Max-Forwards: 70"]
        )
        self._socket.sendto(f"{text}\r\nContent-Length: 0\r\n\r\n".encode("latin-1"), self._switchd)

    def final(self, call_id: str) -> int:
        """The final status of a call, 0 while there is none."""
        self.listen(0.05)
        return next((code for code in self.answers.get(call_id, ()) if code >= 200), 0)


@pytest.fixture
def box() -> Iterator[LeanBox]:
    with LeanBox("switchd") as made:
        yield made


@pytest.fixture
def edge(box: LeanBox) -> Iterator[Edge]:
    made = Edge(box)
    yield made
    made.close()


def test_it_lives_through_hostile_invites_and_still_takes_calls(box: LeanBox, edge: Edge) -> None:
    pid = box.status("switchd").pid
    chance = random.Random(11)
    for _ in range(COUNT):
        edge.invite(
            user=chance.choice(USERS),
            name=chance.choice(NAMES),
            session=chance.choice(SESSIONS),
            header=chance.choice(HEADERS),
        )
    with box.link("switchd") as link:
        assert "leg" in link.snapshot()  # whatever names there are, the link can write them

    def takes_calls() -> bool:
        call_id = edge.invite(user="999", name="", session=SESSIONS[3])
        until(lambda: edge.final(call_id) != 0, 15.0, "an answer to a decent call")
        return edge.final(call_id) == 404

    until(takes_calls, 60.0, "a decent call is taken again")  # 503 as long as it is full
    assert box.status("switchd").pid == pid
    assert "Traceback" not in box.log("switchd")
