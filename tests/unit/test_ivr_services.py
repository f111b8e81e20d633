"""Look-ups by HTTP and payments, against real servers on loopback: dead, slow, lying ones too."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.asyncresolver
import pytest

from firmware.config.sections.flows import Service
from firmware.ivr import services as services_module
from firmware.ivr.names import Names
from firmware.ivr.ports import Charge, NoAnswer, NotThere, Question
from firmware.ivr.services import Services
from firmware.ivr.wire import LARGEST_ANSWER
from tests.rig.until import until
from tests.unit.mail_server import make_certificate

CARD = "4111111111111111"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers), b""))
        self._answer()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self._answer()

    def _answer(self):
        status, headers, body = self.server.answers.get(self.path, (404, {}, b"{}"))
        if callable(body):
            body = body()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self):
        with contextlib.suppress(ConnectionError):  # whoever asked has given up
            super().handle()

    def log_message(self, *arguments):
        """Nothing is printed."""


@contextmanager
def serving(answers, context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.answers, server.seen = answers, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def asking(*plans: Service) -> Iterator[Services]:
    made = Services(plans)
    try:
        yield made
    finally:
        made.close()


def service(server, name="crm", **changes) -> Service:
    url = f"http://127.0.0.1:{server.server_port}"
    plan = {"name": name, "url": url, "timeout_s": 1.0, **changes}
    return Service.model_validate(plan)


def ask(made: Services, path: str, name: str = "crm", body=None):
    return asyncio.run(made.ask(Question(service=name, path=path, body=body)))


def test_an_answer_is_read():
    with (
        serving({"/a": (200, {}, b'{"name": "Sara"}')}) as server,
        asking(service(server, token="t0ken")) as made,
    ):
        assert ask(made, "/a") == {"name": "Sara"}
        assert ask(made, "/a", body={"x": "1"}) == {"name": "Sara"}
        assert server.seen[0][1]["Authorization"] == "Bearer t0ken"
        assert json.loads(server.seen[1][2]) == {"x": "1"}


def test_a_cached_answer_is_not_asked_for_again_and_a_new_service_forgets():
    with serving({"/a": (200, {}, b"1")}) as server:
        plan = service(server, cache_s=60)
        with asking(plan) as made:
            assert [ask(made, "/a") for _ in range(3)] == [1, 1, 1]
            made.retune([plan])
            ask(made, "/a")
            assert len(server.seen) == 1
            made.retune([service(server, cache_s=50)])
            ask(made, "/a")
            assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((404, {}, b""), NotThere, "404"),
        ((500, {}, b"{}"), NoAnswer, "status 500"),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), NoAnswer, "status 302"),
        ((200, {}, b"<html>"), NoAnswer, "no JSON"),
        ((200, {}, b"\xff\xfe\x00"), NoAnswer, "no JSON"),
        ((200, {}, b"[" * 60000), NoAnswer, "no JSON"),
        ((200, {}, b"1" * (LARGEST_ANSWER + 1)), NoAnswer, "longer than"),
    ],
)
def test_what_is_no_answer(answer, kind, words):
    with (
        serving({"/a": answer}) as server,
        asking(service(server)) as made,
        pytest.raises(kind, match=words),
    ):
        ask(made, "/a")


def test_a_dead_host_a_silent_host_and_a_slow_one_are_given_up_in_time():
    with socket.socket() as silent, serving({}) as server:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)  # takes connections and says nothing
        let_go = threading.Event()
        server.answers["/slow"] = (200, {}, lambda: b"1" if let_go.wait(5) else b"2")
        dead = Service(name="dead", url="http://127.0.0.1:9", timeout_s=0.5)
        mute = Service(
            name="mute", url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.5
        )
        with asking(service(server, "slow", timeout_s=0.5), dead, mute) as made:
            for name, path in (("dead", "/"), ("mute", "/"), ("slow", "/slow")):
                began = time.monotonic()
                with pytest.raises(NoAnswer):
                    ask(made, path, name)
                assert time.monotonic() - began < 1.5
            let_go.set()


def test_name_servers_that_say_nothing_hold_up_nobody_else(monkeypatch):
    """A black hole where the name server was: others are asked meanwhile, in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", 0))
        made_resolver = dns.asyncresolver.Resolver

        def black_hole():
            resolver = made_resolver(configure=False)
            resolver.nameservers = ["127.0.0.1"]
            resolver.port = hole.getsockname()[1]
            return resolver

        monkeypatch.setattr(dns.asyncresolver, "Resolver", black_hole)
        with serving({"/a": (200, {}, b"7")}) as server:
            lost = Service(name="lost", url="http://crm.black.example", timeout_s=2.0)
            with asking(service(server), lost) as made:

                async def both():
                    hopeless = [
                        asyncio.ensure_future(made.ask(Question(service="lost", path=f"/{n}")))
                        for n in range(50)
                    ]
                    await asyncio.sleep(0)
                    began = time.monotonic()
                    assert await made.ask(Question(service="crm", path="/a")) == 7
                    assert not any(one.done() for one in hopeless)  # all of them still wait
                    lost_ones = await asyncio.gather(*hopeless, return_exceptions=True)
                    return time.monotonic() - began, lost_ones

                all_s, lost_ones = asyncio.run(both())
    assert all_s < 20.0  # one after the other they would wait for 100 s
    assert all(isinstance(one, NoAnswer) for one in lost_ones)


def test_a_certificate_must_be_trusted(tmp_path):
    certificate = tmp_path / "crm.pem"
    make_certificate(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving({"/a": (200, {}, b"1")}, context) as server:
        url = f"https://127.0.0.1:{server.server_port}"
        stranger = Service(name="stranger", url=url)
        ours = Service(name="ours", url=url, ca=str(certificate))
        broken = Service(name="broken", url=url, ca=str(tmp_path / "nothing.pem"))
        with asking(stranger, ours, broken) as made:
            assert ask(made, "/a", "ours") == 1
            with pytest.raises(NoAnswer, match="Certificate"):
                ask(made, "/a", "stranger")
            with pytest.raises(NoAnswer):
                ask(made, "/a", "broken")


def test_names_are_looked_for_in_the_hosts_file_first(tmp_path, monkeypatch):
    hosts = tmp_path / "hosts"
    hosts.write_text("# a comment\n127.0.0.9 crm.lan crm # ours\n::1 crm\n")
    monkeypatch.setattr("firmware.ivr.names._HOSTS", hosts)
    found = asyncio.run(Names(1.0).resolve("crm", 80))
    assert [one["host"] for one in found] == ["127.0.0.9"]


def charge(name: str = "till") -> Charge:
    return Charge(
        service=name,
        path="/charge",
        amount="5",
        currency="usd",
        card=CARD,
        expiry="1228",
        code="123",
    )


def test_a_card_is_handed_over_once():
    answers = {"/charge": (200, {}, b'{"approved": true, "reference": "R-1"}')}
    with serving(answers) as server, asking(service(server, "till")) as made:
        receipt = asyncio.run(made.charge(charge()))
        assert (receipt.is_approved, receipt.reference) == (True, "R-1")
        [(_path, _headers, body)] = server.seen
        sent = json.loads(body)
        assert (sent["card"], sent["expiry"], sent["code"]) == (CARD, "1228", "123")
        assert len(sent["id"]) == 32


@pytest.mark.parametrize(
    "answer",
    [
        b'{"reference": "x"}',
        b'{"approved": "yes"}',
        b"[]",
        b"{" + CARD.encode(),
        b'{"approved": true, "reference": "card 4111-1111-1111-1111"}',
    ],
)
def test_a_receipt_that_is_none_is_refused_and_no_error_tells_the_card(answer):
    with serving({"/charge": (200, {}, answer)}) as server, asking(service(server, "till")) as made:
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(made.charge(charge()))
        assert CARD not in str(caught.value) + repr(caught.value.__context__)
        assert CARD not in repr(charge())


def test_a_card_goes_to_no_other_host():
    plan = Service(name="till", url="https://pay.example.com", timeout_s=1.0)
    with asking(plan) as made, pytest.raises(NoAnswer, match="not on this box"):
        asyncio.run(made.charge(charge()))


def test_closing_ends_the_thread_whatever_is_asked():
    before = set(threading.enumerate())
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        plan = Service(
            name="mute", url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=20.0
        )
        made = Services([plan])

        async def story():
            asked = asyncio.ensure_future(made.ask(Question(service="mute", path="/")))
            await asyncio.sleep(0.05)
            await asyncio.get_running_loop().run_in_executor(None, made.close)
            asked.cancel()

        asyncio.run(story())
        until(
            lambda: "services" not in {one.name for one in {*threading.enumerate()} - before},
            10.0,
            "the thread of the services has ended",
        )
        assert services_module._SLACK_S < 1


def test_without_internet_nobody_waits_for_a_far_service_and_the_near_ones_are_asked():
    far = Service.model_validate({"name": "far", "url": "http://far.example:1", "timeout_s": 20.0})
    with serving({"/a": (200, {}, b"1")}) as server, asking(service(server), far) as made:
        made.internet_lost("no internet: the router does not answer")
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="far: no internet: the router does not answer"):
            ask(made, "/a", name="far")
        assert time.monotonic() - began < 1.0
        assert ask(made, "/a") == 1
        made.retune([service(server, cache_s=50), far.model_copy(update={"timeout_s": 19.0})])
        with pytest.raises(NoAnswer, match="no internet"):
            ask(made, "/a", name="far")


def test_what_a_far_service_said_lately_is_still_known_without_internet():
    with serving({"/a": (200, {}, b"1")}) as server, asking(service(server, cache_s=60)) as made:
        made._clients["crm"]._is_near = False
        assert ask(made, "/a") == 1
        made.internet_lost("no internet")
        assert ask(made, "/a") == 1
        with pytest.raises(NoAnswer, match="no internet"):
            ask(made, "/b")
        made.internet_lost("")
        with pytest.raises(NotThere):
            ask(made, "/b")
