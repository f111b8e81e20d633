"""Counting: which rows of a day's columns belong to a question, under which keys, as what sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware.reports.columns import OUTCOMES, STATES, Columns, Kind
from firmware.reports.figures import DISPOSITIONS
from firmware.reports.local import OF_CLOCK, LocalClock
from firmware.reports.question import By, Direction, Question, Subject
from firmware.reports.tally import Tally

Array = NDArray[Any]
Keys = Mapping[By, Array]

DIRECTIONS = tuple(Direction)


class Words(Protocol):
    """The words that numbers stand for in columns."""

    def codes(self, words: Iterable[str]) -> list[int]:
        """The numbers of those that have one."""

    def word(self, code: int) -> str:
        """The word of a number."""


SUMS: Mapping[Subject, tuple[str, ...]] = {
    Subject.VISITS: (
        "came",
        "offered",
        *OUTCOMES,
        "short_abandoned",
        "callbacks_reached",
        "answered_in_target",
        "abandoned_in_target",
        "answered_wait_s",
        "abandoned_wait_s",
        "talks",
        "talk_s",
        "hold_s",
        "wrap_up_s",
        "transferred",
        "offers",
        "missed",
        "longest_wait_s",
    ),
    Subject.AGENTS: (
        "offers_made",
        "served",
        "offers_missed",
        "logged_in",
        *STATES,
        "planned",
        "kept",
    ),
    Subject.CALLS: (
        "calls",
        "calls_ended",
        "calls_answered",
        "calls_unanswered",
        "calls_busy",
        "calls_failed",
        "ring_s",
        "call_talk_s",
        "longest_talk_s",
    ),
}
"""What is added up of each subject."""

_GREATEST = frozenset({"longest_wait_s", "longest_talk_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Sums by the question's key, and over the course of its period."""

    rows: Tally
    series: Tally


class Counter:
    """Counts for one question between two moments; ``of_rows`` are the sums its rows have (none:
    all). Pieces of its kinds are given one by one, in the order of time."""

    def __init__(
        self,
        question: Question,
        begin: float,
        end: float,
        clock: LocalClock,
        words: Words,
        *,
        of_rows: tuple[str, ...] = (),
    ) -> None:
        self._question = question
        self._begin = begin
        self._end = end
        self._clock = clock
        self._words = words
        names = SUMS[question.subject]
        self.counted = Counted(
            rows=Tally(of_rows or names, _GREATEST), series=Tally(names, _GREATEST)
        )
        self._own = words.codes(question.own)
        self._seen: Array = np.empty(0, np.uint64)

    def add(self, kind: Kind, columns: Columns) -> None:
        """Count a piece."""
        keys = _KEYS[kind](columns, self._own)
        values = dict(_VALUES[kind](columns))
        wanted = self._wanted(kind, columns, keys)
        if kind is Kind.VISITS and self._question.by is By.CALLER:
            values["came"] = self._first_of_call(columns["call"], wanted)
        at = columns["at"][wanted]
        chosen = {name: column[wanted] for name, column in values.items()}
        self.counted.rows.add(self._key(self._question.by, keys, wanted, at), chosen)
        self.counted.series.add(self._clock.key(self._question.series_by, at), chosen)

    def wanted(self, kind: Kind, columns: Columns) -> Array:
        """Which rows of a piece belong to the question: a truth for each."""
        return self._wanted(kind, columns, _KEYS[kind](columns, self._own))

    def _key(self, by: By, keys: Keys, wanted: Array, at: Array) -> NDArray[np.int64]:
        if by is By.NOTHING:
            return np.zeros(len(at), np.int64)
        if by in OF_CLOCK:
            return self._clock.key(by, at)
        return keys[by][wanted].astype(np.int64)

    def _wanted(self, kind: Kind, columns: Columns, keys: Keys) -> Array:
        wanted: Array = (columns["at"] >= self._begin) & (columns["at"] < self._end)
        for by, only in self._question.only.items():
            column = self._clock.key(by, columns["at"]) if by in OF_CLOCK else keys[by]
            wanted &= np.isin(column, self._codes(by, only, column))
        if (scope := self._question.scope) is not None:
            queues, agents = self._words.codes(scope.queues), self._words.codes(scope.agents)
            seen = np.isin(columns["agent"], agents)
            if "queue" in columns and self._question.subject is not Subject.AGENTS:
                seen |= np.isin(columns["queue"], queues)
            if kind is Kind.CALLS:
                seen |= np.isin(columns["caller"], agents) | np.isin(columns["called"], agents)
            wanted &= seen
        return wanted

    def _codes(self, by: By, only: frozenset[str], column: Array) -> list[int]:
        match by:
            case By.SKILL:
                needs = {int(code): self._words.word(int(code)) for code in np.unique(column)}
                return [code for code, need in needs.items() if only & set(skills(need))]
            case By.DISPOSITION:
                names = OUTCOMES if self._question.subject is Subject.VISITS else DISPOSITIONS
                return [number for number, name in enumerate(names) if name in only]
            case By.DIRECTION:
                return [number for number, name in enumerate(DIRECTIONS) if name in only]
            case By.HOUR | By.WEEKDAY:
                return [int(one) for one in only if one.isdecimal()]
        return self._words.codes(only)

    def _first_of_call(self, calls: Array, wanted: Array) -> Array:
        """1 for the first wanted visit of each call. What was wanted of the last piece is
        remembered: a call may go on after midnight."""
        first = np.zeros(len(calls), np.float64)
        places = np.flatnonzero(wanted)
        found, index = np.unique(calls[places], return_index=True)
        at = np.searchsorted(self._seen, found)  # both in order; np.isin takes ten times as long
        known = np.concatenate([self._seen, np.zeros(1, np.uint64)])[at] == found
        first[places[index[~known | (at == len(self._seen))]]] = 1.0
        self._seen = found
        return first


def skills(needs: str) -> list[str]:
    """The skills that a visit asks for; an empty one for none."""
    return [need.partition(":")[0] for need in needs.split()] or [""]


def by_skill(tally: Tally, words: Words, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Sums by what was asked for, as sums by skill: who asks for two counts under both."""
    numbers: dict[str, int] = {}
    whole = Tally(names, _GREATEST)
    for key in tally.keys:
        for skill in skills(words.word(key)):
            whole.merge(numbers.setdefault(skill, len(numbers)), tally, key)
    return {skill: whole.sums(number) for skill, number in numbers.items()}


def _keys_of_visits(columns: Columns, _own: list[int]) -> dict[By, Array]:
    found: dict[By, Array] = {
        by: columns[by] for by in (By.QUEUE, By.AGENT, By.LINE, By.DID, By.CALLER)
    }
    return {
        **found,
        By.SKILL: columns["needs"],
        By.DISPOSITION: columns["outcome"],
        By.OUTCOME: columns["chosen"],
    }


def _keys_of_agents(columns: Columns, _own: list[int]) -> dict[By, Array]:
    """What is no pause has no reason."""
    agent = columns["agent"]
    reason = columns["reason"] if "reason" in columns else np.zeros(len(agent), np.int64)
    return {By.AGENT: agent, By.REASON: reason}


def _keys_of_calls(columns: Columns, own: list[int]) -> dict[By, Array]:
    """A call is inbound when whoever called is not of the office; only then is the number they
    dialled one of the office's."""
    from_here, by_line = np.isin(columns["caller"], own), columns["line"] != 0
    inbound = ~from_here
    direction = np.where(inbound, 0, np.where(by_line, 1, 2))
    return {
        By.QUEUE: columns["queue"],
        By.AGENT: columns["agent"],
        By.LINE: columns["line"],
        By.DID: np.where(inbound, columns["called"], 0),
        By.DISPOSITION: columns["disposition"].astype(np.int64) - 1,
        By.OUTCOME: columns["chosen"],
        By.DIRECTION: direction,
        By.CALLER: columns["caller"],
    }


def _of_visits(columns: Columns) -> dict[str, Array]:
    is_a = {name: columns["outcome"] == number for number, name in enumerate(OUTCOMES)}
    wait_s = columns["wait_ms"] / 1000.0
    ended = is_a["answered"] | is_a["abandoned"]
    in_target = columns["in_target"]
    return {
        **is_a,
        "offered": np.ones(len(wait_s)),
        "short_abandoned": columns["short"],
        "callbacks_reached": columns["reached"],
        "answered_in_target": is_a["answered"] * in_target,
        "abandoned_in_target": is_a["abandoned"] * in_target,
        "answered_wait_s": is_a["answered"] * wait_s,
        "abandoned_wait_s": is_a["abandoned"] * wait_s,
        "talks": columns["talks"],
        "talk_s": columns["talk_ms"] / 1000.0,
        "hold_s": columns["hold_ms"] / 1000.0,
        "wrap_up_s": columns["wrap_up_ms"] / 1000.0,
        "transferred": columns["transferred"],
        "offers": columns["offers"],
        "missed": columns["missed"],
        "longest_wait_s": ended * wait_s,
    }


def _of_deeds(columns: Columns) -> dict[str, Array]:
    return {name: columns[name] for name in ("offers_made", "served", "offers_missed")}


def _of_states(columns: Columns) -> dict[str, Array]:
    seconds = columns["ms"] / 1000.0
    states = {name: (columns["state"] == number) * seconds for number, name in enumerate(STATES)}
    return {**states, "logged_in": seconds}


def _of_shifts(columns: Columns) -> dict[str, Array]:
    return {"planned": columns["planned"], "kept": columns["kept"]}


def _of_calls(columns: Columns) -> dict[str, Array]:
    code = columns["disposition"].astype(np.int64) - 1
    is_a = {name: code == number for number, name in enumerate(DISPOSITIONS)}
    answered, talk_s = columns["is_answered"], columns["talk_ms"] / 1000.0
    return {
        "calls": np.ones(len(code)),
        "calls_ended": code >= 0,
        "calls_answered": answered,
        "calls_unanswered": (code >= 0) & (answered == 0),
        "calls_busy": is_a["busy"],
        "calls_failed": is_a["failed"] | is_a["congestion"],
        "ring_s": columns["ring_ms"] / 1000.0,
        "call_talk_s": talk_s,
        "longest_talk_s": talk_s,
    }


_KEYS: Mapping[Kind, Callable[[Columns, list[int]], dict[By, Array]]] = {
    Kind.VISITS: _keys_of_visits,
    Kind.DEEDS: _keys_of_agents,
    Kind.STATES: _keys_of_agents,
    Kind.PRESENCE: _keys_of_agents,
    Kind.CALLS: _keys_of_calls,
}

_VALUES: Mapping[Kind, Callable[[Columns], dict[str, Array]]] = {
    Kind.VISITS: _of_visits,
    Kind.DEEDS: _of_deeds,
    Kind.STATES: _of_states,
    Kind.PRESENCE: _of_shifts,
    Kind.CALLS: _of_calls,
}
