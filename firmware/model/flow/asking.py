"""Nodes at which the caller presses keys or speaks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from firmware.model.flow.expression import BadExpression, names_of
from firmware.model.flow.node import Exit, Patience, Read, Saying, Step, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Step):
    """Says what there is and takes a choice of one key or several. ``dials``: an extension's
    number is a choice, too."""

    saying: Saying
    choices: Mapping[str, Target]
    patience: Patience
    invalid: Saying | None = None
    silent: Saying | None = None
    otherwise: Target | None = None  # after the last attempt; None: goodbye
    dials: bool = False

    def exits(self) -> Iterator[Exit]:
        """Every choice, and what happens without one."""
        for index, to in enumerate(self.choices.values()):
            yield Exit(f"menu.choice[{index}].to", to, is_silent=False)
        yield Exit("menu.otherwise", self.otherwise)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """The question and what is said of a wrong key and of none."""
        yield "menu.saying", self.saying
        yield from _present(("menu.invalid", self.invalid), ("menu.silent", self.silent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Step):
    """Takes digits into a variable: ``least`` to ``most``, ended by the hash key or a pause.
    ``pattern`` is what they must be like (firmware.model.pattern), "" for anything."""

    saying: Saying
    variable: str
    least: int = 1
    most: int = 32
    pattern: str = ""
    confirms: bool = False
    confirm: Saying | None = None
    patience: Patience
    invalid: Saying | None = None
    silent: Saying | None = None
    to: Target
    otherwise: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """With digits, and without."""
        yield Exit("collect.next", self.to, is_silent=False, sets=frozenset({self.variable}))
        yield Exit("collect.otherwise", self.otherwise)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """The question and its answers; ``confirm`` may have the digits in its gaps."""
        yield "collect.saying", self.saying
        yield from _present(
            ("collect.confirm", self.confirm),
            ("collect.invalid", self.invalid),
            ("collect.silent", self.silent),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseLanguage(Step):
    """Lets the caller choose a language: the first with 1, the second with 2 ... Each is offered
    in its own words. Who chooses none stays with theirs."""

    languages: tuple[str, ...]
    patience: Patience
    to: Target

    def exits(self) -> Iterator[Exit]:
        """One."""
        yield Exit("language.next", self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Step):
    """Keeps what the caller says after the tone; ``variable`` is then the recording's name."""

    saying: Saying | None
    variable: str
    longest_s: float = 60.0
    silence_s: float = 5.0
    to: Target
    otherwise: Target | None = None  # they said nothing, or the disk refuses

    def exits(self) -> Iterator[Exit]:
        """With a recording, and without."""
        yield Exit("record.next", self.to, is_silent=False, sets=frozenset({self.variable}))
        yield Exit("record.otherwise", self.otherwise)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """What is asked."""
        yield from _present(("record.saying", self.saying))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One of a survey's: the answer is a key from ``least`` to ``most``."""

    name: str
    saying: Saying
    least: int = 1
    most: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(Step):
    """Asks for scores, then for a few words if ``comment`` asks for them; all of it is kept.
    Who does not answer a question is asked the next."""

    questions: tuple[Question, ...]
    comment: Saying | None = None
    comment_s: float = 60.0
    patience: Patience
    to: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """One: thanks are said first."""
        yield Exit("survey.next", self.to)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """The questions."""
        for index, question in enumerate(self.questions):
            yield f"survey.question[{index}].saying", question.saying
        yield from _present(("survey.comment", self.comment))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay(Step):
    """Takes a card's number, expiry and code and hands them to the office's own payment program
    (``service``), to nobody else. ``amount`` is an expression, in whole units of ``currency``.
    Behind ``next``, ``variable`` is the reference the program gave."""

    service: str
    path: str
    amount: str
    currency: str
    variable: str
    asks_code: bool = True
    saying: Saying | None = None
    patience: Patience
    to: Target
    declined: Target | None = None
    failed: Target | None = None

    def exits(self) -> Iterator[Exit]:
        """Paid, declined, and whatever went wrong."""
        yield Exit("pay.next", self.to, is_silent=False, sets=frozenset({self.variable}))
        yield Exit("pay.declined", self.declined, is_silent=False)
        yield Exit("pay.failed", self.failed)

    def reads(self) -> Iterator[Read]:
        """The amount's."""
        with contextlib.suppress(BadExpression):
            yield "pay.amount", names_of(self.amount)

    def sayings(self) -> Iterator[tuple[str, Saying]]:
        """What is said first."""
        yield from _present(("pay.saying", self.saying))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBack(Step):
    """Offers to call the caller back when their place in ``queue`` is reached, at the number
    they call from or at one they key in."""

    queue: str
    patience: Patience
    to: Target | None = None  # the place is kept; None: goodbye
    otherwise: Target | None = None  # they do not want it, or it cannot be promised

    def exits(self) -> Iterator[Exit]:
        """Promised, and not."""
        yield Exit("callback.next", self.to, is_silent=False)
        yield Exit("callback.otherwise", self.otherwise)


def _present(*pairs: tuple[str, Saying | None]) -> Iterator[tuple[str, Saying]]:
    for key, saying in pairs:
        if saying is not None:
            yield key, saying
