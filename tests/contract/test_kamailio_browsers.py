"""What the edge promises of browsers: a WebSocket over TLS for the console's own pages, and a pass
for one number and a short time. Asked of a real Kamailio by a raw browser."""

from __future__ import annotations

import base64
import os
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from firmware.edge import kamailio, passes
from firmware.edge.registrations import Registrations
from tests.contract.kamailio import Edge, final, running_edge
from tests.contract.raw_sip import Message, TlsTelephone
from tests.rig.until import until

_HOST = "127.0.0.1"


class Refused(ConnectionError):
    """The server did not open a WebSocket; the text is its status line."""


class Browser(TlsTelephone):
    """A telephone that speaks over a WebSocket (RFC 7118), from a page of ``origin``."""

    origin = f"http://{_HOST}:8080"
    user = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.socket.sendall(
            "\r\n".join(
                (
                    "GET / HTTP/1.1",
                    f"Host: {_HOST}:{self.server[1]}",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Protocol: sip",
                    f"Origin: {self.origin}",
                    "",
                    "",
                )
            ).encode()
        )
        answer = self.socket.recv(4096).decode()
        if " 101 " not in answer.split("\r\n")[0]:
            self.socket.close()
            raise Refused(answer.split("\r\n")[0])
        self._unread = b""

    @property
    def contact(self) -> str:
        return f"<sip:{self.number}@page.invalid;transport=ws>"

    def send(self, text: str) -> None:
        """One text frame, masked as a browser's must be (RFC 6455 §5.3)."""
        packet = text.replace("SIP/2.0/UDP", "SIP/2.0/WSS").encode("latin-1")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(packet))
        self.socket.sendall(struct.pack("!BBH", 0x81, 0x80 | 126, len(packet)) + mask + masked)

    def _packet(self) -> bytes:
        """What is in the next whole frame that holds a message."""
        unread = self._unread
        if len(unread) < 2:
            return b""
        length, start = unread[1] & 127, 2
        if length == 126:
            length, start = struct.unpack("!H", unread[2:4])[0], 4
        if len(unread) < start + length:
            return b""
        self._unread = unread[start + length :]
        is_text = unread[0] & 15 in (1, 2)
        return unread[start : start + length] if is_text else self._packet()

    def credentials(self, method: str, uri: str, challenge: Message) -> str:
        """As any telephone's, by the name of the pass."""
        number, self.number = self.number, self.user
        try:
            return super().credentials(method, uri, challenge)
        finally:
            self.number = number


@dataclass
class Passes:
    """Browsers of one edge."""

    edge: Edge

    def browser(self, number: str, *, of: str = "", now: float | None = None) -> Browser:
        """A browser that says it is ``number``, with a pass of ``of`` issued at ``now``."""
        secret = passes.secret(self.edge.home)
        found = passes.issue(secret, of or number, time.time() if now is None else now)
        browser = Browser(
            (_HOST, self.edge.network.sip_tls_port),
            number=number,
            password=found.password,
            realm=self.edge.network.realm,
        )
        browser.user = found.user
        return browser


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_edge(tmp_path_factory.mktemp("edge")) as edge:
        yield edge


@pytest.fixture
def passes_of(edge: Edge) -> Passes:
    return Passes(edge)


def bound(edge: Edge) -> set[str]:
    with closing(Registrations(kamailio.location_db(edge.home), time.time)) as registrations:
        return set(registrations.alive())


def test_a_pass_registers_beside_the_telephone_on_the_desk(passes_of: Passes) -> None:
    edge = passes_of.edge
    with (
        closing(edge.telephone("101")) as desk,
        closing(passes_of.browser("101")) as browser,
    ):
        assert final(desk.register()) == 200
        assert final(browser.register()) == 200
        until(lambda: {"101", "101.browser"} <= bound(edge), 3.0, "both are bound")
    until(lambda: "101.browser" not in bound(edge), 12.0, "a closed browser is forgotten")


def test_a_pass_is_good_for_its_own_number(passes_of: Passes) -> None:
    with closing(passes_of.browser("102", of="101")) as browser:
        assert final(browser.register()) in (401, 403)


def test_a_pass_runs_out(passes_of: Passes) -> None:
    with closing(passes_of.browser("103", now=time.time() - passes.LIFE_S - 5)) as browser:
        assert final(browser.register()) in (401, 403)


def test_a_pass_of_a_number_that_has_no_account_any_more_opens_nothing(passes_of: Passes) -> None:
    with closing(passes_of.browser("199")) as browser:
        assert final(browser.register()) in (401, 403)


def test_a_browser_does_not_register_with_the_extensions_password(edge: Edge) -> None:
    browser = Browser(
        (_HOST, edge.network.sip_tls_port),
        number="104",
        password="secret-104",
        realm=edge.network.realm,
    )
    browser.user = "104"
    with closing(browser):
        assert final(browser.register()) in (401, 403)


def test_a_telephone_does_not_register_with_a_pass(passes_of: Passes) -> None:
    edge = passes_of.edge
    found = passes.issue(passes.secret(edge.home), "105", time.time())
    with closing(edge.telephone("105", found.password)) as telephone:
        assert final(telephone.register()) in (401, 403)


def test_a_browser_binds_nobody_else(passes_of: Passes) -> None:
    realm = passes_of.edge.network.realm
    with closing(passes_of.browser("101")) as browser:
        headers = [f"Contact: {browser.contact}", "Expires: 60"]
        answer = browser.ask("REGISTER", f"sip:{realm}", headers, to=f"<sip:102@{realm}>")
        assert final(answer) == 403
    assert "102.browser" not in bound(passes_of.edge)


@pytest.mark.parametrize(
    ("parameter", "header"),
    [
        (";expires=3600", "Expires: 3600"),
        (";expires=3600", "Expires: 0"),
        ("; Expires = 3600", "Expires: 60"),
        ("", "Expires: 3600"),
        ("", "Subject: none"),
        (";expires=90", "Expires: 3600"),
    ],
)
def test_a_binding_ends_soon_after_its_pass(passes_of: Passes, parameter: str, header: str) -> None:
    realm = passes_of.edge.network.realm
    with closing(passes_of.browser("104")) as browser:
        headers = [f"Contact: {browser.contact}{parameter}", header]
        answer = browser.ask("REGISTER", f"sip:{realm}", headers, to=f"<sip:104@{realm}>")
        assert final(answer) == 200
        assert answer is not None
        expires = re.search(r"expires=([0-9]+)", answer.get("Contact"))
        assert expires is not None
        assert 0 < int(expires[1]) < 100
    until(lambda: "104.browser" not in bound(passes_of.edge), 12.0, "it is gone")


def test_calls_of_a_browser_are_its_persons(passes_of: Passes) -> None:
    """switchd hears the number that the pass proves, over the address of telephones."""
    edge = passes_of.edge
    with closing(edge.switch()) as switch, closing(passes_of.browser("101")) as browser:
        body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        _invite(browser, f"sip:102@{edge.network.realm}", body)
        heard = switch.receive_request("INVITE", 5.0)
        assert heard is not None
        assert f"sip:101@{edge.network.realm}" in heard.get("P-Asserted-Identity")
        assert heard.get("X-Markaz-Source").startswith("ws")
        assert heard.get("Proxy-Authorization") == ""
        switch.reply(heard, "486 Busy Here")


def _invite(browser: Browser, uri: str, body: str) -> None:
    """The INVITE after the challenge, whose answer nobody waits for."""
    challenge = browser.ask_once("INVITE", uri, body=body)
    assert challenge is not None
    browser.acknowledge(uri, challenge)
    browser.cseq += 1
    credentials = browser.credentials("INVITE", uri, challenge)
    browser.send(browser.text("INVITE", uri, [credentials], to=f"<{uri}>", body=body))


def test_calls_to_a_number_with_browser_reach_the_browser(passes_of: Passes) -> None:
    edge = passes_of.edge
    with closing(edge.switch()) as switch, closing(passes_of.browser("106")) as browser:
        assert final(browser.register()) == 200
        switch.cseq += 1
        uri = f"sip:106.browser@{edge.network.realm}"
        switch.send(switch.text("INVITE", uri, [], to=f"<{uri}>", body="v=0\r\n"))
        rang = browser.receive_request("INVITE", 5.0)
        assert rang is not None
        assert "page.invalid" in rang.uri


def test_another_page_gets_no_socket(edge: Edge) -> None:
    class Stranger(Browser):
        origin = "https://evil.example"

    with pytest.raises(Refused, match="403"):
        Stranger((_HOST, edge.network.sip_tls_port), number="101")


def test_without_tls_there_is_no_socket(edge: Edge) -> None:
    with socket.create_connection(edge.outside, timeout=3) as plain:
        plain.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        assert b" 403 " in plain.recv(4096).split(b"\r\n")[0]
