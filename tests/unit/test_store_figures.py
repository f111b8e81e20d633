"""The call centre's figures, against a day that was worked out by hand."""

from __future__ import annotations

import random
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest

from firmware.config.home import Home
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.store import queue_events, rows
from firmware.store.db import open_store
from firmware.store.figures import By, frequent_callers, of_agents, of_queues
from firmware.store.unreturned import OWED_S, owed, unreturned

E = QueueEventName
DAY = 1_795_329_000.0
"""Sunday, 22 November 2026, 10:00 in Tehran."""

# visit: joined, how it ended, when, number, line
VISITS = {
    "A": (0, E.CALLER_SERVED, 10, "0911", "fxo-1"),
    "B": (5, E.CALLER_SERVED, 35, "0912", "fxo-1"),
    "C": (20, E.CALLER_ABANDONED, 23, "0913", "fxo-2"),
    "D": (30, E.CALLER_ABANDONED, 70, "0914", "fxo-2"),
    "E": (40, E.CALLER_LEFT, 40, "0911", "fxo-2"),
    "F": (50, E.CALLER_LEFT, 350, "0916", "fxo-2"),
    "G": (60, E.CALLER_ABANDONED, 75, "0917", "fxo-2"),
    "H": (70, E.CALLER_SERVED, 400, "0918", "fxo-2"),
    "I": (900, None, 0, "0919", "fxo-2"),
}
SERVED_BY = {"A": "101", "B": "102", "H": "101"}
LEFT_BECAUSE = {"E": "full", "F": "waited_too_long"}
TALKS = {"A": 100, "B": 60, "H": 50}
WRAP_UPS = {"A": 15, "B": 10, "H": 5}

SPANS_OF_101 = [
    (0, "available", ""),
    (8, "offered", ""),
    (10, "talking", ""),
    (110, "wrap_up", ""),
    (125, "available", ""),
    (200, "paused", "lunch"),
    (300, "available", ""),
    (395, "offered", ""),
    (400, "talking", ""),
    (450, "wrap_up", ""),
    (455, "available", ""),
    (460, "logged_out", ""),
]


def event(at, name, **fields):
    return QueueEvent(at=DAY + at, name=name, **fields)


def the_day():
    for visit, (joined, end, left, caller, line) in VISITS.items():
        of = {"queue": "support", "visit": visit, "call": f"call-{visit}", "caller": caller}
        yield event(joined, E.CALLER_JOINED, line=line, called="2188", target_s=20, short_s=5, **of)
        agent = SERVED_BY.get(visit, "")
        if end is not None:
            reason = LEFT_BECAUSE.get(visit, "")
            yield event(left, end, seconds=left - joined, agent=agent, reason=reason, **of)
        if agent:
            to = "extension:103" if visit == "B" else ""
            yield event(left - 2, E.OFFER_MADE, agent=agent, **of)
            over = left + TALKS[visit]
            reason = "transferred" if to else "caller"
            talk = {"seconds": TALKS[visit], "destination": to, "reason": reason}
            yield event(over, E.TALK_ENDED, agent=agent, **talk, **of)
            done = over + WRAP_UPS[visit]
            yield event(done, E.WRAP_UP_ENDED, agent=agent, seconds=WRAP_UPS[visit], **of)
    in_a = {"queue": "support", "visit": "A", "call": "call-A", "agent": "101"}
    yield event(6, E.OFFER_MADE, **in_a)
    yield event(8, E.OFFER_MISSED, reason="rejected", **in_a)
    yield event(60, E.HOLD_ENDED, seconds=20, **in_a)
    yield event(100, E.CALLBACK_TAKEN, queue="support", visit="H", caller="0918")
    yield event(395, E.CALLBACK_REACHED, queue="support", visit="H", caller="0918")
    yield event(800, E.NUMBER_REACHED, caller="0914", agent="102")
    for at, state, reason in SPANS_OF_101:
        yield event(at, E.AGENT_CHANGED, agent="101", state=state, reason=reason)


@pytest.fixture
def db(tmp_path):
    with closing(open_store(Home(tmp_path))) as db:
        for one in the_day():
            rows.save(db, one)
        yield db


def test_the_figures_of_a_queue_are_those_worked_out_by_hand(db):
    [day] = of_queues(db, DAY, DAY + 1000, By.QUEUE)

    assert (day.key, day.offered, day.answered, day.abandoned) == ("support", 9, 2, 3)
    assert (day.short_abandoned, day.overflowed, day.turned_away) == (1, 1, 1)
    assert (day.callbacks, day.callbacks_reached, day.waiting) == (1, 1, 1)
    assert day.service_level == 1 / 4  # A; of A, B, D, G: C gave up too soon to count
    assert day.service_level_gross == 1 / 5
    assert day.service_level_of_answered == 1 / 2
    assert day.service_level_inclusive == 3 / 5  # A, C, G
    assert (day.abandonment, day.abandonment_gross) == (2 / 4, 3 / 5)
    assert day.asa_s == 20.0  # 10 and 30
    assert day.mean_patience_s == pytest.approx(58 / 3)
    assert day.aht_s == 80.0  # (115 + 70 + 55) / 3
    assert (day.talk_s, day.hold_s, day.wrap_up_s) == (210, 20, 30)
    assert (day.transferred, day.transfer_rate) == (1, 1 / 3)
    assert (day.offers, day.missed, day.longest_wait_s) == (4, 1, 40)


def test_the_figures_of_an_agent_are_those_worked_out_by_hand(db):
    plan = [("work", 0, 200), ("lunch", 200, 250), ("work", 250, 500)]
    for activity, begin, end in plan:
        db.execute(
            "INSERT INTO agent_shifts VALUES ('101', ?, ?, ?)", [DAY + begin, DAY + end, activity]
        )

    figures = {one.agent: one for one in of_agents(db, DAY, DAY + 1000)}

    one = figures["101"]
    assert (one.offers, one.answered, one.missed) == (3, 2, 1)
    assert (one.logged_in_s, one.available_s, one.offered_s) == (460, 183, 7)
    assert (one.talk_s, one.wrap_up_s, one.pauses) == (150, 20, {"lunch": 100})
    assert one.occupancy == pytest.approx(170 / 360)
    assert one.utilisation == pytest.approx(170 / 460)
    assert one.adherence == pytest.approx(410 / 500)  # 200 + 50 + 160: late back, and gone early
    assert (figures["102"].answered, figures["102"].occupancy) == (1, None)


def test_a_period_cuts_the_spans_that_reach_beyond_it(db):
    [one] = of_agents(db, DAY + 50, DAY + 120)

    assert (one.talk_s, one.wrap_up_s, one.logged_in_s) == (60, 10, 70)


def test_figures_by_line_number_and_the_offices_clock(db):
    def offered(by, zone=None):
        return {row.key: row.offered for row in of_queues(db, DAY, DAY + 1000, by, zone)}

    tehran = ZoneInfo("Asia/Tehran")
    assert offered(By.LINE) == {"fxo-1": 2, "fxo-2": 7}
    assert offered(By.DID) == {"2188": 9}
    assert offered(By.AGENT) == {"101": 2, "102": 1, "": 6}
    assert offered(By.HOUR, tehran) == {"10": 9}
    assert offered(By.QUARTER, tehran) == {"2026-11-22 10:00": 8, "2026-11-22 10:15": 1}
    assert offered(By.DAY, tehran) == {"2026-11-22": 9}
    assert offered(By.WEEKDAY, tehran) == {"7": 9}


def test_who_gave_up_is_on_the_list_until_somebody_spoke_to_them(db):
    def numbers():
        return {row.caller for row in unreturned(db, DAY + 5000)}

    assert numbers() == {"0913", "0917"}  # 0914 was reached
    rows.save(db, event(950, E.CALLER_SERVED, caller="0913", visit="J"))
    assert numbers() == {"0917"}
    rows.save(db, event(960, E.CALLBACK_TAKEN, caller="0917", visit="K"))
    assert numbers() == set()  # they are to be called back anyway
    lost = event(970, E.CALLBACK_ENDED, caller="0917", visit="K", reason="not_reached")
    rows.save(db, lost)
    assert numbers() == {"0917"}


def test_nobody_is_owed_a_call_for_ever(db):
    gave_up = DAY + 75  # 0917
    assert [row.caller for row in unreturned(db, gave_up + OWED_S)] == ["0917"]
    assert owed(db, gave_up + OWED_S) == {"support": 1}
    assert unreturned(db, gave_up + OWED_S + 1) == []
    assert owed(db, gave_up + OWED_S + 1) == {}
    assert [row.caller for row in unreturned(db, DAY + 5000, since=DAY + 71)] == ["0917"]
    assert len(unreturned(db, DAY + 5000, limit=1)) == 1


def test_the_callers_a_queue_owes_a_call_are_each_one(db):
    again = event(980, E.CALLER_ABANDONED, queue="support", caller="0917", visit="L", seconds=3)
    rows.save(db, again)
    assert owed(db, DAY + 5000) == {"support": 2}
    assert {row.caller: row.calls for row in unreturned(db, DAY + 5000)} == {"0917": 2, "0913": 1}


def test_the_most_frequent_callers(db):
    assert frequent_callers(db, DAY, DAY + 1000, limit=2) == [("0911", 2), ("0912", 1)]


def test_a_stop_of_the_box_closes_what_it_left_open_as_of_its_last_moment(db):
    rows.save(db, event(905, E.AGENT_CHANGED, agent="103", state="available"))

    lost = queue_events.cut_off(db, DAY + 5000)

    assert [(one.visit, one.caller, one.at - DAY) for one in lost] == [("I", "0919", 905)]
    [day] = of_queues(db, DAY, DAY + 1000, By.QUEUE)
    assert (day.waiting, day.overflowed) == (0, 2)
    figures = {one.agent: one for one in of_agents(db, DAY, DAY + 5000)}
    assert figures["101"].logged_in_s == 460
    assert "103" not in figures or figures["103"].logged_in_s == 0
    assert queue_events.cut_off(db, DAY + 5000) == []


def test_events_are_read_in_order(db):
    events = queue_events.between(db, DAY, DAY + 86400)
    names = [one.name for one in events if one.visit == "A"]

    assert names[0] is E.CALLER_JOINED
    assert names[-2:] == [E.TALK_ENDED, E.WRAP_UP_ENDED]
    assert len(queue_events.between(db, DAY, DAY + 6)) == 3


@pytest.mark.parametrize("seed", range(12))
def test_what_an_agent_was_in_a_period_is_what_the_view_of_all_spans_says(db, seed):
    dice, at = random.Random(seed), DAY
    for _ in range(60):
        at += dice.choice([0.0, 5.0, 30.0, 400.0, -3600.0, 1_000_000.0])  # the clock jumps, too
        seconds = dice.choice([0.0, 5.0, 30.0])
        states = ("available", "talking", "paused", "logged_out", "down")
        change = {"agent": dice.choice("xyz"), "state": dice.choice(states), "seconds": seconds}
        rows.save(db, QueueEvent(at=at, name=QueueEventName.AGENT_CHANGED, **change))
    for _ in range(20):
        begin = DAY + dice.uniform(-5000.0, 5_000_000.0)
        end = begin + dice.choice([10.0, 3600.0, 86400.0, 9_000_000.0])
        wanted = db.execute(
            "SELECT agent, SUM(MIN(COALESCE(ended_at, :end), :end) - MAX(began_at, :begin)) "
            "FROM agent_spans WHERE began_at < :end AND COALESCE(ended_at, :end) > :begin "
            "AND state NOT IN ('logged_out', 'down') GROUP BY 1",
            {"begin": begin, "end": end},
        ).fetchall()
        found = {one.agent: one.logged_in_s for one in of_agents(db, begin, end)}
        assert found == pytest.approx(dict(wanted) | dict.fromkeys(found.keys() - dict(wanted), 0))
