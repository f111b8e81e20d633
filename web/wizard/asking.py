"""The set-up's way to the daemons, and what it says when they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware.config.home import Home
from firmware.link.client import Link, LinkDown, Refused

TIMEOUT_S = 5.0


class Problem(ValueError):
    """A step was not taken: a key of ``wording.PROBLEMS``, and why the configuration refuses it, as
    lines of HTML in the reader's words."""

    def __init__(self, word: str, *report: str) -> None:
        super().__init__(word)
        self.word = word
        self.report = report


@contextmanager
def asked(home: Home, daemon: str, refusal: str) -> Iterator[Link]:
    """A link to a daemon. ``refusal`` names what its refusal means here.

    Raises:
        Problem: it is away, or refused.
    """
    try:
        with Link(home.link(daemon), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem(refusal) from error
