"""Alerts of queues: what is shown, who is written to, and what happens when something is away."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config import document, history
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Queue
from firmware.config.sections.supervision import QueueAlert
from firmware.link.client import Event, Snapshot
from firmware.link.rows import AgentRow, CallerRow, QueueRow
from firmware.link.server import Board
from firmware.model.queue_alert import Figure
from firmware.outbox.queue_alerts import QueueAlerts
from firmware.store import outbox, users, webhooks
from firmware.store.db import open_store
from tests.browser.stage import make_home

NOON = 1_795_336_200.0  # 2026-11-22 12:00 in Tehran


class Time:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


SLOW = QueueAlert(
    name="slow", figure=Figure.LONGEST_WAIT, limit=60.0, for_s=0.0, sms=("09121112233",),
    mail=("boss@example.com",),
)  # fmt: skip


def rig(tmp_path, *alerts, language="en"):
    home = make_home(tmp_path, language=language)
    site = history.load_current(home)[1].model_copy(
        update={
            "queue": (Queue(name="support", title="Support", members=("101",)),),
            "queue_alert": alerts,
        }
    )
    history.apply(home, document.dump(site, secrets=True), "test", "")
    when, board = Time(), Board()
    keeper = QueueAlerts(home, board, wall=when, clock=when)
    return home, keeper, board, when


def queue(*since):
    waiting = tuple(CallerRow(call=f"c{at}", caller="0912", since=at) for at in since)
    return QueueRow(id="support", title="Support", waiting=waiting)


def agent(state="available"):
    return AgentRow(id="101", name="S", state=state, queues=("support",), call="", since=0.0)


def show(keeper, *rows):
    kinds = {"queue": [], "agent": []}
    for row in rows:
        kinds["queue" if isinstance(row, QueueRow) else "agent"].append(row)
    keeper.told(Snapshot(rows=kinds))


def letters(home, channel):
    with closing(open_store(home)) as db:
        return [(one.recipient, one.body) for one in outbox.waiting(db, channel)]


def shown(board):
    return [(row.id, row.value) for row in board.snapshot()["rows"].get("queue_alert", [])]


def test_a_long_wait_is_shown_and_told_once_and_so_is_its_end(tmp_path):
    home, keeper, board, time = rig(tmp_path, SLOW)
    show(keeper, queue(NOON - 90.0), agent())
    asyncio.run(keeper.look())
    asyncio.run(keeper.look())
    assert shown(board) == [("slow/support", 90.0)]
    (sms,) = letters(home, "sms")
    assert sms[0] == "09121112233"
    assert sms[1].endswith("Support: a caller has waited 90 seconds (limit 60).")
    assert [to for to, _ in letters(home, "mail")] == ["boss@example.com"]
    show(keeper, queue(), agent())
    asyncio.run(keeper.look())
    assert shown(board) == [("slow/support", 0.0)]
    time.now += 61.0
    asyncio.run(keeper.look())
    assert shown(board) == []
    assert [body.partition(".")[0] for _, body in letters(home, "sms")][-1] == "Over again"


def test_over_a_restart_what_lasts_is_not_told_again_and_its_end_is(tmp_path):
    home, keeper, _board, time = rig(tmp_path, SLOW)
    show(keeper, queue(NOON - 90.0))
    asyncio.run(keeper.look())
    assert len(letters(home, "sms")) == 1

    board = Board()
    again = QueueAlerts(home, board, wall=time, clock=time)
    asyncio.run(again.look())
    assert shown(board) == []  # switchd has said nothing yet
    show(again, queue(NOON - 90.0))
    asyncio.run(again.look())
    assert shown(board) == [("slow/support", 90.0)]
    assert len(letters(home, "sms")) == 1

    later = QueueAlerts(home, Board(), wall=time, clock=time)
    show(later, queue())
    asyncio.run(later.look())
    time.now += 61.0
    asyncio.run(later.look())
    assert [body.partition(".")[0] for _, body in letters(home, "sms")][1:] == ["Over again"]
    last = QueueAlerts(home, Board(), wall=time, clock=time)
    show(last, queue())
    asyncio.run(last.look())
    assert len(letters(home, "sms")) == 2


def test_programs_that_follow_are_told_once_that_it_began_and_that_it_is_over(tmp_path):
    home, keeper, _board, when = rig(tmp_path, SLOW)
    with closing(open_store(home)) as db:
        users.create(db, "owner", "correct horse battery")
        webhooks.create(db, "owner", "http://127.0.0.1:9/", (), keep_trying_h=1, now=NOON)
    for waiting in (90.0, 95.0, 0.0, 0.0):
        show(keeper, queue(when.now - waiting))
        asyncio.run(keeper.look())
        when.now += 61.0
    with closing(open_store(home)) as db:
        told = webhooks.since(db, 0)
    assert [(one.name, one.queue, one.subject) for one in told] == [
        ("alert.raised", "support", {"alert": "slow"}),
        ("alert.over", "support", {"alert": "slow"}),
    ]
    assert abs(told[0].at - time.time()) < 60.0


@pytest.mark.parametrize(("language", "said"), [("fa", "۹۰ ثانیه"), ("ar", "٩٠ ثانية")])
def test_it_is_told_in_the_offices_language_and_digits(tmp_path, language, said):
    home, keeper, _board, _time = rig(tmp_path, SLOW, language=language)
    show(keeper, queue(NOON - 90.0))
    asyncio.run(keeper.look())
    assert said in letters(home, "sms")[0][1]


def test_agents_who_are_logged_out_are_not_there(tmp_path):
    rule = QueueAlert(name="few", figure=Figure.AGENTS, limit=1.0, for_s=0.0)
    _home, keeper, board, _time = rig(tmp_path, rule)
    show(keeper, queue(), agent())
    asyncio.run(keeper.look())
    assert shown(board) == []
    keeper.told(Event(name="agent.changed", at=0.0, kind="agent", row=agent("logged_out")))
    asyncio.run(keeper.look())
    assert shown(board) == [("few/support", 0.0)]


def test_while_switchd_is_away_nothing_is_known_and_nobody_is_told(tmp_path):
    rule = QueueAlert(name="few", figure=Figure.AGENTS, limit=1.0, for_s=0.0, sms=("0912",))
    home, keeper, board, _time = rig(tmp_path, rule)
    asyncio.run(keeper.look())
    show(keeper, queue(), agent())
    keeper.lost()
    asyncio.run(keeper.look())
    assert (shown(board), letters(home, "sms")) == ([], [])


def test_in_quiet_times_it_is_shown_and_nobody_is_told(tmp_path):
    quiet = SLOW.model_copy(update={"quiet": ("11:00-13:00",)})
    home, keeper, board, time = rig(tmp_path, quiet)
    show(keeper, queue(NOON - 90.0))
    asyncio.run(keeper.look())
    assert shown(board) == [("slow/support", 90.0)]
    assert letters(home, "sms") == []
    time.now += 3600.0
    asyncio.run(keeper.look())
    assert len(letters(home, "sms")) == 1


def test_an_alert_that_is_taken_out_leaves_the_board(tmp_path):
    home, keeper, board, _time = rig(tmp_path, SLOW)
    show(keeper, queue(NOON - 90.0))
    asyncio.run(keeper.look())
    site = history.load_current(home)[1].model_copy(update={"queue_alert": ()})
    history.apply(home, document.dump(site, secrets=True), "test", "")
    keeper.reload()
    asyncio.run(keeper.look())
    assert shown(board) == []


def test_a_limit_and_its_end_that_cross_are_refused():
    text = "queue: [{name: a, title: A}]\nqueue_alert: [{name: x, figure: agents, limit: 2, %s}]"
    with pytest.raises(ConfigRejected, match="beyond the limit"):
        document.parse(text % "clear: 1")
    with pytest.raises(ConfigRejected, match="no queue of this name"):
        document.parse(text % "queue: [b]")


def test_the_example_of_the_documentation_is_accepted():
    page = (Path(__file__).parents[2] / "docs" / "desk.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(queue_alert:.*?)```", page, flags=re.S)
    site = document.parse(f"queue: [{{name: support, title: Support}}]\n{example}")
    assert site.queue_alert[0].rule.for_s == 30.0
    assert site.queue_alert[0].quiet == ("22:00-07:00",)


def test_a_store_that_cannot_be_written_loses_no_letter(tmp_path, monkeypatch):
    home, keeper, _board, _time = rig(tmp_path, SLOW)
    show(keeper, queue(NOON - 90.0))
    with monkeypatch.context() as broken:
        broken.setattr(keeper, "_write", _disk_full)
        with pytest.raises(sqlite3.OperationalError):
            asyncio.run(keeper.look())
    asyncio.run(keeper.look())
    assert len(letters(home, "sms")) == 1


def _disk_full(_letters, _told):
    raise sqlite3.OperationalError("database or disk is full")
