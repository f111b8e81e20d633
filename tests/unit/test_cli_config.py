"""``markaz config``: check, show, apply, history and undo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.home import Home
from tests.unit.cli_box import SITE, Box, markaz, running_box


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def box(home: Home) -> Iterator[Box]:
    with running_box(home) as running:
        yield running


def test_config_check_reports_all_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("office:\n  nmae: A\n  country: Iran\n")

    found = markaz(home, "config", "check", str(bad))
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr.splitlines() == [
        "markaz: 2 problems in the site configuration:",
        "line 2, column 3: office.nmae = A: nobody knows this key (did you mean name?)",
        "line 3, column 3: office.country = Iran: must be a country's two small letters",
    ]

    fine = markaz(home, "config", "check", "-", stdin=SITE.format(port=8080))
    assert fine.output == "no problems: 1 extensions, 1 lines, 0 menus, 0 queues\n"
    assert not home.config_db.exists()


def test_config_check_of_a_file_that_is_no_text(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xff\xfe")

    found = markaz(home, "config", "check", str(file))
    assert found.exit_code == 2
    assert "is not UTF-8" in found.stderr


def test_config_apply_tells_the_daemons(home: Home, box: Box, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(history.text_of(home, 1) + "# changed\n")

    found = markaz(home, "config", "apply", str(file), "-m", "a comment")

    assert found.exit_code == 0
    assert found.output.splitlines() == [
        "configuration 2 is accepted",
        "  switchd: runs it",
        "  lined: runs it",
        "  provision: runs it",
        "  outbox: runs it",
        "  deviced: runs it",
        "  edge: runs it",
    ]
    again = markaz(home, "config", "apply", str(file), "-m", "a comment")
    assert again.exit_code == 1
    assert again.stderr == "markaz: this is the current configuration already (version 2)\n"


def test_config_apply_with_daemons_down_is_accepted_all_the_same(home: Home) -> None:
    found = markaz(home, "config", "apply", "-", "-m", "x", stdin=SITE.format(port=8080))

    assert found.exit_code == 0
    assert "  switchd: is down; it reads it when it starts" in found.output.splitlines()


def test_config_apply_that_a_daemon_does_not_take_up_is_1(home: Home, box: Box) -> None:
    box["lined"][0].config_version = 5
    text = history.text_of(home, 1) + "# changed\n"

    found = markaz(home, "config", "apply", "-", "-m", "x", stdin=text)

    assert found.exit_code == 1
    assert found.stderr == "  lined: did not take it up: it runs version 6\n"
    assert history.load_current(home)[0] == 2


def test_config_apply_of_a_bad_file_keeps_the_old(home: Home, box: Box) -> None:
    found = markaz(home, "config", "apply", "-", "-m", "x", stdin="ofice: {}")

    assert found.exit_code == 3
    assert "did you mean office?" in found.stderr
    assert history.load_current(home)[0] == 1
    assert box["switchd"][0].config_version == 1


def test_config_show_masks_unless_asked(home: Home, box: Box) -> None:
    assert "correct horse" not in markaz(home, "config", "show").output
    assert "سارا" in markaz(home, "config", "show").output
    secret = markaz(home, "config", "show", "--secrets").output
    assert secret == history.text_of(home, 1)
    assert markaz(home, "config", "show", "--version", "9").exit_code == 1


def test_what_config_show_prints_with_secrets_can_be_applied_without_it_cannot(
    home: Home, box: Box, tmp_path: Path
) -> None:
    other = Home(tmp_path / "other")
    other.make()
    masked = markaz(home, "config", "show").output

    for there in (home, other):
        found = markaz(there, "config", "apply", "-", "-m", "x", stdin=masked)
        assert found.exit_code == 3
        assert "extension[0].password = ********: is the mask of a shown configuration" in (
            found.stderr
        )
        assert "--secrets" in found.stderr
    assert history.load_current(home)[0] == 1

    text = markaz(home, "config", "show", "--secrets").output
    assert markaz(other, "config", "apply", "-", "-m", "x", stdin=text).exit_code == 0
    assert history.load_current(other)[1] == history.load_current(home)[1]


def test_config_check_of_an_endless_file_ends(home: Home) -> None:
    found = markaz(home, "config", "check", "-", stdin="# " + "x" * 2_000_000)

    assert found.exit_code == 3
    assert "longer than 1048576 characters" in found.stderr


def test_config_undo_and_history(home: Home, box: Box) -> None:
    text = history.text_of(home, 1)
    markaz(home, "config", "apply", "-", "-m", "second", stdin=text + "# 2\n")

    assert markaz(home, "config", "undo").exit_code == 0
    assert history.text_of(home, 3) == text
    found = json.loads(markaz(home, "config", "history", "--json").output)
    assert [(v["number"], v["restores"]) for v in found] == [(3, 1), (2, None), (1, None)]
    shown = markaz(home, "config", "history").output.splitlines()
    assert "second" in shown[3]
    nothing = markaz(home, "config", "undo")
    assert nothing.exit_code == 1
    assert "nothing was before it" in nothing.stderr
