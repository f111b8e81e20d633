"""The machine around the board: its clock with a battery, its disks."""

from __future__ import annotations

import pytest

NOW = 1_795_288_557.0


@pytest.mark.covers("Clock: the clock with a battery is set, and tells the time")
@pytest.mark.parametrize("now", [NOW, 951_782_399.0, 1_709_164_799.0])
def test_the_clock_with_a_battery_is_set_and_tells_the_time(board, now):
    clock = board.rtc()
    clock.set(now)
    assert 0.0 <= clock.read() - now <= 2.0
    clock.set(now + 86400.0)
    assert 0.0 <= clock.read() - now - 86400.0 <= 2.0


@pytest.mark.covers("Health: a file system that finds an error in itself")
def test_a_file_system_that_finds_an_error_is_told(board):
    before = {one.id: one for one in board.health()}
    assert (before["disk:/"].state, before["disk:/"].value) == ("good", 0.0)
    board.spoil_disk()
    after = {one.id: one for one in board.health()}
    assert after["disk:/"].state == "bad"
    assert after["disk:/"].value >= 1.0
