"""First-call resolution: by hand, and against the rule written out caller by caller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.reports.columns import OUTCOMES
from firmware.reports.first_calls import first_calls

NOW = 1_800_000_000.0
DAY_S = 86400.0
ANSWERED, ABANDONED = OUTCOMES.index("answered"), OUTCOMES.index("abandoned")


@dataclass(frozen=True)
class Contact:
    """A caller came; ``agent`` 0: nobody served them."""

    days_ago: float
    agent: int = 0
    caller: int = 911
    queue: int = 1
    call: int = 0

    @property
    def at(self):
        return NOW - self.days_ago * DAY_S

    @property
    def of_call(self):
        return self.call or round(self.days_ago * 1000) + 1


def columns(contacts):
    def column(kind, values):
        return np.array(list(values), kind)

    return {
        "at": column(np.float64, (one.at for one in contacts)),
        "queue": column(np.uint32, (one.queue for one in contacts)),
        "agent": column(np.uint32, (one.agent for one in contacts)),
        "caller": column(np.uint32, (one.caller for one in contacts)),
        "call": column(np.uint64, (one.of_call for one in contacts)),
        "outcome": column(np.uint8, (ANSWERED if one.agent else ABANDONED for one in contacts)),
    }


def counted(contacts):
    """(days ago, resolved) of each first call."""
    places, resolved = first_calls(columns(contacts), days=7, now=NOW)
    found = zip(places.tolist(), resolved.tolist(), strict=True)
    return sorted((contacts[place].days_ago, is_resolved) for place, is_resolved in found)


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([], []),
        ([Contact(20, 101)], [(20, True)]),
        ([Contact(20, 101), Contact(15, 102)], [(20, False)]),  # the second is no first call
        ([Contact(20, 101), Contact(15)], [(20, False)]),  # came again and gave up
        ([Contact(20), Contact(19, 101)], [(19, True)]),  # gave up before: nobody had helped
        ([Contact(20, 101), Contact(12, 101)], [(12, True), (20, True)]),
        ([Contact(20, 101), Contact(13, 101)], [(20, False)]),  # seven days to the second
        ([Contact(20, 101), Contact(19, 101, queue=2)], [(19, True), (20, True)]),
        ([Contact(20, 101), Contact(19, 101, caller=912)], [(19, True), (20, True)]),
        ([Contact(20, 101, call=5), Contact(19.99, 102, call=5)], [(20, True)]),
        ([Contact(20, 101, call=5), Contact(19.99, call=5), Contact(18)], [(20, False)]),
        ([Contact(5, 101)], []),  # too young to know
        ([Contact(20, 101, caller=0)], []),  # a withheld number
    ],
)
def test_by_hand(contacts, expected):
    assert counted(contacts) == expected


CONTACTS = st.lists(
    st.builds(
        Contact,
        days_ago=st.integers(0, 40),
        agent=st.sampled_from([0, 101, 102]),
        caller=st.sampled_from([0, 911, 912]),
        queue=st.sampled_from([1, 2]),
    ),
    max_size=25,
    unique_by=lambda one: one.days_ago,
)


@given(CONTACTS, st.randoms())
def test_as_one_would_count_them_caller_by_caller(contacts, dice):
    expected = []
    for one in contacts:
        near = [
            other
            for other in contacts
            if (other.caller, other.queue) == (one.caller, one.queue)
            and 0 < abs(other.days_ago - one.days_ago) <= 7
        ]
        helped_before = any(other.agent for other in near if other.days_ago > one.days_ago)
        if one.caller and one.agent and one.days_ago >= 7 and not helped_before:
            expected.append((one.days_ago, all(o.days_ago > one.days_ago for o in near)))
    shuffled = list(contacts)
    dice.shuffle(shuffled)
    assert counted(shuffled) == sorted(expected)
