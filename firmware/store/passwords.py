"""Whether a password is hard enough to guess: its length, and what zxcvbn makes of it.

zxcvbn (Wheeler, USENIX Security 2016) knows the common passwords, names, words, dates, keyboard
runs and their usual disguises, and estimates how many guesses are needed; 3 of 4 withstands a thief
who has the hashes for a while. Passwords in Persian or Arabic letters it takes for random ones: for
them the length has to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

SHORTEST = 10
_LEAST_SCORE = 3
_MOST_READ = 72
"""zxcvbn's time grows with the square of the length; beyond this it only gets better."""


class Weakness(StrEnum):
    SHORT = "short"
    EASY = "easy"


def weakness(password: str, about: Iterable[str] = ()) -> Weakness | None:
    """What is wrong with a password; ``about`` are words a guesser would try for this person:
    their name, the office's."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - two megabytes of words, for rare use

    if len(password) < SHORTEST:
        return Weakness.SHORT
    words = [word for text in about for word in (text, *text.split()) if word]
    found = zxcvbn(password[:_MOST_READ], user_inputs=words)
    return Weakness.EASY if found["score"] < _LEAST_SCORE else None
