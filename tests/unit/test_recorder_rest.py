"""While power is short, recordings wait in the spool and messages of voicemail do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.link.client import Event, Snapshot
from firmware.link.rest import Rest
from firmware.model.power.state import Measure, PowerState
from firmware.recorder.sweep import Sweeper
from tests.unit.test_recorder_finish import record_of, spooled
from tests.unit.test_switchd_power import row


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


def shown(state: PowerState, *measures: Measure) -> Event:
    return Event(name="power.changed", at=0.0, kind="power", row=row(state, *measures))


def test_a_recording_waits_until_power_is_back(home: Home) -> None:
    ends: list[bool] = []
    rest = Rest(lambda: ends.append(True))
    sweeper = Sweeper(home, rests=lambda: rest.is_wanted)
    spooled(home)
    rest.told(shown(PowerState.ON_BATTERY, Measure.STOP_BACKGROUND))
    assert sweeper.sweep() == 0
    assert record_of(home) is None
    rest.told(shown(PowerState.MAINS))
    assert ends == [True]
    assert sweeper.sweep() == 1
    assert record_of(home) is not None


def test_what_has_nothing_to_do_with_power_changes_nothing() -> None:
    rest = Rest(lambda: None)
    rest.told(Snapshot(rows={"power": (row(PowerState.LOW, Measure.STOP_BACKGROUND),)}))
    rest.told(Snapshot(rows={"led": ()}))
    assert rest.is_wanted
