"""Any flow and any keys: every visit ends, nothing crashes; and what the checks accept leads
somewhere."""

from __future__ import annotations

import asyncio
import datetime as dt

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from firmware.ivr.ports import NoAnswer, NotThere, Receipt
from firmware.ivr.simulate import PaperParty, Script, Surroundings
from firmware.ivr.visit import MOST_STEPS, Memory, Visit, deeds
from firmware.model.calendar import CalendarState
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow import asking, doing, graph
from firmware.model.flow.node import Flow, Patience, Saying
from firmware.model.flow.text import fault_of_spoken
from firmware.model.flow.wish import QueueWish
from tests.unit.flow_bench import World

NAMES = [f"n{number}" for number in range(6)]
QUEUE = Destination(DestinationKind.QUEUE, "support")

targets = st.one_of(
    st.sampled_from(NAMES),
    st.just(QUEUE),
    st.builds(Destination, st.just(DestinationKind.IVR), st.sampled_from(["a", "b", "gone"])),
)
maybe = st.one_of(st.none(), targets)
variables = st.sampled_from(["v", "w", "caller", "missing"])
sayings = st.builds(
    lambda text: Saying(texts={"en": text, "fa": text}),
    st.sampled_from(
        ["Hello.", "{v|digits}", "{w|money:usd} by {today|date}", "{v|text}", "{hour|number}",
         "{v|ordinal} {w|duration} {now|time}", "..."]
    ),
)  # fmt: skip
patience = st.builds(Patience, timeout_s=st.just(5.0), attempts=st.integers(1, 3))
expressions = st.sampled_from(
    ["v + 1", "number(v) > 3", "1 / 0", "true", "v == w", "missing", "last(v, 2)", "'x' + text(v)"]
)
choices = st.dictionaries(st.text("0123456789*#", min_size=1, max_size=3), targets, min_size=1)
pairs = st.lists(st.tuples(variables, expressions), min_size=1, max_size=3).map(tuple)
takes = st.lists(st.tuples(variables, st.sampled_from(["name", "a.b", "@"])), max_size=2).map(tuple)

KINDS = {
    asking.Menu: {"saying": sayings, "choices": choices, "patience": patience,
                  "otherwise": maybe, "dials": st.booleans()},
    asking.Collect: {"saying": sayings, "variable": variables, "most": st.integers(1, 6),
                     "confirms": st.booleans(), "patience": patience, "to": targets,
                     "otherwise": maybe},
    asking.ChooseLanguage: {"languages": st.just(("en", "fa")), "patience": patience,
                            "to": targets},
    asking.Record: {"saying": st.none(), "variable": variables, "to": targets, "otherwise": maybe},
    asking.Survey: {
        "questions": st.builds(asking.Question, name=st.just("q"), saying=sayings).map(
            lambda one: (one,)
        ),
        "comment": st.one_of(st.none(), sayings), "patience": patience, "to": maybe},
    asking.Pay: {"service": st.just("till"), "path": st.just("/"), "amount": expressions,
                 "currency": st.just("usd"), "variable": variables, "patience": patience,
                 "to": targets, "declined": maybe, "failed": maybe},
    asking.AskBack: {"queue": st.just("support"), "patience": patience, "to": maybe,
                     "otherwise": maybe},
    doing.Say: {"saying": sayings, "insists": st.booleans(), "to": maybe},
    doing.Play: {"variable": variables, "to": maybe},
    doing.SpeakLanguage: {"language": st.sampled_from(["en", "fa"]), "to": targets},
    doing.AskCalendar: {"calendar": st.just("office"), "is_open": targets, "is_closed": targets,
                        "is_holiday": targets},
    doing.MatchCaller: {
        "cases": st.builds(doing.CallerCase, numbers=st.just(("09.",)), to=targets).map(
            lambda one: (one,)
        ),
        "otherwise": targets},
    doing.Assign: {"values": pairs, "to": targets, "failed": maybe},
    doing.Branch: {"cases": st.lists(st.tuples(expressions, targets), min_size=1, max_size=2).map(
        tuple), "otherwise": targets, "failed": maybe},
    doing.LookUp: {"service": st.just("crm"), "path": st.sampled_from(["/{v}", "/x"]),
                   "take": takes, "to": targets, "missing": maybe, "failed": maybe},
    doing.FindRow: {"table": st.just("t"), "key": st.sampled_from(["{v}", "x"]), "take": takes,
                    "to": targets, "missing": maybe},
    doing.Wish: {"wish": st.just(QueueWish(priority=1)), "agent": st.sampled_from(["", "{v}"]),
                 "to": targets},
    doing.EnterQueue: {"queue": st.just("support"), "after": maybe},
    doing.Transfer: {"variable": variables, "failed": maybe},
    doing.HangUp: {"saying": st.one_of(st.none(), sayings)},
}  # fmt: skip


def test_every_kind_of_node_is_tried():
    assert set(KINDS) == set(deeds())


def node(name: str, kinds=tuple(KINDS)):
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.builds(kind, name=st.just(name), **KINDS[kind])
    )


def flow(name: str, kinds=tuple(KINDS)):
    return st.builds(
        Flow,
        name=st.just(name),
        languages=st.just(("en", "fa")),
        start=st.just(NAMES[0]),
        nodes=st.fixed_dictionaries({one: node(one, kinds) for one in NAMES}),
        given=st.just({"v": "12"}),
        limit_s=st.sampled_from([60.0, 900.0]),
        late=maybe,
        failed=maybe,
    )


class Tables:
    async def row(self, table, key):
        if key == "x":
            raise NotThere("x")
        return {"name": key}


def go(flows: dict[str, Flow], keys: str, answer) -> tuple[World, Memory, Destination | None]:
    lines: list[str] = []
    memory = Memory()
    around = Surroundings(
        caller="0912",
        called="800",
        at=dt.datetime(2026, 11, 22, 10, 30),  # noqa: DTZ001 - a wall clock
        language="en",
        stations=frozenset({"101", "1024"}),
        calendar=lambda _name: CalendarState.OPEN,
        contact=None,
        services=None,
        tables=Tables(),
    )
    world = World(around, memory, lines, {"crm": answer})
    party = PaperParty(Script(keys=keys), lines.append, lambda: visit.flow.limit_s)
    visit = Visit(flows, memory, party, world)
    return world, memory, asyncio.run(visit.run("a"))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.fixed_dictionaries({"a": flow("a"), "b": flow("b")}),
    st.text("0123456789*#,", max_size=60),
    st.sampled_from([NoAnswer("dead"), NotThere("404"), {"name": "Sara"}, [], None]),
)
def test_every_visit_ends(flows, keys, answer):
    world, memory, to = go(flows, keys, answer)
    assert memory.steps <= MOST_STEPS + 1
    assert to is None or to == QUEUE or to.name in {"101", "1024", "gone"}
    event("steps: " + str(min(memory.steps // 10, 5)))
    assert len(world.charged) <= memory.steps


STRAIGHT = (asking.Menu, asking.Collect, asking.Survey, asking.AskBack, doing.Say, doing.HangUp)
"""Nodes that a silent caller leaves one way only."""


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.fixed_dictionaries({"a": flow("a", STRAIGHT), "b": flow("b", STRAIGHT)}))
def test_the_checks_find_every_circle_for_a_silent_caller_and_no_other(flows):
    ends = graph.endings(flows)
    reasons = [fault.reason for one in flows.values() for fault in graph.check(one, ends)]
    _world, memory, _to = go(flows, "", {"name": "Sara"})
    if memory.steps > MOST_STEPS:
        assert any("for ever" in one or "no way leads out" in one for one in reasons)
    elif not any("for ever" in one or "no way leads out" in one for one in reasons):
        assert memory.steps <= 2 * len(NAMES)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "fa"]))
def test_any_text_is_checked_without_a_crash(text, language):
    one = doing.Say(name="n0", saying=Saying(texts={language: text}))
    made = Flow(name="a", languages=(language,), start="n0", nodes={"n0": one})
    for fault in graph.check(made, graph.endings({"a": made})):
        assert fault.reason


def test_a_payment_is_never_made_twice_by_one_node():
    pay = asking.Pay(
        name="n0",
        service="till",
        path="/",
        amount="5",
        currency="usd",
        variable="v",
        patience=Patience(),
        to=QUEUE,
    )
    made = Flow(name="a", languages=("en",), start="n0", nodes={"n0": pay})
    world, _memory, to = go({"a": made}, "4111111111111111#1228123#", None)
    assert to == QUEUE
    assert len(world.charged) == 1
    assert isinstance(world.receipt, Receipt)


def test_a_failure_that_leads_back_to_itself_ends_the_visit_the_second_time():
    unsayable = Saying(texts={"en": "{v|digits}", "fa": "{v|digits}"})
    one = Flow(
        name="a",
        languages=("en", "fa"),
        start="n0",
        nodes={"n0": doing.Say(name="n0", saying=unsayable, to=None)},
        given={"v": "no number"},
        failed=Destination(DestinationKind.IVR, "a"),
    )
    _world, memory, to = go({"a": one}, "", None)
    assert (memory.steps, to) == (2, None)


def test_a_text_without_a_word_is_found():
    assert fault_of_spoken("... !") == "has no word that could be said"
    assert fault_of_spoken("{v|digits}") == ""
