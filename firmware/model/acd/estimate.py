"""How long a caller will wait: from those before them, the agents, and what calls have taken.

With ``n`` agents who are all busy and calls that take ``h`` seconds of an agent, the queue
moves up ``n/h`` times a second; each of ``j`` callers before also gives up at the rate ``g``.
So the caller with ``k - 1`` before them waits, on average, the sum over j < k of
``1 / (n/h + j·g)``: exact for the Erlang A model (Garnett, Mandelbaum, Reiman 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

NINE_OF_TEN = 1.2816
"""The standard normal's 90th percentile."""

_MEMORY = 1 / 60
"""The weight of the newest call in the mean, once many have been measured."""

_FADE = 0.995


@dataclass(slots=True)
class Measured:
    """What is known of a queue's calls. ``handling_s``: ring, talk and wrap-up of one call."""

    expected_s: float = 180.0
    handled: int = 0
    mean_s: float = 0.0
    waited_s: float = 0.0  # of all who left, fading
    gave_up: float = 0.0

    @property
    def handling_s(self) -> float:
        """The mean of the last calls; what is expected counts like five calls."""
        if self.handled >= 60:
            return self.mean_s
        known = min(self.handled, 55)
        return (self.mean_s * known + self.expected_s * 5) / (known + 5)

    @property
    def give_up_rate(self) -> float:
        """How often a waiting caller gives up, per second."""
        return self.gave_up / self.waited_s if self.waited_s > 0 else 0.0

    def handled_one(self, seconds: float) -> None:
        """An agent is done with a call."""
        self.handled += 1
        self.mean_s += (seconds - self.mean_s) * max(_MEMORY, 1 / self.handled)

    def left(self, waited_s: float, gave_up: bool) -> None:
        """A caller's wait is over."""
        self.waited_s = self.waited_s * _FADE + waited_s
        self.gave_up = self.gave_up * _FADE + gave_up


def wait(place: int, agents: float, measured: Measured) -> tuple[float, float]:
    """The mean wait of who is ``place`` in line (1 is next), and what nine of ten stay under.

    ``agents`` may be a fraction, for agents who serve several queues; it must not be 0.
    """
    rate, give_up = agents / max(measured.handling_s, 0.001), measured.give_up_rate
    mean = variance = 0.0
    for before in range(place):
        step = 1.0 / (rate + before * give_up)
        mean += step
        variance += step * step
    return mean, mean + NINE_OF_TEN * sqrt(variance)
