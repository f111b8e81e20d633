"""Telling telephones that their files changed: who is busy, away, deaf, or told at last."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from provisioning.device import Resync
from provisioning.resync import AGAIN_S, AWAY_S, MOST_AT_ONCE, Resyncer, Told

NOTIFY = Resync(event="check-sync;reboot=false")


class JumpClock:
    """A clock that stands until it is told to jump."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def jump(self, seconds: float) -> None:
        self.now += seconds


class Teller:
    """Answers what a test lets it answer; the last word for ever."""

    def __init__(self, *answers: Told) -> None:
        self.answers = deque(answers)
        self.told: list[str] = []

    async def tell(self, number: str, _resync: Resync) -> Told:
        self.told.append(number)
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]


def resyncer(*answers: Told) -> tuple[Resyncer, Teller, JumpClock]:
    teller, clock = Teller(*answers), JumpClock()
    made = Resyncer(teller, clock)
    made.want("phone", "101", NOTIFY)
    return made, teller, clock


def rounds(made: Resyncer, count: int = 1) -> None:
    for _ in range(count):
        asyncio.run(made.round())


def test_who_is_told_and_fetches_is_done() -> None:
    made, teller, _clock = resyncer(Told.SENT)
    rounds(made)
    assert made.state("phone") == "sent"
    made.done("phone")
    rounds(made)
    assert (made.state("phone"), teller.told) == ("", ["101"])


def test_who_is_busy_is_asked_every_round() -> None:
    made, teller, _clock = resyncer(Told.BUSY, Told.BUSY, Told.SENT)
    rounds(made, 2)
    assert made.state("phone") == "waiting"
    rounds(made)
    assert (made.state("phone"), len(teller.told)) == ("sent", 3)


def test_who_is_not_registered_is_said_to_be_away_and_waited_for() -> None:
    made, teller, clock = resyncer(Told.AWAY, Told.AWAY, Told.SENT)
    rounds(made, 3)
    assert (made.state("phone"), len(teller.told)) == ("away", 1)
    clock.jump(AWAY_S)
    rounds(made, 3)
    assert (made.state("phone"), len(teller.told)) == ("away", 2)
    clock.jump(AWAY_S)
    rounds(made)
    assert made.state("phone") == "sent"


def test_who_is_away_for_days_is_still_told() -> None:
    made, _teller, clock = resyncer(*[Told.AWAY] * 500, Told.SENT)
    for _ in range(500):
        rounds(made)
        clock.jump(AWAY_S)
    assert made.state("phone") == "away"
    rounds(made)
    assert made.state("phone") == "sent"


def test_who_is_told_and_does_not_fetch_is_told_again_and_then_given_up() -> None:
    made, teller, clock = resyncer(Told.SENT)
    for patience_s in AGAIN_S:
        rounds(made, 2)
        assert made.state("phone") == "sent"
        clock.jump(patience_s)
    rounds(made)
    assert (made.state("phone"), len(teller.told)) == ("unreachable", len(AGAIN_S))


def test_an_extension_that_is_gone_is_not_tried_again() -> None:
    made, teller, _clock = resyncer(Told.NOBODY)
    rounds(made, 3)
    assert (made.state("phone"), teller.told) == ("unreachable", ["101"])


@pytest.mark.parametrize("count", [MOST_AT_ONCE, 200])
def test_only_some_are_told_at_once(count: int) -> None:
    made, teller, _clock = resyncer(Told.SENT)
    for number in range(count):
        made.want(f"phone-{number}", str(number), NOTIFY)
    rounds(made)
    assert len(teller.told) == MOST_AT_ONCE
