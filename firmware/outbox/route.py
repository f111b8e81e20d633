"""A route: what carries letters of one channel away, and how it says no.

Three kinds of no, because they mean different things for the letters behind: the way is closed
(all of them wait), this letter is not taken now (only it waits), it will never be taken.
"""

from __future__ import annotations

from typing import Protocol

from firmware.model.letter import Letter


class RouteClosed(ConnectionError):
    """Nothing can be sent now: no server, no network, a wrong password."""


class NotNow(RuntimeError):
    """This letter is not taken now; others may be."""


class Never(ValueError):
    """This letter will not be taken, however often it is tried."""


class Route(Protocol):
    """What carries letters of one channel."""

    at_most_once: bool
    """Whether a letter that may have been sent when the power went is not sent again. Mail is:
    its Message-ID stays, and servers know it again. A short message costs money each time."""

    def send(self, letter: Letter) -> None:
        """Hand one letter over; it is taken when this returns.

        Raises:
            RouteClosed, NotNow, Never: it is not.
        """
        ...

    def close(self) -> None:
        """End what is open between two letters; the next ``send`` opens it again."""
        ...
