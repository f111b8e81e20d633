"""The watchdog: armed by the first feeding, asleep after a lawful end, awake after any other."""

from __future__ import annotations

import pytest


@pytest.mark.covers("Watchdog: armed by the first feeding, asleep after a lawful end")
def test_the_watchdog_is_armed_and_put_to_sleep(board):
    dog = board.watchdog(40)
    assert board.armed() is None
    dog.feed()
    assert board.armed() == 40.0
    dog.feed()
    dog.close()
    assert board.armed() is None
    dog.feed()
    assert board.armed() == 40.0, "it can be armed again"
    dog.close()


@pytest.mark.covers("Watchdog: stays awake when the program dies")
def test_a_program_that_dies_leaves_it_awake(board):
    board.abandon_watchdog()
    assert board.armed() == 60.0
