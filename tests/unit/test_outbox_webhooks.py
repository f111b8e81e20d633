"""Webhooks: signed, in order, over receivers that are slow, dead, or answer 500 for a day."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from firmware.config.home import Home
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.model.record import CallRecord
from firmware.outbox import webhook
from firmware.outbox.webhook import Webhooks
from firmware.store import outbox, rows, users, webhooks
from firmware.store.webhooks import KEEP_FEED_S
from tests.browser.stage import store

NOW = 1_795_329_000.0


class Receiver:
    """A plain HTTP service of a customer, which answers as it is told."""

    def __init__(self) -> None:
        self.status, self.stalls = 200, threading.Event()
        self.stalls.set()  # cleared: it does not answer
        self.heard: list[tuple[dict, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.stalls.wait(10)
                receiver.heard.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told?by=markaz"

    @property
    def told(self) -> list[dict]:
        return [json.loads(body) for _headers, body in self.heard]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stalls.set()
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


class Office:
    """A box with the webhooks' part of its outbox, on clocks of the test."""

    def __init__(self, home: Home) -> None:
        self.home, self.steady, self.wall = home, 0.0, NOW
        self.hindered: dict[str, str] = {}
        self.hooks = Webhooks(
            home,
            threading.Event(),
            clock=lambda: self.steady,
            wall=lambda: self.wall,
            hinders=lambda url: self.hindered.get(url, ""),
        )

    def round(self, after_s: float = 0.0) -> None:
        self.steady += after_s
        self.wall += after_s
        self.hooks.round()
        self.hooks.wait()

    def add(self, url, events=(), keep_trying_h=96):
        with store(self.home) as db:
            return webhooks.create(
                db, "owner", url, events, keep_trying_h=keep_trying_h, now=self.wall
            )

    def call(self, ident, **changes):
        with store(self.home) as db:
            rows.save(db, CallRecord(id=ident, started_at=self.wall, caller="0911", **changes))

    def letters(self, hook):
        with store(self.home) as db:
            return outbox.waiting(db, hook.channel)


@pytest.fixture
def office(tmp_path):
    home = Home(tmp_path)
    home.make()
    with store(home) as db:
        users.create(db, "owner", "correct horse battery")
    return Office(home)


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


def test_what_happens_is_told_in_order_and_signed(office, receiver):
    hook = office.add(receiver.url)
    office.call("c1")
    office.call("c1", answered_at=NOW + 3)
    office.call("c1", answered_at=NOW + 3, ended_at=NOW + 9, disposition="answered")
    with store(office.home) as db:
        rows.save(
            db, QueueEvent(at=NOW, name=QueueEventName.CALLER_JOINED, queue="q", visit="c1/1")
        )
    office.round()

    assert [one["name"] for one in receiver.told] == [
        "call.began",
        "call.answered",
        "call.ended",
        "caller.joined",
    ]
    assert receiver.told[2]["subject"]["disposition"] == "answered"
    for headers, body in receiver.heard:
        signed = f"{headers['Markaz-Timestamp']}.".encode() + body
        expected = hmac.new(hook.secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["Markaz-Signature"] == f"v1={expected}"
        assert headers["Markaz-Event"] == str(json.loads(body)["seq"])
    assert office.letters(hook) == []
    assert office.hooks.warning == ""


def test_only_what_was_asked_for_and_only_from_then_on(office, receiver):
    office.add(receiver.url, events=["call.ended"])
    office.call("before")
    office.call("before", ended_at=NOW)
    later = office.add(receiver.url)
    office.round()
    assert [one["name"] for one in receiver.told] == ["call.ended"]
    assert office.letters(later) == []


def test_a_receiver_that_answers_500_for_a_day_gets_all_of_it_in_order_then(office, receiver):
    hook = office.add(receiver.url)
    receiver.status = 500
    for number in range(24):
        office.call(f"c{number}")
        office.round(after_s=3600.0)
    asked = len(receiver.heard)
    assert asked == 24  # one try an hour here: nobody is flooded
    assert len(office.letters(hook)) == 24
    assert "500" in office.hooks.warning

    receiver.status = 200
    receiver.heard.clear()
    office.round(after_s=900.0)

    assert [one["subject"]["call"] for one in receiver.told] == [f"c{n}" for n in range(24)]
    assert office.hooks.warning == ""


def test_without_internet_nobody_is_tried_and_all_is_told_the_moment_it_is_back(office, receiver):
    office.add(receiver.url)
    receiver.status = 500
    office.call("c1")
    for _ in range(6):  # the pause grows to minutes
        office.round(400)
    tried = len(receiver.heard)
    office.hindered[receiver.url] = "no internet: the router does not answer"
    receiver.status = 200
    office.call("c2")
    for _ in range(20):
        office.round(900)
    assert len(receiver.heard) == tried
    assert "no internet" in office.hooks.warning
    office.hindered.clear()
    office.round(1)
    assert [one["subject"]["call"] for one in receiver.told[tried:]] == ["c1", "c2"]
    assert office.hooks.warning == ""


def test_what_was_tried_for_long_enough_expires(office, receiver):
    hook = office.add(receiver.url, keep_trying_h=1)
    receiver.status = 503
    office.call("old")
    for _ in range(10):
        office.round(after_s=900.0)
    receiver.status = 200
    office.call("new")
    receiver.heard.clear()
    office.round(after_s=900.0)

    assert [one["subject"]["call"] for one in receiver.told] == ["new"]
    assert office.letters(hook) == []


def test_a_dead_receiver_and_a_slow_one_delay_nobody_else(office, receiver, monkeypatch):
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.3)
    with receiving() as slow:
        slow.stalls.clear()
        dead = office.add("http://127.0.0.1:9/")
        stalled = office.add(slow.url)
        office.add(receiver.url)
        office.call("c1")
        office.round()

        assert [one["name"] for one in receiver.told] == ["call.began"]
        assert len(office.letters(dead)) == len(office.letters(stalled)) == 1
        assert "127.0.0.1:9 does not answer" in office.hooks.warning


def test_a_receiver_that_is_gone_is_told_nothing_twice(office, receiver):
    hook = office.add(receiver.url)
    receiver.status = 410
    office.call("c1")
    office.round()
    office.round(after_s=3600.0)

    assert len(receiver.heard) == 1
    assert office.letters(hook) == []


def test_a_box_that_is_started_again_goes_on_where_it_was(office, receiver):
    hook = office.add(receiver.url)
    receiver.status = 500
    office.call("c1")
    office.round()
    receiver.status = 200
    again = Office(office.home)
    again.call("c2")
    again.round()

    assert [one["subject"]["call"] for one in receiver.told][1:] == ["c1", "c2"]
    assert again.letters(hook) == []


def test_a_removed_receiver_is_told_nothing_more(office, receiver):
    hook = office.add(receiver.url)
    receiver.status = 500
    office.call("c1")
    office.round()
    with store(office.home) as db:
        assert webhooks.remove(db, "owner", hook.id)
        assert not webhooks.remove(db, "owner", hook.id)
    office.round(after_s=3600.0)

    assert len(receiver.heard) == 1


def test_a_receiver_with_an_address_that_no_name_server_knows_waits_and_delays_nobody(
    office, receiver
):
    lost = office.add("http://" + "a" * 70 + ".lan/told")
    office.add(receiver.url)
    office.call("c1")
    office.round()
    assert len(receiver.told) == 1
    [letter] = office.letters(lost)
    assert "does not answer" in letter.fault
    assert lost.channel in office.hooks.warning


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET disabled_at = 1 WHERE name = 'temp'",
        "UPDATE users SET role = 'agent' WHERE name = 'temp'",
    ],
    ids=["disabled", "another role"],
)
def test_the_receiver_of_who_may_not_have_one_any_more_is_told_nothing(office, receiver, change):
    with store(office.home) as db:
        users.create(db, "temp", "correct horse battery")
        webhooks.create(db, "temp", receiver.url, (), keep_trying_h=96, now=NOW)
    office.call("c1")
    office.round()
    assert len(receiver.told) == 1
    receiver.status = 500
    office.call("c2")
    office.round()  # its letter waits
    with store(office.home) as db:
        db.execute(change)
    receiver.status = 200
    office.call("c3")
    office.round(after_s=3600.0)
    assert len(receiver.told) == 2


def test_letters_to_a_receiver_go_with_its_user(office, receiver):
    with store(office.home) as db:
        users.create(db, "temp", "correct horse battery")
        hook = webhooks.create(db, "temp", receiver.url, (), keep_trying_h=96, now=NOW)
    receiver.status = 500
    office.call("c1")
    office.round()
    assert len(office.letters(hook)) == 1
    with store(office.home) as db:
        users.remove(db, "temp")
    office.round(after_s=webhook.FORGET_INTERVAL_S)
    assert office.letters(hook) == []


def test_nothing_is_written_while_nobody_follows_and_what_is_old_is_taken_away(office, receiver):
    office.call("c0")
    with store(office.home) as db:
        assert webhooks.newest(db) == 0
    office.add(receiver.url)
    office.call("c1")
    office.round()
    office.round(after_s=KEEP_FEED_S + 7200.0)
    with store(office.home) as db:
        assert webhooks.since(db, 0) == []
