"""``markaz acd simulate``: recorded days, days made of dice, and what is wrong with an order."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime

import msgspec
import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.model import acd
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.simulate.people import dice_of
from firmware.simulate.replay import BadRecord, day_of, read_lines
from firmware.simulate.run import UnknownQueue, replayed
from firmware.store import rows
from firmware.store.db import open_store
from tests.unit.acd_bench import rule
from tests.unit.cli_box import markaz

SITE = """
extension:
  - {number: 101, name: A, password: aaaaaaaaaaaaaaaa1}
  - {number: 102, name: B, password: aaaaaaaaaaaaaaaa2}
queue:
  - {name: support, title: Support, members: [101, 102]}
"""
BEGIN = datetime(2026, 11, 21).timestamp()  # noqa: DTZ001 - the box's own midnight
N = QueueEventName


def event(at, name, **fields):
    return QueueEvent(at=BEGIN + at, name=name, **fields)


def visit(at, number, waited_s, talk_s, agent="101"):
    """A caller who was served, or (no talk) gave up."""
    same = {"queue": "support", "visit": f"v{number}"}
    yield event(at, N.CALLER_JOINED, caller=f"09{number}", needs="tax:50", **same)
    if not talk_s:
        yield event(at + waited_s, N.CALLER_ABANDONED, seconds=waited_s, **same)
        return
    yield event(at + waited_s - 2, N.OFFER_MADE, agent=agent, **same)
    yield event(at + waited_s, N.CALLER_SERVED, seconds=waited_s, agent=agent, **same)
    yield event(at + waited_s + talk_s, N.TALK_ENDED, seconds=talk_s, agent=agent, **same)


def yesterday():
    """Agent 101 alone from nine on; three callers at once, of whom one gives up."""
    events = [event(9 * 3600, N.AGENT_CHANGED, agent="101", state="available")]
    for number, (waited_s, talk_s) in enumerate(((2.0, 100.0), (104.0, 200.0), (50.0, 0.0))):
        events += visit(9 * 3600 + 60, number, waited_s, talk_s)
    events += [
        event(9 * 3600 + 200, N.AGENT_CHANGED, agent="102", state="available"),
        event(9 * 3600 + 3600, N.AGENT_CHANGED, agent="101", state="paused", reason="tea"),
        event(9 * 3600 + 3900, N.AGENT_CHANGED, agent="101", state="available"),
        event(9 * 3600 + 7200, N.AGENT_CHANGED, agent="101", state="logged_out"),
    ]
    return sorted(events, key=lambda one: one.at)


def test_a_recorded_day_becomes_callers_shifts_and_habits():
    day = day_of(yesterday(), BEGIN, dice_of(1))
    assert [one.at for one in day.arrivals] == [32460.0] * 3
    by_call = {one.joined.call: one for one in day.arrivals}
    assert (by_call["v0"].talk_s, by_call["v1"].talk_s) == (100.0, 200.0)
    assert by_call["v2"].patience_s == 50.0
    assert by_call["v2"].talk_s in (100.0, 200.0)
    assert by_call["v1"].patience_s > 104.0
    assert by_call["v0"].joined.needs == (acd.Need(skill="tax", at_least=50),)
    assert day.habits.answer_s == 2.0
    assert day.shifts == (
        (32400.0, acd.AgentLoggedIn("101")),
        (32600.0, acd.AgentLoggedIn("102")),
        (36000.0, acd.AgentPaused("101", "tea")),
        (36300.0, acd.AgentUnpaused("101")),
        (39600.0, acd.AgentLoggedOut("101")),
    )


def test_the_same_day_with_another_configuration_has_other_figures():
    plain = {"support": rule(members=("101", "102"))}
    day = day_of(yesterday(), BEGIN, dice_of(1))
    [as_it_was] = replayed((plain, {}), day).queues
    assert (as_it_was.offered, as_it_was.answered, as_it_was.abandoned) == (3, 2, 1)
    several = {"101": acd.AgentRule(number="101", capacity=3)}
    [with_three] = replayed((plain, several), day).queues
    assert (with_three.answered, with_three.abandoned) == (3, 0)


def test_a_day_on_which_nobody_gave_up_ends():
    served = [one for one in yesterday() if one.visit != "v2"]
    day = day_of(served, BEGIN, dice_of(1))
    figures = replayed(({"support": rule(members=("101", "102"))}, {}), day)
    assert figures.queues[0].answered == 2
    assert figures.length_s < 86400


def test_callers_of_a_queue_that_is_not_there_are_an_error():
    day = day_of(yesterday(), BEGIN, dice_of(1))
    with pytest.raises(UnknownQueue, match=r"come for support; .* has the queues sales"):
        replayed(({"sales": rule("sales")}, {}), day)


def test_a_broken_line_is_named():
    good = msgspec.json.encode(yesterday()[0]).decode()
    assert read_lines([good, "", good])[0] == yesterday()[0]
    with pytest.raises(BadRecord, match="line 2"):
        read_lines([good, '{"at": "noon"}'])


# -- the command --------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    history.apply(made, SITE, "test", "first")
    return made


SYNTHETIC = ("acd", "simulate", "--synthetic")


def test_a_synthetic_day_prints_its_figures(home):
    order = "queue=support,calls_per_hour=0/30,talk_s=120,patience_s=90"
    result = markaz(home, *SYNTHETIC, order, "--hours", "40", "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output)
    [queue] = figures["queues"]
    assert 1000 < queue["offered"] < 1350
    assert queue["answered"] + queue["abandoned"] == queue["offered"]
    assert {one["agent"] for one in figures["agents"]} == {"101", "102"}
    told = markaz(home, *SYNTHETIC, order, "--hours", "40").output
    assert str(queue["offered"]) in told
    assert f"{queue['abandonment']:.1%}" in told


def test_another_configuration_is_tried_without_being_applied(home, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(SITE.replace("[101, 102]", "[101]"), encoding="utf-8")
    order = "queue=support,calls_per_hour=25,talk_s=120"
    asa = [
        json.loads(markaz(home, *SYNTHETIC, order, "--json", *more).output)["queues"][0]["asa_s"]
        for more in ((), ("--site", str(other)))
    ]
    assert asa[1] > 2 * asa[0]


def test_a_day_of_the_store_and_a_file_of_events_are_the_same_day(home, tmp_path):
    with closing(open_store(home)) as db:
        for one in yesterday():
            rows.save(db, one)
    file = tmp_path / "day.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, yesterday())))
    stored = markaz(home, "acd", "simulate", "--day", "2026-11-21", "--json")
    assert stored.exit_code == 0, stored.output
    from_file = markaz(home, "acd", "simulate", "--replay", str(file), "--json")
    [queue], [same] = (json.loads(one.output)["queues"] for one in (stored, from_file))
    assert queue["asa_s"] == pytest.approx(same["asa_s"])
    assert (queue["offered"], queue["answered"]) == (same["offered"], same["answered"]) == (3, 2)
    nothing = markaz(home, "acd", "simulate", "--day", "2020-01-01")
    assert (nothing.exit_code, "nothing was recorded" in nothing.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give one of --synthetic, --replay and --day"),
        (("--synthetic", "queue=support"), "calls_per_hour, talk_s is missing"),
        (("--synthetic", "queue=support,calls=3"), "there is no setting 'calls'"),
        (("--synthetic", "queue=a,calls_per_hour=x,talk_s=3"), "calls_per_hour='x' is no number"),
        (("--synthetic", "queue=a,calls_per_hour=1,talk_s=-3"), "talk_s='-3' is no number"),
        (("--synthetic", "queue=a,calls_per_hour=1,talk_s=3"), "callers come for a"),
    ],
)
def test_a_wrong_order_is_explained(home, arguments, says):
    result = markaz(home, "acd", "simulate", *arguments)
    assert result.exit_code in (1, 2)
    assert says in result.output
