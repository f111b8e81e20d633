"""The box's folder in memory: what a box that stops leaves there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from firmware.box import memory
from firmware.config.home import Home

pytestmark = pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs /dev/shm")


def test_registrations_go_with_the_box_and_sound_stays_until_it_is_on_the_disk(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    memory.prepare(home)
    home.make()
    place = home.ram.resolve()
    try:
        (home.ram_edge / "location.sqlite").write_bytes(b"registrations")
        sound = home.ram_recordings / "in.wav"
        sound.write_bytes(b"sound")
        memory.release(home)
        assert sound.exists()
        assert not home.ram_edge.exists()
        sound.unlink()
        memory.release(home)
        assert not place.exists()
        assert not home.ram.is_symlink()
    finally:
        shutil.rmtree(place, ignore_errors=True)
