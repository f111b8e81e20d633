"""The history keeps every version, and a crash leaves the old or the new one current."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def named(name: str) -> str:
    return f'office:\n  name: "{name}"\n'


def current_name(home: Home) -> str:
    return history.load_current(home)[1].office.name


def test_a_box_without_configuration_says_so_and_what_to_do(home: Home) -> None:
    with pytest.raises(history.NoConfiguration, match=r"site\.sqlite yet: start the box once"):
        history.load_current(home)

    assert history.versions(home) == []
    assert not home.config_db.exists()


def test_the_first_configuration_is_version_1_and_only_one_can_be_first(home: Home) -> None:
    assert history.create_first(home, Site()) == 1
    assert history.load_current(home) == (1, Site())

    with pytest.raises(history.NothingToDo):
        history.create_first(home, Site())


def test_the_files_are_for_the_box_alone(home: Home) -> None:
    history.create_first(home, Site())
    reader = sqlite3.connect(home.config_db)
    reader.execute("SELECT count(*) FROM version").fetchone()

    modes = {path.name: path.stat().st_mode & 0o777 for path in home.config_db.parent.iterdir()}
    reader.close()
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3  # with the write-ahead log and its index


def test_apply_keeps_the_text_to_the_letter(home: Home) -> None:
    text = "# the office on the first floor\n" + named("A")

    assert history.apply(home, text, "sara", "first") == 1
    assert history.text_of(home, 1) == text


def test_apply_refuses_the_same_text(home: Home) -> None:
    history.apply(home, named("A"), "sara", "first")

    with pytest.raises(history.NothingToDo, match="version 1"):
        history.apply(home, named("A"), "sara", "again")
    assert len(history.versions(home)) == 1


def test_a_rejected_text_changes_nothing(home: Home) -> None:
    history.apply(home, named("A"), "sara", "first")

    with pytest.raises(ConfigRejected):
        history.apply(home, "office: {nmae: 5}", "sara", "oops")
    assert current_name(home) == "A"
    assert len(history.versions(home)) == 1


def test_versions_say_who_when_and_why(home: Home) -> None:
    history.apply(home, named("A"), "sara", "first")
    history.apply(home, named("B"), "ali", "renamed")

    newest, oldest = history.versions(home)
    assert (newest.number, newest.author, newest.comment) == (2, "ali", "renamed")
    assert (oldest.number, oldest.author, oldest.restores) == (1, "sara", None)
    assert newest.accepted_at >= oldest.accepted_at > 1.7e9


def test_undo_goes_back_further_each_time(home: Home) -> None:
    for name in "ABC":
        history.apply(home, named(name), "sara", name)

    assert [history.undo(home, "ali"), current_name(home)] == [4, "B"]
    assert [history.undo(home, "ali"), current_name(home)] == [5, "A"]
    with pytest.raises(history.NothingToDo, match="version 1"):
        history.undo(home, "ali")
    assert [v.restores for v in history.versions(home)] == [1, 2, None, None, None]


def test_undo_after_a_change_made_upon_an_undo(home: Home) -> None:
    history.apply(home, named("A"), "sara", "")
    history.apply(home, named("B"), "sara", "")
    history.undo(home, "sara")  # A
    history.apply(home, named("C"), "sara", "")

    history.undo(home, "sara")
    assert current_name(home) == "A"  # what C was made upon, not B


def test_undo_without_configuration(home: Home) -> None:
    with pytest.raises(history.NoConfiguration):
        history.undo(home, "sara")


def test_a_version_that_is_not_there(home: Home) -> None:
    history.create_first(home, Site())

    with pytest.raises(history.NoConfiguration, match="no version 7"):
        history.text_of(home, 7)


def test_an_undo_to_a_text_this_release_rejects_changes_nothing(home: Home) -> None:
    history.apply(home, named("A"), "sara", "")
    history.apply(home, named("B"), "sara", "")
    with sqlite3.connect(home.config_db) as db:
        db.execute("UPDATE version SET text = 'gone_key: 1' WHERE number = 1")

    with pytest.raises(ConfigRejected):
        history.undo(home, "sara")
    assert current_name(home) == "B"


def test_two_who_apply_at_once_get_two_versions(home: Home) -> None:
    history.create_first(home, Site())
    together = threading.Barrier(8)

    def apply(index: int) -> int:
        together.wait(timeout=10)
        return history.apply(home, named(f"n{index}"), "sara", "")

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(apply, range(8)))

    assert numbers == list(range(2, 10))
    assert len(history.versions(home)) == 9


APPLY_FOR_EVER = """
import itertools, sys
from pathlib import Path
from firmware.config import history
from firmware.config.home import Home
home = Home(Path(sys.argv[1]))
print("go", flush=True)
for count in itertools.count(int(sys.argv[2])):
    history.apply(home, f'office: {{name: n{count}}}\\n# ' + "x" * 20000, "sara", str(count))
    print(count, flush=True)
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_version(home: Home) -> None:
    history.create_first(home, Site())
    dice = random.Random(5)
    told = 0
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", APPLY_FOR_EVER, str(home.root), str(told + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        child.stdout.readline()
        threading.Event().wait(dice.uniform(0.0, 0.12))
        os.kill(child.pid, signal.SIGKILL)
        counts = [int(line) for line in child.stdout.read().split()]
        child.stdout.close()
        child.wait(timeout=10)
        told = counts[-1] if counts else told

        number, site = history.load_current(home)
        assert number == len(history.versions(home))
        # What was acknowledged is there; the one begun may be there too, whole.
        name = site.office.name
        assert name in {f"n{told}", f"n{told + 1}"} | ({"Markaz"} if told == 0 else set())
        told = int(name.removeprefix("n")) if name != "Markaz" else 0
    with sqlite3.connect(home.config_db) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
