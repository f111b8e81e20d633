"""Reports against the day that was worked out by hand, against the sums over the records, and over
days that went wrong."""

from __future__ import annotations

import datetime as dt
import itertools
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.config.home import Home
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.model.record import CallRecord
from firmware.reports.figures import AGENTS, CALLS, VISITS
from firmware.reports.period import Compared, Period
from firmware.reports.question import By, Question, Scope, Subject
from firmware.store import figures, outcomes, queue_events, report_days, rows
from firmware.store.db import open_store
from firmware.store.reports import answer
from tests.unit.test_store_figures import DAY, the_day

E = QueueEventName
TEHRAN = ZoneInfo("Asia/Tehran")
DAY_S = 86400.0
NOW = DAY + 3 * DAY_S
THE_DAY = Period(first=dt.date(2026, 11, 22), last=dt.date(2026, 11, 22))
SHIFTS = [("work", 0, 200), ("lunch", 200, 250), ("work", 250, 500)]


@pytest.fixture
def db(tmp_path):
    with closing(open_store(Home(tmp_path))) as db:
        for one in the_day():
            rows.save(db, one)
        plan(db)
        yield db


def plan(db):
    for activity, begin, end in SHIFTS:
        db.execute(
            "INSERT INTO agent_shifts VALUES ('101', ?, ?, ?)", [DAY + begin, DAY + end, activity]
        )


def ask(db, subject=Subject.VISITS, by=By.NOTHING, period=THE_DAY, zone=TEHRAN, now=NOW, **more):
    return answer(db, Question(subject=subject, by=by, period=period, **more), zone, now)


def shown(figures_of, sums):
    return {figure.name: figure.of(sums) for figure in figures_of}


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_queues_figures_are_those_worked_out_by_hand(db, is_kept):
    if is_kept:
        assert report_days.keep(db, NOW) > 0
    [row] = ask(db, by=By.QUEUE).rows
    day = shown(VISITS, row.sums)

    assert (row.key, day["offered"], day["answered"], day["abandoned"]) == ("support", 9, 2, 3)
    assert (day["short_abandoned"], day["overflowed"], day["turned_away"]) == (1, 1, 1)
    assert (day["callbacks"], day["callbacks_reached"], day["waiting"]) == (1, 1, 1)
    assert (day["service_level"], day["service_level_gross"]) == (1 / 4, 1 / 5)
    assert (day["service_level_of_answered"], day["service_level_inclusive"]) == (1 / 2, 3 / 5)
    assert (day["abandonment"], day["abandonment_gross"]) == (2 / 4, 3 / 5)
    assert (day["asa_s"], day["aht_s"], day["longest_wait_s"]) == (20, 80, 40)
    assert day["mean_patience_s"] == pytest.approx(58 / 3)
    assert (day["talk_s"], day["hold_s"], day["wrap_up_s"]) == (210, 20, 30)
    assert (day["transferred"], day["transfer_rate"]) == (1, 1 / 3)
    assert (day["offers"], day["missed"]) == (4, 1)


@pytest.mark.parametrize("is_kept", [False, True])
def test_an_agents_figures_are_those_worked_out_by_hand(db, is_kept):
    if is_kept:
        report_days.keep(db, NOW)
    found = {row.key: shown(AGENTS, row.sums) for row in ask(db, Subject.AGENTS, By.AGENT).rows}
    one = found["101"]

    assert (one["offers_made"], one["served"], one["offers_missed"]) == (3, 2, 1)
    assert (one["logged_in_s"], one["available_s"], one["ringing_s"]) == (460, 183, 7)
    assert (one["talking_s"], one["wrapping_up_s"], one["paused_s"]) == (150, 20, 100)
    assert one["occupancy"] == pytest.approx(170 / 360)
    assert one["utilisation"] == pytest.approx(170 / 460)
    assert one["adherence"] == pytest.approx(410 / 500)
    assert (found["102"]["served"], found["102"]["occupancy"]) == (1, None)


def test_pauses_are_told_apart_by_their_reasons(db):
    for at, reason in ((3000, "prayer"), (3100, "lunch"), (3150, "")):
        state = "paused" if reason else "logged_out"
        rows.save(
            db,
            QueueEvent(at=DAY + at, name=E.AGENT_CHANGED, agent="102", state=state, reason=reason),
        )

    paused = {row.key: row.sums["paused"] for row in ask(db, Subject.AGENTS, By.REASON).rows}
    lunch = ask(db, Subject.AGENTS, By.AGENT, only={By.REASON: frozenset({"lunch"})})

    assert paused == {"": 0, "lunch": 150, "prayer": 100}
    assert {row.key: row.sums["paused"] for row in lunch.rows} == {"101": 100, "102": 50}


def test_figures_are_told_apart_by_whatever_there_is(db):
    joined = QueueEvent(at=DAY + 990, name=E.CALLER_JOINED, visit="S", needs="tax:50 language.fa:1")
    rows.save(db, joined)

    def offered(by):
        return {row.key: row.sums["offered"] for row in ask(db, by=by).rows}

    assert offered(By.LINE) == {"": 1, "fxo-1": 2, "fxo-2": 7}
    assert offered(By.DID) == {"": 1, "2188": 9}
    assert offered(By.AGENT) == {"": 7, "101": 2, "102": 1}
    assert offered(By.SKILL) == {"": 9, "language.fa": 1, "tax": 1}
    assert offered(By.HOUR) == {"10": 10}
    assert offered(By.WEEKDAY) == {"7": 10}
    assert offered(By.DAY) == {"2026-11-22": 10}
    assert offered(By.DISPOSITION) == {
        "answered": 2,
        "abandoned": 3,
        "overflowed": 1,
        "turned_away": 1,
        "callbacks": 1,
        "waiting": 2,
    }


def test_what_agents_said_came_of_calls_is_counted_and_can_be_changed(db):
    rows.save(db, CallRecord(id="call-A", started_at=DAY, caller="0911"))
    outcomes.choose(db, call_id="call-A", agent="101", outcome="sold", at=DAY + 130)
    report_days.keep(db, NOW)

    def offered(subject, name):
        return {row.key: row.sums[name] for row in ask(db, subject, By.OUTCOME).rows}

    assert offered(Subject.VISITS, "offered") == {"": 8, "sold": 1}
    assert offered(Subject.CALLS, "calls") == {"sold": 1}
    outcomes.choose(db, call_id="call-A", agent="101", outcome="later", at=DAY + 140)
    assert offered(Subject.VISITS, "offered") == {"": 8, "later": 1}
    assert offered(Subject.CALLS, "calls") == {"later": 1}


def test_a_kept_day_that_is_damaged_is_computed_of_its_records(db):
    report_days.keep(db, NOW)
    db.execute("UPDATE report_days SET columns = CAST(x'00ff' || substr(columns, 3) AS BLOB)")

    assert ask(db).total["offered"] == 9
    assert ask(db, Subject.AGENTS, By.AGENT).rows[0].sums["logged_in"] == 460


def test_who_called_most_often(db):
    found = ask(db, by=By.CALLER).rows

    assert [(row.key, row.sums["came"]) for row in found[:2]] == [("0911", 2), ("0912", 1)]
    assert [(row.key, row.sums["came"]) for row in found] == [
        (caller, calls) for caller, calls in figures.frequent_callers(db, DAY, DAY + 1000)
    ]


def test_what_counts_can_be_picked_out(db):
    def offered(**only):
        picked = {By[name.upper()]: frozenset(values) for name, values in only.items()}
        return ask(db, only=picked).total["offered"]

    assert offered(queue=["support"]) == 9
    assert offered(queue=["sales"]) == 0
    assert offered(line=["fxo-1"], agent=["101"]) == 1
    assert offered(line=["fxo-1", "fxo-2"], disposition=["abandoned"]) == 3
    assert offered(hour=["9"]) == 0
    assert offered(weekday=["7"], hour=["10"], caller=["0911"]) == 2
    assert offered(skill=["tax"]) == 0


def test_nobody_sees_beyond_their_scope(db):
    def offered(queues=(), agents=()):
        scope = Scope(queues=frozenset(queues), agents=frozenset(agents))
        return ask(db, scope=scope).total["offered"]

    assert (offered(queues=["support"]), offered(queues=["sales"])) == (9, 0)
    assert offered(agents=["101"]) == 2
    agents = ask(
        db, Subject.AGENTS, By.AGENT, scope=Scope(queues=frozenset(), agents=frozenset({"102"}))
    )
    assert [row.key for row in agents.rows] == ["102"]


def test_a_period_is_compared_with_the_one_before_and_with_the_year_before(db):
    for back in (1, 364):
        rows.save(db, QueueEvent(at=DAY - back * DAY_S, name=E.CALLER_JOINED, visit=f"old-{back}"))

    assert ask(db, compared=Compared.BEFORE).before["offered"] == 1
    assert ask(db, compared=Compared.YEAR).before["offered"] == 1
    assert ask(db, compared=Compared.WEEKS).before["offered"] == 0
    week = Period(first=dt.date(2026, 11, 21), last=dt.date(2026, 11, 27))
    course = ask(db, period=week, compared=Compared.YEAR).course
    assert [(p.sums["offered"], p.before["offered"]) for p in course][:3] == [
        (1, 0),
        (9, 1),
        (0, 0),
    ]


def test_an_empty_day_has_no_ratios_and_no_rows(tmp_path):
    with closing(open_store(Home(tmp_path))) as db:
        for subject, known in (
            (Subject.VISITS, VISITS),
            (Subject.AGENTS, AGENTS),
            (Subject.CALLS, CALLS),
        ):
            report = ask(db, subject, By.AGENT)
            figures_of = shown(known, report.total)

            assert report.rows == ()
            assert set(figures_of.values()) <= {0.0, None}
            assert None in figures_of.values()
            assert len(report.course) == 96


def test_all_calls_of_the_box(tmp_path):
    with closing(open_store(Home(tmp_path))) as db:

        def call(ident, at, caller, called, line, came_out, talk=None):
            rows.save(
                db,
                CallRecord(
                    id=ident,
                    started_at=DAY + at,
                    answered_at=None if talk is None else DAY + at + 7,
                    ended_at=DAY + at + 7 + (talk or 0),
                    caller=caller,
                    called=called,
                    line=line,
                    disposition=came_out,
                ),
            )

        call("1", 0, "0911", "2188", "fxo-1", "answered", 60)
        call("2", 10, "0911", "2188", "fxo-1", "no_answer")
        call("3", 20, "101", "0933", "fxo-1", "answered", 30)
        call("4", 30, "101", "102", "", "busy")
        rows.save(db, CallRecord(id="5", started_at=DAY + 40, caller="0912", called="2189"))
        report = ask(db, Subject.CALLS, By.DIRECTION, own=frozenset({"101", "102"}))
        total = shown(CALLS, report.total)

        assert {row.key: row.sums["calls"] for row in report.rows} == {
            "inbound": 3,
            "outbound": 1,
            "internal": 1,
        }
        assert (total["calls"], total["calls_answered"], total["calls_unanswered"]) == (5, 2, 2)
        assert (total["calls_busy"], total["answer_rate"]) == (1, 2 / 4)
        assert (total["mean_ring_s"], total["mean_talk_s"], total["longest_talk_s"]) == (7, 45, 60)
        by_did = ask(db, Subject.CALLS, By.DID, own=frozenset({"101", "102"})).rows
        assert {row.key: row.sums["calls"] for row in by_did} == {"": 2, "2188": 2, "2189": 1}


def test_a_day_that_is_kept_is_computed_anew_when_it_changes(db):
    rows.save(db, CallRecord(id="c", started_at=DAY, caller="0911"))
    report_days.keep(db, NOW)
    assert report_days.keep(db, NOW) == 0

    rows.save(db, QueueEvent(at=NOW, name=E.CALLER_SERVED, visit="I", agent="103", seconds=9))
    rows.save(db, QueueEvent(at=DAY + 2000, name=E.OFFER_MADE, visit="I", agent="103"))
    rows.save(db, QueueEvent(at=DAY + 470, name=E.AGENT_CHANGED, agent="101", state="available"))
    rows.save(
        db, CallRecord(id="c", started_at=DAY, caller="0911", ended_at=NOW, disposition="busy")
    )

    assert ask(db).total["answered"] == 3
    agents = {row.key: row.sums for row in ask(db, Subject.AGENTS, By.AGENT).rows}
    assert agents["103"]["offers_made"] == 1
    assert agents["101"]["available"] > 10_000  # from 470 s on they are still there
    assert ask(db, Subject.CALLS).total["calls_busy"] == 1
    assert report_days.keep(db, NOW) > 0


def test_a_box_that_lost_its_power_does_not_count_the_time_it_was_off(db):
    rows.save(db, QueueEvent(at=DAY + 905, name=E.AGENT_CHANGED, agent="103", state="available"))
    queue_events.cut_off(db, DAY + 40_000)
    rows.save(db, QueueEvent(at=DAY + 40_100, name=E.AGENT_CHANGED, agent="103", state="available"))
    rows.save(
        db, QueueEvent(at=DAY + 40_200, name=E.AGENT_CHANGED, agent="103", state="logged_out")
    )

    agents = {row.key: row.sums for row in ask(db, Subject.AGENTS, By.AGENT).rows}

    assert agents["103"]["logged_in"] == 100
    assert ask(db).total["waiting"] == 0


def test_a_clock_that_jumped_makes_nobody_work_for_decades(db):
    changes = [
        (100.0, "available", 0.0),
        (DAY + 600, "paused", 650.0),
        (DAY + 700, "logged_out", 100),
    ]
    for at, state, lasted_s in changes:
        rows.save(
            db, QueueEvent(at=at, name=E.AGENT_CHANGED, agent="9", state=state, seconds=lasted_s)
        )
    back = [(DAY + 5000, "available", 0.0), (DAY + 4000, "logged_out", 30.0)]  # and back again
    for at, state, lasted_s in back:
        rows.save(
            db, QueueEvent(at=at, name=E.AGENT_CHANGED, agent="8", state=state, seconds=lasted_s)
        )

    agents = {row.key: row.sums for row in ask(db, Subject.AGENTS, By.AGENT).rows}

    assert (agents["9"]["available"], agents["9"]["paused"]) == (650, 100)
    assert agents["8"]["logged_in"] <= 1000


def test_a_visit_whose_end_was_written_twice_counts_once(db):
    for name in (E.CALLER_LEFT, E.TALK_ENDED, E.CALLBACK_TAKEN):
        rows.save(db, QueueEvent(at=DAY + 999, name=name, visit="A", seconds=1, reason="cut_off"))

    assert ask(db).total["offered"] == 9
    [by_view] = figures.of_queues(db, DAY, DAY + 1000, figures.By.NOTHING)
    assert by_view.offered == 9


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", dt.date(2026, 3, 29), 23),
        ("Europe/Berlin", dt.date(2026, 10, 25), 25),
        ("Asia/Tehran", dt.date(2022, 3, 22), 23),  # at midnight, for the last time
        ("Asia/Tehran", dt.date(2026, 3, 22), 24),
    ],
)
def test_the_days_on_which_clocks_change_have_the_hours_they_have(tmp_path, zone, day, hours):
    zone = ZoneInfo(zone)
    period = Period(first=day, last=day)
    begin, end = period.moments(zone)
    assert end - begin == hours * 3600
    with closing(open_store(Home(tmp_path))) as db:
        for number in range(-4, hours * 4 + 4):
            at = begin + 900 * number + 1
            rows.save(db, QueueEvent(at=at, name=E.CALLER_JOINED, visit=f"v{number}", queue="q"))

        report = ask(db, by=By.HOUR, period=period, zone=zone, now=end + DAY_S)

        assert report.total["offered"] == hours * 4
        by_view = figures.of_queues(db, begin, end, figures.By.HOUR, zone)
        assert {row.key: row.sums["offered"] for row in report.rows} == {
            row.key: row.offered for row in by_view
        }


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        Period(first=dt.date(2026, 11, 22), last=dt.date(2026, 11, 21))
    with pytest.raises(ValueError, match="cannot be told apart"):
        Question(subject=Subject.AGENTS, by=By.LINE, period=THE_DAY)


# --- any day at all: reports and the sums over the records say the same -------------------------

ENDS = (E.CALLER_SERVED, E.CALLER_ABANDONED, E.CALLER_LEFT)
OFTEN = (E.OFFER_MADE, E.OFFER_MISSED, E.TALK_ENDED, E.WRAP_UP_ENDED, E.HOLD_ENDED)
VISIT_EVENTS = (*ENDS, *OFTEN, E.CALLBACK_TAKEN, E.CALLBACK_REACHED)

seconds = st.integers(0, 500_000).map(lambda ms: ms / 1000)
moments = st.integers(0, int(3 * DAY_S)).map(lambda s: DAY - DAY_S + s)
agents = st.sampled_from(["101", "102"])
visit_events = st.builds(
    QueueEvent,
    at=moments,
    name=st.sampled_from([E.CALLER_JOINED, *VISIT_EVENTS]),
    queue=st.sampled_from(["sales", "support"]),
    visit=st.sampled_from([f"v{n}" for n in range(12)]),
    call=st.sampled_from(["c1", "c2", "c3"]),
    agent=agents,
    line=st.sampled_from(["fxo-1", ""]),
    called=st.sampled_from(["2188", "2189"]),
    caller=st.sampled_from(["0911", "0912", ""]),
    reason=st.sampled_from(["", "full", "transferred", "cut_off"]),
    seconds=seconds,
    target_s=st.just(20.0),
    short_s=st.just(5.0),
)
agent_events = st.builds(
    QueueEvent,
    at=moments,
    name=st.just(E.AGENT_CHANGED),
    agent=agents,
    state=st.sampled_from(["available", "offered", "talking", "wrap_up", "paused", "logged_out"]),
    reason=st.sampled_from(["", "lunch"]),
)


def as_they_came(events):
    """A visit joins once, and the clock does not go back."""
    joined = set()
    for one in sorted(events, key=lambda one: one.at):
        if one.name is E.CALLER_JOINED:
            if one.visit in joined:
                continue
            joined.add(one.visit)
        yield one


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(st.one_of(visit_events, agent_events), max_size=40),
    keeps=st.sets(st.integers(0, 40), max_size=4),
)
def test_reports_are_the_sums_over_the_records_whatever_was_kept_when(
    tmp_path_factory, events, keeps
):
    period = Period(first=dt.date(2026, 11, 21), last=dt.date(2026, 11, 24))
    begin, end = period.moments(TEHRAN)
    with closing(open_store(Home(tmp_path_factory.mktemp("home")))) as db:
        for number, one in enumerate(as_they_came(events)):
            rows.save(db, one)
            if number in keeps:
                report_days.keep(db, one.at)
        for by in ("nothing", "queue", "agent", "line", "did", "hour", "weekday", "day"):
            by_view = figures.of_queues(db, begin, end, figures.By(by), TEHRAN)
            report = ask(db, by=By(by), period=period, now=end)
            sums = [report.total] if by == "nothing" and by_view else [r.sums for r in report.rows]
            same_figures(by_view, [shown(VISITS, one) for one in sums])
        mine = {
            row.key: shown(AGENTS, row.sums)
            for row in ask(db, Subject.AGENTS, By.AGENT, period, now=end).rows
        }
        for theirs in figures.of_agents(db, begin, end):
            for name in ("logged_in_s", "available_s", "paused_s", "occupancy", "utilisation"):
                assert mine[theirs.agent][name] == pytest.approx(getattr(theirs, name), abs=0.02)
            assert mine[theirs.agent]["offers_made"] == theirs.offers
            assert mine[theirs.agent]["served"] == theirs.answered


def same_figures(by_view, reported):
    assert len(by_view) == len(reported)
    for theirs, mine in itertools.zip_longest(by_view, reported):
        for name, value in mine.items():
            assert value == pytest.approx(getattr(theirs, name), abs=0.001), name
