"""Score-cards, samples, first calls and satisfaction: worked out by hand."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model.quality_tally import Kind, Mark, tallies
from firmware.model.sampling import Candidate, draw
from firmware.model.satisfaction import Scale, is_satisfied, place
from firmware.model.score_card import (
    Card,
    Part,
    Question,
    WrongAnswers,
    WrongCard,
    differences,
    score,
)

GREETING = Question(key="q1", text="Said their name", weight=1)
LISTENING = Question(key="q2", text="Let the caller finish", weight=3, most=5)
IDENTITY = Question(key="q3", text="Asked who it is", weight=1, is_fatal=True)
SOLVED = Question(key="q4", text="Said what happens next", weight=5)
CARD = Card(
    title="Support",
    parts=(
        Part(title="Beginning", questions=(GREETING, LISTENING)),
        Part(title="Rest", questions=(IDENTITY, SOLVED)),
    ),
)


@pytest.mark.parametrize(
    ("answers", "percent", "parts", "fatal"),
    [
        ({"q1": 1, "q2": 5, "q3": 1, "q4": 1}, 100.0, (100.0, 100.0), ()),
        ({"q1": 0, "q2": 5, "q3": 1, "q4": 1}, 90.0, (75.0, 100.0), ()),  # 9 of 10
        ({"q1": 1, "q2": 2, "q3": 1, "q4": 0}, 32.0, (55.0, 16.7), ()),  # 1 + 1.2 + 1 of 10
        ({"q1": 1, "q2": None, "q3": 1, "q4": 1}, 100.0, (100.0, 100.0), ()),
        ({"q1": None, "q2": None, "q3": 1, "q4": 0}, 16.7, (None, 16.7), ()),  # 1 of 6
        ({"q1": 1, "q2": 5, "q3": 0, "q4": 1}, 0.0, (100.0, 83.3), ("q3",)),
        ({"q1": 1, "q2": 5, "q3": None, "q4": 1}, 100.0, (100.0, 100.0), ()),
    ],
)
def test_the_score(answers, percent, parts, fatal):
    found = score(CARD, answers)
    assert (found.percent, found.parts, found.fatal) == (percent, parts, fatal)


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ({"q1": 1, "q2": 5, "q3": 1}, "q4"),
        ({"q1": 2, "q2": 5, "q3": 1, "q4": 1}, "q1"),
        ({"q1": 1, "q2": -1, "q3": 1, "q4": 1}, "q2"),
        (dict.fromkeys(("q1", "q2", "q3", "q4")), "q1"),
    ],
)
def test_answers_that_are_none(answers, key):
    with pytest.raises(WrongAnswers, match=key):
        score(CARD, answers)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": " "}, "title"),
        ({"parts": ()}, "questions"),
        ({"parts": (Part(title="", questions=(GREETING, GREETING)),)}, "questions"),
        ({"parts": (Part(title="", questions=(Question(key="q", text=" "),)),)}, "question"),
        (
            {"parts": (Part(title="", questions=(Question(key="q", text="a", weight=0),)),)},
            "weight",
        ),
        ({"parts": (Part(title="", questions=(Question(key="q", text="a", most=11),)),)}, "points"),
    ],
)
def test_cards_that_cannot_be(fields, reason):
    with pytest.raises(WrongCard, match=f"^{reason}$"):
        Card(**{"title": "Support", "parts": CARD.parts, **fields})


def test_differences_of_a_calibration():
    found = differences(
        CARD,
        [
            {"q1": 1, "q2": 5, "q3": 1, "q4": 0},
            {"q1": 1, "q2": 2, "q3": None, "q4": 1},
        ],
    )
    assert [(one.question.key, one.answers, one.spread) for one in found] == [
        ("q1", (1, 1), 0.0),
        ("q2", (5, 2), 0.6),
        ("q3", (1, None), 1.0),
        ("q4", (0, 1), 1.0),
    ]


# -- samples ----------------------------------------------------------------------------------


def calls(agent, count):
    return [Candidate(call_id=f"{agent}-{n}", agent=agent, queue="support") for n in range(count)]


def test_every_agent_gives_as_many_calls_and_those_with_fewer_all():
    drawn = draw([*calls("101", 50), *calls("102", 2)], seed="autumn", each=3)
    assert Counter(one.candidate.agent for one in drawn) == {"101": 3, "102": 2}
    assert {one.among for one in drawn} == {50, 2}


def test_anybody_can_draw_the_same_again_with_sha256():
    everything = calls("101", 40)
    lots = sorted(
        (hashlib.sha256(f"autumn:{one.call_id}".encode()).hexdigest(), one.call_id)
        for one in everything
    )
    drawn = draw(reversed(everything), seed="autumn", each=4)
    assert [(one.lot, one.candidate.call_id) for one in drawn] == lots[:4]


def test_each_call_is_as_likely_as_another():
    everything = calls("101", 10)
    counted = Counter(
        one.candidate.call_id
        for seed in range(3000)
        for one in draw(everything, seed=str(seed), each=2)
    )
    # 600 expected of each; five standard deviations (21.9) either side.
    assert len(counted) == 10
    assert all(490 < count < 710 for count in counted.values())


@given(st.sets(st.integers(0, 60), max_size=40), st.integers(0, 60), st.integers(1, 5))
def test_a_call_that_is_gone_moves_no_other_out(numbers, gone, each):
    before = draw(
        [Candidate(call_id=str(n), agent="101", queue="q") for n in numbers], seed="s", each=each
    )
    after = draw(
        [Candidate(call_id=str(n), agent="101", queue="q") for n in numbers if n != gone],
        seed="s",
        each=each,
    )
    kept = {one.candidate.call_id for one in before} - {str(gone)}
    assert kept <= {one.candidate.call_id for one in after}


NOW = 1_800_000_000.0


# -- satisfaction and figures -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "satisfied"),
    [
        (Scale(), {4, 5}),
        (Scale(least=1, most=10), {8, 9, 10}),
        (Scale(least=0, most=9), {7, 8, 9}),
        (Scale(least=1, most=2), {2}),
    ],
)
def test_what_is_satisfied(scale, satisfied):
    scores = range(scale.least, scale.most + 1)
    assert {score for score in scores if is_satisfied(score, scale)} == satisfied


def test_scales_are_put_together():
    assert [place(score, Scale()) for score in (1, 3, 5, 9)] == [0.0, 0.5, 1.0, 1.0]


def test_marks_are_counted_by_agent():
    def mark(kind, agent, share, is_good):
        return Mark(kind=kind, agent=agent, queue="q", at=NOW, share=share, is_good=is_good)

    found = tallies(
        [
            mark(Kind.EVALUATION, "101", 0.9, True),
            mark(Kind.EVALUATION, "101", 0.0, False),
            mark(Kind.SURVEY, "101", 0.75, True),
            mark(Kind.SURVEY, "102", 0.0, False),
        ],
        lambda one: one.agent,
    )
    mine = found["101"]
    assert mine[Kind.EVALUATION].mean_percent == pytest.approx(45.0)
    assert (mine[Kind.EVALUATION].count, mine[Kind.EVALUATION].bad) == (2, 1)
    assert mine[Kind.SURVEY].good_percent == 100.0
    assert mine[Kind.FIRST_CALL].good_percent is None
    assert found["102"][Kind.SURVEY].good_percent == 0.0
