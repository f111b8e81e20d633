"""When somebody is told that a queue goes too far, and when that it is over."""

from __future__ import annotations

import pytest

from firmware.model.queue_alert import (
    CALM,
    CALM_S,
    Figure,
    Grade,
    News,
    Rule,
    grade,
    is_quiet,
    look,
    news,
)

WAIT = Rule(figure=Figure.LONGEST_WAIT, limit=60.0, clear=40.0, for_s=30.0)
STAFF = Rule(figure=Figure.AGENTS, limit=2.0)


def told(rule, story, quiet=()):
    """What is told in a story of (second, value), where ``quiet`` are the quiet seconds."""
    standing, found = CALM, []
    for now, value in story:
        standing = look(rule, standing, value, now)
        what, standing = news(standing, is_quiet=now in quiet)
        if what is not None:
            found.append((now, what))
    return found


def test_only_what_lasts_is_told_and_only_once():
    assert told(WAIT, [(0, 70), (20, 30), (25, 70), (50, 80)]) == []
    assert told(WAIT, [(0, 70), (30, 90), (35, 95), (90, 99)]) == [(30, News.RAISED)]


def test_a_figure_that_swings_about_its_limit_tells_nobody_twice():
    swinging = [(30 + 10 * i, 61 if i % 2 else 45) for i in range(60)]
    assert told(WAIT, [(0, 70), (30, 70), *swinging]) == [(30, News.RAISED)]


def test_it_is_over_when_the_figure_has_been_back_for_a_minute():
    story = [(0, 70), (30, 70), (40, 40), (90, 10), (40 + CALM_S, 0), (200, 0)]
    assert told(WAIT, story) == [(30, News.RAISED), (40 + CALM_S, News.OVER)]


def test_of_agents_too_few_are_too_many_limits_broken():
    story = [(0, 2), (5, 1), (10, 2), (70, 2)]
    assert told(STAFF, story) == [(5, News.RAISED), (70, News.OVER)]


def test_what_nobody_knows_neither_raises_nor_ends():
    assert told(STAFF, [(0, 2), (5, None), (500, None)]) == []
    assert told(STAFF, [(0, 1), (5, None), (500, None), (505, 1)]) == [(0, News.RAISED)]
    assert told(WAIT, [(0, 70), (20, None), (40, 70), (60, 70)]) == []


def test_in_quiet_times_nobody_is_told_and_what_lasts_is_told_at_their_end():
    story = [(0, 0), (5, 0), (100, 0)]
    assert told(STAFF, story, quiet=(0, 5)) == [(100, News.RAISED)]
    passing = [(0, 0), (5, 3), (5 + CALM_S, 3), (100, 3)]
    assert told(STAFF, passing, quiet=(0, 5, 5 + CALM_S)) == []


def test_what_is_over_in_quiet_times_is_over_without_a_word():
    story = [(0, 0), (5, 3), (5 + CALM_S, 3), (100, 3), (105, 0)]
    assert told(STAFF, story, quiet=(5 + CALM_S,)) == [(0, News.RAISED), (105, News.RAISED)]


@pytest.mark.parametrize(
    ("span", "minute", "wanted"),
    [
        ("22:00-07:00", 22 * 60, True),
        ("22:00-07:00", 6 * 60 + 59, True),
        ("22:00-07:00", 7 * 60, False),
        ("12:30-13:00", 12 * 60 + 30, True),
        ("12:30-13:00", 13 * 60, False),
        ("12:30-12:30", 12 * 60 + 30, False),
    ],
)
def test_quiet_spans_may_pass_midnight(span, minute, wanted):
    assert is_quiet((span,), minute) is wanted
    assert is_quiet((), minute) is False


@pytest.mark.parametrize(
    ("rule", "value", "wanted"),
    [
        (WAIT, 61, Grade.BEYOND),
        (WAIT, 60, Grade.NEAR),
        (WAIT, 45, Grade.GOOD),
        (STAFF, 1, Grade.BEYOND),
        (STAFF, 2, Grade.NEAR),
        (STAFF, 3, Grade.GOOD),
        (Rule(figure=Figure.AGENTS, limit=1), 1, Grade.GOOD),  # one where one is enough
        (Rule(figure=Figure.AGENTS, limit=1), 0, Grade.BEYOND),
    ],
)
def test_grades(rule, value, wanted):
    assert grade(rule, value) is wanted
