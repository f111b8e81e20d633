"""The last known time: kept, and used by a machine that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.box import clock
from firmware.config.home import Home

NOW = 1_795_288_557.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


def test_a_machine_without_a_time_goes_on_where_the_box_was(home: Home) -> None:
    clock.keep(home, NOW)
    set_to: list[float] = []
    told = clock.restore(home, wall=lambda: 20.0, set_to=set_to.append)
    assert set_to == [NOW]
    assert "2026-11-21" in told


def test_a_clock_that_is_right_is_left_alone(home: Home) -> None:
    set_to: list[float] = []
    assert clock.restore(home, wall=lambda: 20.0, set_to=set_to.append) == "", "a new box"
    clock.keep(home, NOW)
    assert clock.restore(home, wall=lambda: NOW + 1.0, set_to=set_to.append) == ""
    assert set_to == []


def test_a_clock_that_may_not_be_set_is_told(home: Home) -> None:
    def refuse(_now: float) -> None:
        raise PermissionError(1, "Operation not permitted")

    clock.keep(home, NOW)
    told = clock.restore(home, wall=lambda: 20.0, set_to=refuse)
    assert "cannot be set" in told


@pytest.mark.parametrize("kept", ["", "x", "nan", "inf", "-5", "9e99"])
def test_what_was_kept_wrongly_sets_nothing(home: Home, kept: str) -> None:
    (home.root / "clock").write_text(kept)
    set_to: list[float] = []
    assert clock.restore(home, wall=lambda: 20.0, set_to=set_to.append) == ""
    assert set_to == []


def test_a_disk_that_refuses_stops_nothing(home: Home) -> None:
    (home.root / "clock").mkdir()
    clock.keep(home, NOW)
    assert clock.last_known(home) == 0.0
