"""A modem that does not answer: the steps, their order, their pauses, and what is told."""

from __future__ import annotations

from firmware.lined.revive import PAUSES_S, Attempt, Reviver
from hw.hotplug.port import Step
from hw.hotplug.sim import SimPower
from tests.unit.line_bench import HandClock


class Case:
    def __init__(self, impossible: frozenset[Step] = frozenset(), where: str = "1-1.2") -> None:
        self.clock = HandClock()
        self.power = SimPower(impossible)
        self.told: list[tuple[float, Attempt]] = []
        self.reviver = Reviver(
            power=self.power,
            where=lambda: where,
            work=lambda then: then(),
            hand_over=lambda then, *arguments: then(*arguments),
            later=self.clock.call_later,
            tell=lambda attempt: self.told.append((self.clock.now_s, attempt)),
        )

    def silent(self) -> Attempt:
        """It falls silent; the attempt that follows."""
        before = len(self.told)
        self.reviver.fell_silent()
        self.clock.pass_s(PAUSES_S[-1])
        assert len(self.told) == before + 1
        return self.told[-1][1]


def test_the_steps_come_one_after_another_and_then_from_the_start():
    case = Case()
    steps = [case.silent().step for _ in range(5)]
    assert steps == ["reopen", "restart", "power", "reenumerate", "reopen"]
    assert case.power.done == [("1-1.2", Step.POWER), ("1-1.2", Step.REENUMERATE)]


def test_the_pauses_grow():
    case = Case()
    waited = []
    for _ in range(6):
        began = case.clock.now_s
        case.reviver.fell_silent()
        while len(case.told) == len(waited):
            case.clock.pass_s(1.0)
        waited.append(case.told[-1][0] - began)
    assert waited == [*PAUSES_S, PAUSES_S[-1]]
    assert waited == sorted(waited)


def test_one_that_answers_again_is_new():
    case = Case()
    for _ in range(3):
        case.silent()
    case.reviver.answers()
    assert case.silent() == Attempt(step="reopen", count=1)


def test_a_step_that_is_not_possible_is_told_and_the_next_one_comes():
    case = Case(frozenset({Step.POWER}))
    attempts = [case.silent() for _ in range(4)]
    assert attempts[2] == Attempt(step="power", count=3, fault="1-1.2: no switch")
    assert case.power.done == [("1-1.2", Step.REENUMERATE)]


def test_without_a_known_place_its_power_is_left_alone():
    case = Case(where="")
    attempts = [case.silent() for _ in range(4)]
    assert attempts[3].fault == "its place on USB is not known"
    assert case.power.done == []


def test_falling_silent_while_something_is_being_done_starts_nothing_more():
    case = Case()
    case.silent()
    for _ in range(5):
        case.reviver.fell_silent()
    case.clock.pass_s(10.0)
    assert [attempt.step for _, attempt in case.told] == ["reopen", "restart"]


def test_the_port_that_is_opened_next_tells_it_to_restart():
    case = Case()
    case.silent()
    assert not case.reviver.restarts
    case.silent()
    assert case.reviver.restarts
    case.silent()
    assert not case.reviver.restarts
