"""Factory reset: everything of the customer goes, whatever happens on the way."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import closing

import pytest
from click.testing import CliRunner

from firmware import factory
from firmware.box import birth, clock, first
from firmware.box import run as box
from firmware.cli.main import main
from firmware.config import history
from firmware.config.home import Home
from firmware.store import users
from firmware.store.db import open_store


@pytest.fixture
def home(tmp_path):
    """A box with something of the customer in every folder it has."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    memory = tmp_path / "memory"
    memory.mkdir()
    home.ram.symlink_to(memory)
    home.make()
    birth.give_birth(home, 0)
    clock.keep(home, 1_700_000_000.0)
    folders = [path for path in home.root.iterdir() if path.is_dir()]
    assert len(folders) >= 15
    for folder in folders:
        (folder / "deep").mkdir(exist_ok=True)
        (folder / "deep" / "secret.txt").write_text("of the customer")
        (folder / "secret.txt").write_text("of the customer")
    (home.root / "something-new.sqlite").write_text("of the customer")
    return home


def left(home):
    return sorted(path.relative_to(home.root).as_posix() for path in home.root.rglob("*"))


def test_nothing_of_the_customer_is_left(home, tmp_path):
    factory.order(home, who="test")
    assert factory.is_ordered(home)
    assert factory.carry_out_if_stopped(home)
    assert left(home) == ["clock", "run", "run/box.lock"]
    assert list((tmp_path / "memory").iterdir()) == []
    assert not factory.is_ordered(home)
    assert clock.last_known(home) == 1_700_000_000.0


def test_the_next_start_makes_another_box_with_other_secrets(home):
    def secrets():
        site = history.load_current(home)[1]
        return [one.password.get_secret_value() for one in site.extension if one.password]

    def owner():
        with closing(open_store(home)) as db:
            return db["users"].get(users.find(db, birth.OWNER).name)["password_hash"]

    before = (secrets(), owner())
    factory.order(home, who="test")
    factory.carry_out_if_stopped(home)
    home.make()
    newborn = birth.give_birth(home, 0)
    assert newborn is not None
    assert newborn.owner_password
    assert secrets() == list(newborn.sip_passwords.values())
    assert not set(secrets()) & set(before[0])
    assert owner() != before[1]
    assert history.load_current(home)[0] == 1
    assert [e.number for e in history.load_current(home)[1].extension] == [
        e.number for e in first.site(0).extension
    ]


def test_interrupted_at_any_place_it_goes_on_at_the_next_start(home, monkeypatch):
    erase, erased = shutil.rmtree, []

    def power_cut(path):
        if len(erased) == 4:
            raise OSError(5, "power cut", str(path))
        erased.append(path)
        erase(path)

    factory.order(home, who="test")
    monkeypatch.setattr(factory.shutil, "rmtree", power_cut)
    with pytest.raises(OSError, match="power cut"):
        factory.carry_out_if_stopped(home)
    assert factory.is_ordered(home)
    with pytest.raises(box.CannotStart, match="goes on at the next start"):
        box._reset(home)
    monkeypatch.undo()
    box._reset(home)
    assert not factory.is_ordered(home)
    assert not any("secret" in path for path in left(home))
    assert home.recordings.is_dir()  # a box can start in it


def test_a_start_without_an_order_erases_nothing(home):
    before = left(home)
    box._reset(home)
    assert left(home) == before


def test_a_box_that_runs_is_not_erased_beneath_itself(home):
    factory.order(home, who="test")
    (home.run / factory.LOCK).touch()
    before = left(home)
    with (home.run / factory.LOCK).open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert not factory.carry_out_if_stopped(home)
        said = CliRunner().invoke(main, ["--home", str(home.root), "factory-reset", "--yes"])
        assert "stop it and start it again" in said.output
    assert left(home) == before
    assert factory.is_ordered(home)


def test_the_command_says_what_goes_and_needs_a_yes(home):
    before = left(home)
    asked = CliRunner().invoke(main, ["--home", str(home.root), "factory-reset"])
    assert asked.exit_code == 1
    for words in ("recordings", "passwords", "The firmware stays", "nothing was erased: add --yes"):
        assert words in asked.output
    assert left(home) == before
    done = CliRunner().invoke(main, ["--home", str(home.root), "factory-reset", "--yes"])
    assert done.exit_code == 0
    assert "the next start is a first one" in done.output
    assert left(home) == ["clock", "run", "run/box.lock"]


def test_there_is_no_box(tmp_path):
    nowhere = str(tmp_path / "nowhere")
    said = CliRunner().invoke(main, ["--home", nowhere, "factory-reset", "--yes"])
    assert said.exit_code == 1
    assert "there is no box" in said.output
