"""Rolling out tells every daemon and says which took the new version up."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.box.ready import LINKED
from firmware.config.home import Home
from firmware.config.rollout import DAEMONS, Told, Uptake, roll_out
from firmware.link.api import DaemonApi
from firmware.link.rows import DaemonStatus
from tests.unit.served import serving


class Daemon:
    """Runs version 1 until it is told to take up ``newest``."""

    def __init__(self, name: str, newest: int, refusal: str = "") -> None:
        self.name, self.newest, self.refusal, self.running = name, newest, refusal, 1

    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name=self.name, version="1", pid=1, up_s=1.0, config_version=self.running, warnings=()
        )

    def reload(self) -> None:
        if self.refusal:
            raise ValueError(self.refusal)
        self.running = self.newest


def test_every_way_a_daemon_can_take_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    willing, unwilling = Daemon("switchd", 2), Daemon("lined", 2, refusal="a call is up")

    with (
        serving(home, "switchd", DaemonApi, willing),
        serving(home, "lined", DaemonApi, unwilling),
    ):
        switchd, lined, *_others, edge = roll_out(home, 2)

    assert switchd == Told(daemon="switchd", uptake=Uptake.TAKEN)
    assert lined == Told(daemon="lined", uptake=Uptake.REFUSED, text="ValueError: a call is up")
    assert (edge.daemon, edge.uptake) == ("edge", Uptake.DOWN)


def test_no_program_with_a_link_is_forgotten() -> None:
    simulated_world = {"bench"}  # its lines are those of its start
    assert set(DAEMONS) == LINKED - simulated_world


def test_only_a_box_with_slots_has_updates_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.make()
    monkeypatch.setattr("firmware.daemons.SLOTS", tmp_path / "system.conf")
    assert "update" not in {told.daemon for told in roll_out(home, 2)}
    (tmp_path / "system.conf").touch()
    with serving(home, "update", DaemonApi, Daemon("update", 2)):
        assert Told(daemon="update", uptake=Uptake.TAKEN) in roll_out(home, 2)


def test_a_daemon_that_says_yes_and_runs_another_version_is_behind(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()

    with serving(home, "edge", DaemonApi, Daemon("edge", 1)):
        told = roll_out(home, 2)[-1]

    assert told == Told(daemon="edge", uptake=Uptake.BEHIND, text="it runs version 1")
