"""A score-card: the questions a heard call is judged by, and what the answers come to.

Questions have weights and stand in sections. The score is per cent: each answer's share of its most
points, weighted. What does not apply to a call is left out, of the weights too. A fatal question
that is answered with 0 makes the whole score 0, whatever else was good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_QUESTIONS = 40
MOST_POINTS = 10
MOST_WEIGHT = 100
LONGEST_TITLE = 80
LONGEST_QUESTION = 300

Answers = Mapping[str, int | None]
"""Points by a question's key; None: it does not apply to this call."""


class WrongCard(ValueError):
    """A card that cannot be; the text is a short word: "title", "questions", "question",
    "weight" or "points"."""


class WrongAnswers(ValueError):
    """Answers that are none to this card; the text is the key of a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. ``most`` is the best answer's points (1: no or yes)."""

    key: str  # unique in its card: "q1"
    text: str
    weight: int = 1
    most: int = 1
    is_fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of a card."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One version of a card.

    Raises:
        WrongCard: it has no title, no questions or too many, or one that cannot be.
    """

    title: str
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > LONGEST_TITLE:
            raise WrongCard("title")
        keys = [one.key for one in self.questions]
        if not 1 <= len(keys) <= MOST_QUESTIONS or len(set(keys)) != len(keys):
            raise WrongCard("questions")
        for one in self.questions:
            _check(one)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Of all sections, in order."""
        return tuple(one for part in self.parts for one in part.questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What answers come to: ``percent`` 0 to 100, of the whole and of each section (None where
    nothing of it applies). ``fatal`` are the keys of the fatal questions that were failed."""

    percent: float
    parts: tuple[float | None, ...]
    fatal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What several people answered to one question: ``answers`` in the order they were given;
    ``spread`` is the largest less the smallest as a share of the most points, 1.0 also where for
    some it does not apply and for others it does."""

    question: Question
    answers: tuple[int | None, ...]
    spread: float


def score(card: Card, answers: Answers) -> Score:
    """What these answers come to.

    Raises:
        WrongAnswers: a question is not answered, or with points it has not; or nothing applies.
    """
    for one in card.questions:
        points = answers.get(one.key, -1)
        if points is not None and not 0 <= points <= one.most:
            raise WrongAnswers(one.key)
    whole = _share(card.questions, answers)
    if whole is None:
        raise WrongAnswers(card.questions[0].key)
    fatal = tuple(q.key for q in card.questions if q.is_fatal and answers[q.key] == 0)
    return Score(
        percent=0.0 if fatal else whole,
        parts=tuple(_share(part.questions, answers) for part in card.parts),
        fatal=fatal,
    )


def differences(card: Card, everybody: Sequence[Answers]) -> tuple[Difference, ...]:
    """How far several people's answers to the same call lie apart, question by question."""
    return tuple(
        Difference(question=one, answers=given, spread=_spread(one, given))
        for one in card.questions
        for given in [tuple(answers[one.key] for answers in everybody)]
    )


def _spread(question: Question, given: tuple[int | None, ...]) -> float:
    points = [one for one in given if one is not None]
    if not points:
        return 0.0
    if len(points) < len(given):
        return 1.0
    return (max(points) - min(points)) / question.most


def _share(questions: Sequence[Question], answers: Answers) -> float | None:
    counted = [(q, p) for q in questions if (p := answers[q.key]) is not None]
    if not counted:
        return None
    reached = sum(q.weight * points / q.most for q, points in counted)
    return round(100.0 * reached / sum(q.weight for q, _points in counted), 1)


def _check(one: Question) -> None:
    if not one.text.strip() or len(one.text) > LONGEST_QUESTION:
        raise WrongCard("question")
    if not 1 <= one.weight <= MOST_WEIGHT:
        raise WrongCard("weight")
    if not 1 <= one.most <= MOST_POINTS:
        raise WrongCard("points")
