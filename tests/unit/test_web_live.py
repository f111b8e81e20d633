"""The live page: the mirror of the daemons, its items, and the stream of their changes."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from firmware.config.home import Home
from firmware.daemons import EVERYWHERE, ON_AN_IMAGE
from firmware.link.rows import ROWS, CallerRow
from firmware.model.agent import AgentState
from firmware.model.line import LineState
from tests.browser import stage
from tests.rig.until import until
from tests.unit.web_fixtures import console, signed_in
from web.live import views, wording
from web.live.board import Board, Picture
from web.live.items import Line, items_of
from web.live.ticker import KEPT_BATCHES, Ticker

NOW = 1795302540.0
SOON_S = 5.0


def picture(*rows, away=()):
    kinds = {cls: kind for kind, cls in ROWS.items()}
    by_kind = {}
    for row in rows:
        by_kind.setdefault(kinds[type(row)], {})[row.id] = row
    return Picture(rows=by_kind, away=frozenset(away))


# -- items --------------------------------------------------------------------------------


def test_an_empty_box_has_only_its_figures():
    assert list(items_of(picture())) == ["totals-all"]


def test_an_away_daemon_is_told_and_its_figures_are_unknown():
    items = items_of(picture(stage.line(), away={"switchd", "edge"}))
    assert {"away-switchd", "away-edge", "line-fxo_2d_1"} < set(items)
    totals = items["totals-all"].view
    assert (totals.calls, totals.waiting, totals.registered) == (None, None, None)
    assert (totals.lines_busy, totals.lines) == (0, 1)


def test_an_extension_is_busy_while_a_leg_stands_for_it():
    rows = [stage.extension("101"), stage.extension("102"), stage.leg("17.2", "102", "ringing")]
    items = items_of(picture(*rows))
    assert not items["extension-101"].view.busy
    assert items["extension-102"].view.busy


def test_a_call_s_place_has_the_name_people_gave_it():
    items = items_of(
        picture(
            stage.queue(),
            stage.extension("102", name="Ali Rezaei"),
            stage.call("1", NOW, place="queue:support"),
            stage.call("2", NOW, place="extension:102"),
            stage.call("3", NOW, place="ivr:main"),
            stage.call("4", NOW, place="queue:gone"),
            stage.call("5", NOW, place=""),
        )
    )
    titles = [items[f"call-{n}"].view.place_title for n in range(1, 6)]
    assert titles == ["پشتیبانی", "Ali Rezaei", "", "", ""]


def test_a_queue_has_its_agents_in_the_order_of_their_numbers():
    rows = [stage.agent(n, NOW) for n in ("1000", "101", "20")]
    rows.append(stage.agent("102", NOW, queues=("sales",)))
    items = items_of(picture(stage.queue(), *rows))
    assert [agent.id for agent in items["queue-support"].view.agents] == ["20", "101", "1000"]


def test_lines_are_in_the_order_people_count():
    names = ["fxo-10", "fxo-2", "gsm-1", "fxo-1", "a"]
    items = items_of(picture(*(stage.line(name) for name in names)))
    lines = sorted((i for i in items.values() if i.list == "lines"), key=lambda i: i.order)
    assert [item.view.row.id for item in lines] == ["a", "fxo-1", "fxo-2", "fxo-10", "gsm-1"]


def test_no_two_rows_share_an_element_however_they_are_called():
    names = ["a-b", "a_b", "a.b", "a_2d_b", "a b", "aب"]
    items = items_of(picture(*(stage.line(name) for name in names)))
    assert len(items) == len(names) + 1


def test_every_state_of_the_model_has_a_look():
    assert {*AgentState} == {*wording.AGENT_LOOKS}
    assert {*LineState} == {*wording.LINE_LOOKS}
    assert {*EVERYWHERE, *ON_AN_IMAGE} == {*wording.DAEMON_NAMES} == {*wording.DAEMON_LOSSES}


# -- the ticker -----------------------------------------------------------------------------


class StillBoard:
    """A board that shows what it is told."""

    def __init__(self):
        self.shown = picture()

    def picture(self):
        return self.shown

    def wait(self, timeout_s):
        return False


@pytest.fixture
def board():
    return StillBoard()


@pytest.fixture
def ticker(board):
    return Ticker(board)


def test_nothing_is_told_when_nothing_changed(ticker):
    assert not ticker.look()
    assert ticker.after(0, timeout_s=0) == []


def test_a_listener_gets_what_changed_since_it_last_heard(board, ticker):
    for state in ("ringing_in", "offered"):
        board.shown = picture(stage.line(state=state))
        assert ticker.look()
    board.shown = picture()
    ticker.look()
    first, second, third = ticker.after(0, timeout_s=0)
    assert {item.id for item in first.puts} == {"line-fxo_2d_1", "totals-all"}
    assert [i.view.row.state for i in second.puts if isinstance(i.view, Line)] == ["offered"]
    assert third.drops == ("line-fxo_2d_1",)
    assert [batch.number for batch in ticker.after(2, timeout_s=0)] == [3]


def test_a_listener_that_was_too_slow_starts_afresh(board, ticker):
    for n in range(KEPT_BATCHES + 5):
        board.shown = picture(stage.line(number=str(n)))
        ticker.look()
    (batch,) = ticker.after(3, timeout_s=0)
    assert batch.snapshot
    assert batch.number == KEPT_BATCHES + 5
    assert len(ticker.after(5, timeout_s=0)) == KEPT_BATCHES


@pytest.mark.parametrize("number", [-1, 1, 99])
def test_a_number_never_given_out_starts_afresh(ticker, number):
    (batch,) = ticker.after(number, timeout_s=0)
    assert batch.snapshot


def test_a_waiting_listener_is_woken_by_a_change(board, ticker):
    heard = []
    listener = threading.Thread(target=lambda: heard.extend(ticker.after(0, timeout_s=SOON_S)))
    listener.start()
    board.shown = picture(stage.line())
    ticker.look()
    listener.join(SOON_S)
    assert [batch.number for batch in heard] == [1]


def test_stopping_lets_a_waiting_listener_go(ticker):
    listener = threading.Thread(target=lambda: ticker.after(0, timeout_s=60))
    listener.start()
    ticker.stop()
    listener.join(SOON_S)
    assert not listener.is_alive()


# -- the board ------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def mirror(home):
    board = Board({name: home.link(name) for name in EVERYWHERE})
    board.start()
    yield board
    board.stop()


def shows(mirror, kind):
    return lambda: mirror.picture().rows.get(kind)


def test_the_board_mirrors_rows_as_they_come_change_and_go(home, mirror):
    with stage.Daemons(home) as daemons:
        daemons.post("line.found", stage.line())
        daemons.post("call.began", stage.call("1", NOW))
        until(shows(mirror, "line"), SOON_S, "the line is shown")
        until(shows(mirror, "call"), SOON_S, "the call is shown")
        until(lambda: not mirror.picture().away, SOON_S, "all daemons are there")
        daemons.post("line.rang", stage.line(state="ringing_in"))
        until(
            lambda: mirror.picture().rows["line"]["fxo-1"].state == "ringing_in",
            SOON_S,
            "the line rings",
        )
        daemons.post("call.ended", stage.call("1", NOW, disposition="abandoned"))
        until(lambda: not mirror.picture().rows["call"], SOON_S, "the call is gone")


def test_a_daemon_that_goes_is_away_and_the_rest_goes_on(home, mirror):
    with stage.Daemons(home) as daemons:
        daemons.post("line.found", stage.line())
        daemons.post("extension.registered", stage.extension())
        until(shows(mirror, "line"), SOON_S, "the line is shown")
        until(shows(mirror, "extension"), SOON_S, "the extension is shown")
        daemons.stop("lined")
        until(lambda: mirror.picture().away == {"lined"}, SOON_S, "lined is away")
        assert not shows(mirror, "line")()
        assert shows(mirror, "extension")()
        daemons.start("lined")
        until(lambda: not mirror.picture().away, SOON_S, "lined is back")
        assert not shows(mirror, "line")()  # the new lined knows no line yet


def test_a_peer_that_speaks_nonsense_is_away_not_fatal(home, mirror):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.link("lined")))
        server.listen()
        server.settimeout(SOON_S)
        for _ in range(2):  # it comes again after the first refusal
            peer, _address = server.accept()
            with peer:
                peer.sendall(b"\xff not a frame\n")
        assert "lined" in mirror.picture().away


# -- the pages ------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


def _aways(ticker):
    return [item for item in ticker.snapshot().puts if item.list == "aways"]


@pytest.fixture
def daemons(app):
    with stage.Daemons(app.extensions["markaz-home"]) as daemons:
        ticker = app.extensions["markaz-ticker"]
        until(lambda: not _aways(ticker), SOON_S, "no daemon is away")
        yield daemons


def page_with(client, text):
    return until(
        lambda: page if text in (page := client.get("/").text) else None, SOON_S, f"{text} shows"
    )


def test_the_page_is_whole_without_its_script(app, daemons):
    since = time.time() - 65
    daemons.post("line.found", stage.line(state="in_use", number="0912"))
    daemons.post("extension.registered", stage.extension("101"))
    daemons.post(
        "call.began", stage.call("1", since, place="queue:support", caller_name="", recording=True)
    )
    waiting = CallerRow(call="1", caller="02188776655", since=since)
    daemons.post("queue.changed", stage.queue("support", waiting))
    daemons.post("agent.changed", stage.agent("101", since, "offered"))
    page = page_with(signed_in(app), "Being offered a call")
    for text in ("fxo-1", "In use", "0912", "Registered", "Waiting", "1 caller waiting", "1:0"):
        assert text in page
    assert "Being recorded" in page


def test_names_from_strangers_are_text(app, daemons):
    evil = "<img src=x onerror=alert(1)>"
    daemons.post(
        "call.began",
        stage.call("<b>", NOW, caller=evil, caller_name=evil, called=evil, place=f"line:{evil}"),
    )
    daemons.post("line.found", stage.line(evil, state=evil, number=evil, fault=evil, kind=evil))
    daemons.post("extension.found", stage.extension(evil, name=evil, contact=evil, user_agent=evil))
    daemons.post("queue.found", stage.queue(evil, title=evil))
    daemons.post("agent.found", stage.agent(evil, NOW, evil, name=evil, queues=(evil,)))
    page = page_with(signed_in(app), "Unknown state")
    assert "&lt;img" in page
    assert "<img" not in page


def test_an_away_daemon_has_its_notice_on_the_page(app, daemons):
    client = signed_in(app)
    assert 'id="away-' not in client.get("/").text
    daemons.stop("edge")
    page = page_with(client, 'id="away-edge"')
    assert "The telephone registrar does not answer." in page
    assert 'id="away-lined"' not in page


def events_of(response):
    """The batches of a stream, as they come."""
    kept = ""
    for chunk in response.iter_encoded():
        kept += chunk.decode()
        while "\n\n" in kept:
            block, _, kept = kept.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if fields.get("event") == "batch":
                yield fields["id"], json.loads(fields["data"])


def test_the_stream_sends_a_snapshot_then_changes_with_their_numbers(app, daemons):
    daemons.post("line.found", stage.line())
    client = signed_in(app)
    page_with(client, "fxo-1")
    with client.get("/live/stream", buffered=False) as response:
        assert response.mimetype == "text/event-stream"
        events = events_of(response)
        first, snapshot = next(events)
        assert snapshot["snapshot"]
        assert "line-fxo_2d_1" in [ident for _, ident, _ in snapshot["puts"]]
        daemons.post("line.rang", stage.line(state="ringing_in"))
        second, change = next(events)
        puts = {ident: html for _, ident, html in change["puts"]}
        assert "Incoming ring" in puts["line-fxo_2d_1"]
        assert not change["snapshot"]
        assert abs(change["now"] - time.time()) < 5
    epoch, _, number = first.partition("-")
    assert second == f"{epoch}-{int(number) + 1}"


def test_a_stream_goes_on_where_the_browser_left_off(app, daemons):
    client = signed_in(app)
    ticker = app.extensions["markaz-ticker"]
    before = f"{ticker.epoch}-{ticker.snapshot().number}"
    daemons.post("line.found", stage.line())
    page_with(client, "fxo-1")
    headers = {"Last-Event-ID": before}
    with client.get("/live/stream", headers=headers, buffered=False) as response:
        _, change = next(events_of(response))
    assert not change["snapshot"]
    other = {"Last-Event-ID": "00000000-1"}  # the console was started again since
    with client.get("/live/stream", headers=other, buffered=False) as response:
        _, change = next(events_of(response))
    assert change["snapshot"]


def test_a_stream_ends_when_its_session_does(app, daemons):
    client = signed_in(app)
    with client.session_transaction() as session:
        token = session["token"]
    with client.get("/live/stream", buffered=False) as response:
        chunks = response.iter_encoded()
        assert next(chunks).startswith(b"retry:")
        next(chunks)  # the snapshot
        app.extensions["markaz-sessions"].end(token)
        daemons.post("line.found", stage.line())
        assert b"signed-out" in next(chunks)
        assert next(chunks, None) is None


def test_beyond_the_last_thread_browsers_ask_instead(app, daemons, monkeypatch):
    monkeypatch.setattr(views, "_streams", threading.BoundedSemaphore(1))
    client = signed_in(app)
    with client.get("/live/stream", buffered=False) as first:
        assert first.status_code == 200
        second = client.get("/live/stream")
        assert second.status_code == 503
        assert "Retry-After" in second.headers
        answer = client.get("/live/changes?after=").json
        (batch,) = answer["batches"]
        assert batch["snapshot"]
        after = f"{answer['epoch']}-{batch['number']}"
        assert client.get("/live/changes", query_string={"after": after}).json["batches"] == []
    with client.get("/live/stream", buffered=False) as third:
        assert third.status_code == 200


@pytest.mark.parametrize("after", ["", "x", "-", "abc-99999999999999999999", "-1", "٣"])
def test_a_place_in_the_stream_that_is_none_gets_everything(app, after):
    answer = signed_in(app).get("/live/changes", query_string={"after": after})
    assert answer.json["batches"][0]["snapshot"]


def test_a_bug_while_following_shows_as_away_and_heals(home, mirror, monkeypatch, caplog):
    broken = threading.Event()
    broken.set()
    take = Board._take

    def take_or_break(self, daemon, change):
        if daemon == "lined" and broken.is_set():
            raise ZeroDivisionError("a bug")
        take(self, daemon, change)

    monkeypatch.setattr(Board, "_take", take_or_break)
    with stage.Daemons(home):
        until(lambda: "cannot be followed" in caplog.text, SOON_S, "the log has the bug")
        until(lambda: mirror.picture().away == {"lined"}, SOON_S, "only lined is away")
        broken.clear()
        until(lambda: not mirror.picture().away, SOON_S, "lined is back")
