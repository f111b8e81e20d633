"""lined as a SIP gateway, to the letter: what its messages say, and what it makes of answers.

In switchd's place is a socket that writes and reads SIP as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from firmware.link import api
from firmware.link.client import Link
from firmware.model.line import LineState
from tests.contract.raw_sip import Endpoint, Message, token
from tests.rig.box import LeanBox
from tests.rig.rtp import RtpParty
from tests.rig.until import until

LINES, SWITCH = "127.0.0.4", "127.0.0.3"


class Rig:
    """lined, the far ends of its lines, and a raw switch."""

    def __init__(self, box: LeanBox) -> None:
        self.box = box
        network = box.network
        self.lines = (LINES, network.inner_lines_port)
        self.sip = Endpoint(self.lines, (SWITCH, network.inner_switch_port))
        self.rtp_port = network.line_rtp_first + 200

    def world(self, order, **arguments) -> None:
        with Link(self.box.home.link("bench"), "test") as link:
            link.call(order, **arguments)

    def ring(self, line: str, number: str, name: str = "") -> Message:
        """Somebody calls on ``line``; the INVITE that comes of it."""
        self.until_state(line, LineState.IDLE)
        self.world(
            api.BenchApi.ring, line=line, number=number, name=name, digits="", say="", listen=""
        )
        invite = self.sip.receive_request("INVITE", 10.0)
        assert invite is not None
        return invite

    def until_state(self, line: str, state: LineState) -> None:
        until(lambda: self.state(line) == state, 15.0, f"{line} is {state}")

    def state(self, line: str) -> str:
        with Link(self.box.home.link("lined"), "test") as link:
            rows = link.snapshot()["line"]
        return next(row.state for row in rows if row.id == line)

    def hang_up(self, line: str) -> None:
        self.world(api.BenchApi.hang_up, line=line)

    def invite(self, called: str, line: str, sdp: str = "") -> str:
        """Send lined a call; its Call-ID."""
        ident = token()
        host, port = self.sip.address
        body = sdp or session(SWITCH, self.rtp_port)
        lines = [
            f"INVITE sip:{called}@{LINES}:{self.lines[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{token()};rport",
            "Max-Forwards: 70",
            f"From: <sip:101@{SWITCH}>;tag={token()}",
            f"To: <sip:{called}@{LINES}>",
            f"Call-ID: {ident}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:switch@{host}:{port}>",
            f"X-Markaz-Line: {line}",
            "Content-Type: application/sdp",
            f"Content-Length: {len(body)}",
            "",
            body,
        ]
        self.sip.send("\r\n".join(lines))
        return ident

    def answer_to(self, ident: str, least: int = 200, timeout_s: float = 15.0) -> Message:
        """The first answer of at least this status to one of our calls."""
        found: list[Message] = []

        def came() -> bool:
            message = self.sip.receive(0.05)
            if message and message.get("Call-ID") == ident and message.status >= least:
                found.append(message)
            return bool(found)

        until(came, timeout_s, f"an answer of {least} or more")
        return found[0]

    def acknowledge(self, answer: Message) -> str:
        """ACK an answer; the head of further requests of the dialog."""
        host, port = self.sip.address
        head = "\r\n".join(
            [
                f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{token()};rport",
                "Max-Forwards: 70",
                f"From: {answer.get('From')}",
                f"To: {answer.get('To')}",
                f"Call-ID: {answer.get('Call-ID')}",
            ]
        )
        target = f"sip:{LINES}:{self.lines[1]}"
        self.sip.send(f"ACK {target} SIP/2.0\r\n{head}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n")
        return head

    def bye(self, head: str) -> None:
        target = f"sip:{LINES}:{self.lines[1]}"
        other = re.sub(r"branch=\w+", f"branch=z9hG4bK{token()}", head)
        self.sip.send(
            f"BYE {target} SIP/2.0\r\n{other}\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"
        )


def session(address: str, port: int) -> str:
    lines = ["v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0"]
    lines += [f"m=audio {port} RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", ""]
    return "\r\n".join(lines)


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with LeanBox("bench", "lined") as box:
        rig = Rig(box)
        until(lambda: box.status("lined").up_s > 2.5, 5.0, "lined hears rings")
        yield rig
        rig.sip.close()


def test_every_port_is_an_account_of_its_own(rig):
    for line in ("fxo-1", "gsm-1"):
        invite = rig.ring(line, "02188776655")
        assert re.search(rf"<sip:{line}@{LINES}:{rig.lines[1]}", invite.get("Contact"))
        assert invite.get("X-Markaz-Line") == line
        rig.sip.reply(invite, "486 Busy Here")
        rig.hang_up(line)


def test_caller_id_is_in_from_and_p_asserted_identity(rig):
    invite = rig.ring("fxo-1", "02188776655", "Ali Rezaei")
    for name in ("From", "P-Asserted-Identity"):
        assert invite.get(name).startswith('"Ali Rezaei" <sip:02188776655@127.0.0.4>')
    assert invite.get("Privacy") == ""
    rig.sip.reply(invite, "486 Busy Here")
    rig.hang_up("fxo-1")


def test_a_withheld_number_is_anonymous_and_private(rig):
    invite = rig.ring("fxo-1", "")
    assert invite.get("From").startswith('"Anonymous" <sip:anonymous@anonymous.invalid>')
    assert invite.get("Privacy") == "id"
    assert invite.get("P-Asserted-Identity") == ""
    rig.sip.reply(invite, "486 Busy Here")
    rig.hang_up("fxo-1")


def test_a_caller_who_gives_up_cancels_with_the_cause(rig):
    invite = rig.ring("fxo-1", "02188776655")
    rig.sip.reply(invite, "180 Ringing")
    rig.hang_up("fxo-1")
    cancel = rig.sip.receive_request("CANCEL", 12.0)
    assert cancel is not None
    assert cancel.get("Reason") == "Q.850;cause=16"
    rig.sip.reply(cancel, "200 OK")
    rig.sip.reply(invite, "487 Request Terminated")


@pytest.mark.parametrize(
    ("answer", "again"), [("486 Busy Here", False), ("503 Service Unavailable", True)]
)
def test_a_refusal_that_may_pass_is_followed_by_another_try(rig, answer, again):
    invite = rig.ring("fxo-1", "02188776655")
    rig.sip.reply(invite, answer)
    rig.until_state("fxo-1", LineState.UNHEARD)
    second = rig.sip.receive_request("INVITE", 3.0)
    assert (second is not None) == again
    if second is not None:
        rig.sip.reply(second, "486 Busy Here")
    rig.hang_up("fxo-1")


@pytest.mark.parametrize(
    ("called", "line", "status", "cause"),
    [
        ("0912", "fxo-9", 404, 1),  # no such line
        ("09a", "fxo-1", 484, 28),  # no number
        ("0912", "gsm-1", 503, 34),  # the SIM rings
    ],
)
def test_a_call_that_cannot_be_made_is_refused_with_status_and_cause(
    rig, called, line, status, cause
):
    rig.until_state("fxo-1", LineState.IDLE)
    invite = rig.ring("gsm-1", "+98912") if line == "gsm-1" else None
    answer = rig.answer_to(rig.invite(called, line), 300)
    assert (answer.status, answer.get("Reason")) == (status, f"Q.850;cause={cause}")
    assert (answer.get("Retry-After") != "") == (status == 503)
    rig.acknowledge(answer)
    if invite is not None:
        rig.sip.reply(invite, "486 Busy Here")
        rig.hang_up("gsm-1")


def test_what_the_line_says_before_the_answer_is_early_media(rig):
    rig.until_state("fxo-1", LineState.IDLE)
    with RtpParty(SWITCH, rig.rtp_port, 440.0) as party:
        ident = rig.invite("02112345678", "fxo-1")
        progress = rig.answer_to(ident, 183)
        assert progress.status == 183
        party.speak_to(progress.body)
        heard: list[float] = []

        def answered() -> Message | None:
            heard.append(party.heard().part(-0.2).level_dbfs())
            message = rig.sip.receive(0.02)
            return message if message and message.status == 200 else None

        final = until(answered, 10.0, "the answer")
        assert final is not None
        assert max(heard) > -30.0  # the office's ringback tone
        rig.bye(rig.acknowledge(final))
    rig.until_state("fxo-1", LineState.IDLE)


def test_an_end_in_the_network_is_a_bye_with_its_cause(rig):
    invite = rig.ring("gsm-1", "+989121234567")
    body = session(SWITCH, rig.rtp_port)
    contact = f"Contact: <sip:switch@{SWITCH}:{rig.sip.address[1]}>"
    rig.sip.reply(invite, "200 OK", [contact, "Content-Type: application/sdp"], body)
    assert rig.sip.receive_request("ACK", 5.0) is not None
    rig.until_state("gsm-1", LineState.IN_USE)
    rig.world(api.BenchApi.cut, line="gsm-1")
    bye = rig.sip.receive_request("BYE", 5.0)
    assert bye is not None
    assert bye.get("Reason") == "Q.850;cause=38" or bye.get("Reason") == "Q.850;cause=16"
    rig.sip.reply(bye, "200 OK")
    rig.world(api.BenchApi.mend, line="gsm-1")
    rig.until_state("gsm-1", LineState.IDLE)
