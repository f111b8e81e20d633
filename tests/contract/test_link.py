"""The link over a real Unix socket: calls, refusals, snapshot then changes, rude peers."""

from __future__ import annotations

import asyncio
import gc
import socket
import stat
import threading
import warnings

import pytest

from firmware.link import frame
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import DaemonStatus, LineRow, QueueRow
from firmware.link.server import Board, Server
from tests.rig.loop_thread import LoopThread


def line_row(name="fxo-1", state="idle"):
    return LineRow(
        id=name, kind="trunk", state=state, simulated=True, number="", signal_dbm=None, fault=""
    )


class Impl:
    """A switchd that only answers its link."""

    def __init__(self):
        self.hung_up = []

    def status(self):
        return DaemonStatus(
            name="switchd", version="1", pid=1, up_s=2.5, config_version=3, warnings=("a", "b")
        )

    def reload(self):
        raise RuntimeError("the configuration cannot be read")

    def hang_up(self, call_id):
        if call_id == "nobody":
            raise KeyError("there is no call nobody")
        self.hung_up.append(call_id)

    def log_in(self, agent):
        pass

    def log_out(self, agent):
        pass


class Daemon:
    """A link server on a loop in a thread of its own."""

    def __init__(self, path):
        self.path, self.impl, self.board = path, Impl(), Board()
        self.peers = []
        self.loop = LoopThread("switchd")
        self.server = Server(path, "switchd", SwitchApi, self.impl, self.board)
        self.server.on_peer = lambda name, there: self.peers.append((name, there))
        self.loop.do(self.server.open())

    def post(self, name, row):
        self.loop.call(self.board.post, name, row)

    def close(self):
        self.loop.do(self.server.close())
        self.loop.end()


@pytest.fixture
def daemon(tmp_path):
    made = Daemon(tmp_path / "switchd.sock")
    yield made
    made.close()


@pytest.fixture
def link(daemon):
    with Link(daemon.path, "test") as made:
        yield made


def test_a_call_is_answered_with_its_type(link):
    status = link.call(SwitchApi.status)
    assert status == Impl().status()


def test_an_order_reaches_the_daemon(daemon, link):
    assert link.call(SwitchApi.hang_up, call_id="17") is None
    assert daemon.impl.hung_up == ["17"]


@pytest.mark.parametrize(
    ("order", "kind", "words"),
    [
        (lambda link: link.call(SwitchApi.hang_up, call_id="nobody"), "KeyError", "no call nobody"),
        (lambda link: link.call(SwitchApi.reload), "RuntimeError", "cannot be read"),
        (lambda link: link._ask("dance", {}), "NoSuchMethod", "dance"),
        (lambda link: link._ask("hang_up", {}), "ValueError", "needs call_id"),
        (lambda link: link._ask("hang_up", {"call_id": "1", "x": 1}), "ValueError", "takes no x"),
        (lambda link: link._ask("hang_up", {"call_id": 5}), "ValidationError", "str"),
    ],
)
def test_a_refusal_says_why_and_the_link_goes_on(link, order, kind, words):
    with pytest.raises(Refused, match=words) as refusal:
        order(link)
    assert refusal.value.kind == kind
    assert link.call(SwitchApi.status).name == "switchd"


def test_subscribing_gives_what_is_and_then_what_changes(daemon, link):
    daemon.post("line.idle", line_row())
    daemon.post("queue.changed", QueueRow(id="support", title="پشتیبانی", waiting=()))
    feed = link.events()
    first, second = next(feed), next(feed)
    assert (first.name, first.row) == ("line.snapshot", line_row())
    assert second.row.title == "پشتیبانی"
    daemon.post("line.ringing", line_row(state="ringing"))
    change = next(feed)
    assert (change.name, change.row.state) == ("line.ringing", "ringing")


def test_a_row_that_is_gone_is_in_no_later_snapshot(daemon):
    daemon.post("call.started", line_row("x"))
    daemon.post("call.ended", line_row("x"))
    assert daemon.board.snapshot() == {"seq": 2, "rows": {"call": []}}


def test_a_gap_is_mended_by_a_new_snapshot(daemon, link):
    daemon.post("line.idle", line_row())
    feed = link.events()
    next(feed)
    daemon.board.seq += 1  # as if an event had been dropped for a slow reader
    daemon.post("line.ringing", line_row(state="ringing"))
    again = next(feed)
    assert (again.name, again.row.state) == ("line.snapshot", "ringing")


def test_a_daemon_that_dies_is_noticed(daemon, link):
    daemon.post("line.idle", line_row())
    feed = link.events()
    next(feed)
    daemon.loop.do(daemon.server.close())
    with pytest.raises(LinkDown):
        next(feed)


def test_nobody_there_is_said_with_the_path(tmp_path):
    with pytest.raises(LinkDown, match=r"lined does not answer on .*lined\.sock"):
        Link(tmp_path / "lined.sock", "test")


def test_peers_are_known_by_name_from_hello_to_goodbye(daemon):
    with Link(daemon.path, "lined") as link:
        link.call(SwitchApi.status)
        assert daemon.peers == [("lined", True)]
    with Link(daemon.path, "other") as link:
        link.call(SwitchApi.status)
        assert ("lined", False) in daemon.peers


def test_only_the_boxs_user_may_open_the_socket(daemon):
    assert stat.S_IMODE(daemon.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"[1]\n", b"\xff\xfe\n", b"5\n"])
def test_a_peer_that_talks_rubbish_is_dropped_and_the_others_go_on(daemon, link, rubbish):
    with socket.socket(socket.AF_UNIX) as rude:
        rude.settimeout(5)
        rude.connect(str(daemon.path))
        rude.sendall(rubbish)
        received = b""
        while part := rude.recv(4096):
            received += part
    assert frame.decode(received.splitlines()[0])["hello"] == "switchd"
    assert link.call(SwitchApi.status).name == "switchd"


def test_a_reader_who_does_not_read_loses_events_and_not_the_daemon(daemon, link):
    with Link(daemon.path, "sleeper") as sleeper:
        feed = sleeper.events()
        wide = QueueRow(id="support", title="x" * 4000, waiting=())
        daemon.post("queue.changed", wide)
        next(feed)

        async def flood():
            for _ in range(2000):
                daemon.board.post("queue.changed", wide)

        daemon.loop.do(flood())
        assert link.call(SwitchApi.status).name == "switchd"
        last = QueueRow(id="support", title="the last", waiting=())

        def until_last():
            for event in feed:
                if event.row == last:
                    return event
            raise AssertionError("the feed ended")

        daemon.post("queue.changed", last)
        timer = threading.Timer(2.0, daemon.post, ("queue.changed", last))
        timer.start()
        assert until_last().row == last
        timer.join()


@pytest.mark.parametrize("turns", range(5))
def test_a_connection_that_comes_as_the_link_closes_is_closed(tmp_path, turns):
    """Whatever turn of the loop it is in: accepted, given its transport, or served already."""

    async def story(client):
        server = Server(tmp_path / "switchd.sock", "switchd", SwitchApi, Impl(), Board())
        await server.open()
        client.connect(str(tmp_path / "switchd.sock"))
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.close()
        await asyncio.to_thread(heard, client)

    def heard(client):
        client.settimeout(5.0)
        try:
            while client.recv(4096):
                pass
        except ConnectionResetError:
            pass

    with warnings.catch_warnings(record=True) as told, socket.socket(socket.AF_UNIX) as client:
        warnings.simplefilter("always")
        asyncio.run(story(client))
        gc.collect()
    assert not told
