"""Presence: spans of an agent's time cut into quarters of an hour, and how much of a plan of
shifts was kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.reports.columns import Columns
from firmware.reports.local import QUARTER_S

WORK = "work"
"""The activity of a shift in which the agent is to take calls; every other is a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What an agent was, from when until when (Unix seconds)."""

    agent: str
    state: str
    reason: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What an agent is meant to do, from when until when. ``agent`` is the number of the word."""

    agent: int
    is_work: bool
    begins: float
    ends: float


def quarters(began: float, ended: float) -> Iterator[tuple[float, float]]:
    """A span's seconds in each quarter of an hour: the quarter's beginning, and how many."""
    quarter = began // QUARTER_S * QUARTER_S
    while quarter < ended:
        over = quarter + QUARTER_S
        yield quarter, min(over, ended) - max(quarter, began)
        quarter = over


def merged(spans: Iterable[Span]) -> list[Span]:
    """One agent's spans, with those that follow one another as one where they are all a pause,
    or all none. The state of what is no pause is the first one's."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        same = last is not None and (last.state == "paused") == (span.state == "paused")
        if last is not None and same and last.ended == span.began:
            found[-1] = Span(
                agent=last.agent,
                state=last.state,
                reason=last.reason,
                began=last.began,
                ended=span.ended,
            )
        else:
            found.append(span)
    return found


def kept(shifts: Sequence[Shift], presence: Columns) -> Columns:
    """The plan, cut into quarters of an hour, and how many seconds of each piece were kept: at
    work while work was planned, paused while a pause was. In columns: ``at``, ``agent``,
    ``planned``, ``kept``."""
    pieces = [
        (shift.agent, shift.is_work, max(at, shift.begins), seconds)
        for shift in shifts
        for at, seconds in quarters(shift.begins, shift.ends)
    ]
    table = np.array(pieces, dtype=np.float64).reshape(-1, 4)
    agent, is_work, at, planned = table.T
    done = np.zeros(len(at))
    for one in np.unique(agent):
        for paused in (0, 1):
            mine = (agent == one) & (is_work != paused)
            there = (presence["agent"] == one) & (presence["paused"] == paused)
            passed = _Passed(presence["began"][there], presence["ended"][there])
            done[mine] = passed(at[mine] + planned[mine]) - passed(at[mine])
    return {"at": at, "agent": agent.astype(np.int64), "planned": planned, "kept": done}


class _Passed:
    """How many seconds of some spans have passed at a moment."""

    def __init__(self, began: NDArray[np.float64], ended: NDArray[np.float64]) -> None:
        self._base = float(began.min()) if len(began) else 0.0  # sums of Unix seconds lose digits
        self._edges = [self._cumulated(moments - self._base) for moments in (began, ended)]

    def __call__(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        since, until = (self._before(edge, at - self._base) for edge in self._edges)
        return since - until

    @staticmethod
    def _cumulated(
        moments: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ordered = np.sort(moments)
        return ordered, np.concatenate([[0.0], np.cumsum(ordered)])

    @staticmethod
    def _before(
        edge: tuple[NDArray[np.float64], NDArray[np.float64]], at: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        ordered, sums = edge
        count = np.searchsorted(ordered, at, side="right")
        passed: NDArray[np.float64] = count * at - sums[count]
        return passed
