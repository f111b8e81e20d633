"""``markaz contacts``: what it keeps, and that switchd is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.link import api
from firmware.store.db import open_store
from tests.unit.cli_box import markaz
from tests.unit.served import serving


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "var")
    home.make()
    open_store(home).close()
    return home


class Switchd:
    def __init__(self):
        self.readings = 0

    def read_phonebook(self) -> None:
        self.readings += 1


def names(home):
    return [c["name"] for c in json.loads(markaz(home, "contacts", "list", "--json").stdout)]


def test_a_contact_is_added_shown_and_removed(home):
    switchd = Switchd()
    with serving(home, "switchd", api.SwitchApi, switchd):
        added = markaz(
            home, "contacts", "add", "مریم", "mobile:0912 111 1111", "02188776655", "--vip"
        )
        assert (added.exit_code, added.stdout, added.stderr) == (0, "contact 1\n", "")
        shown = markaz(home, "contacts").stdout
        assert "مریم" in shown
        assert "0912 111 1111 (mobile), 02188776655 (other)" in shown
        assert markaz(home, "contacts", "who", "+989121111111").stdout == "1 مریم\n"
        assert markaz(home, "contacts", "remove", "1").exit_code == 0
    assert switchd.readings == 2
    assert names(home) == []


def test_without_a_running_exchange_it_is_kept_and_said(home):
    added = markaz(home, "contacts", "add", "Ali", "0913")
    assert added.exit_code == 0
    assert "switchd does not run" in added.stderr
    assert names(home) == ["Ali"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "Ali", "x13"), "markaz: 'x13' has 'x' in it, which cannot be dialled\n"),
        (("remove", "7"), "markaz: there is no contact 7\n"),
        (("who", "0999"), "markaz: nobody is known by 0999\n"),
        (("unblock", "0999"), "markaz: the number 0999 is not blocked\n"),
        (("block", "09Q", "--pattern"), "markaz: "),
    ],
)
def test_what_cannot_be_done_is_one_line(home, arguments, said):
    result = markaz(home, "contacts", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(said)
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("block",), ("block", "0912", "--withheld")])
def test_who_is_blocked_must_be_clear(home, arguments):
    assert markaz(home, "contacts", *arguments).exit_code == 2


def test_callers_are_blocked_and_let_in_again(home):
    for arguments in (("0912",), ("0900.", "--pattern", "--unused"), ("--withheld",)):
        assert markaz(home, "contacts", "block", *arguments).exit_code == 0
    found = json.loads(markaz(home, "contacts", "blocked", "--json").stdout)
    assert [(b["kind"], b["value"], b["answer"]) for b in found] == [
        ("number", "0912", "refuse"),
        ("pattern", "0900.", "unused"),
        ("withheld", "", "refuse"),
    ]
    assert "blocked: pattern 0900." in markaz(home, "contacts", "who", "09001234567").stdout
    assert markaz(home, "contacts", "unblock", "0900.", "--pattern").exit_code == 0
    assert "0900" not in markaz(home, "contacts", "blocked").stdout


@pytest.mark.parametrize("name", ["all.csv", "all.vcf"])
def test_contacts_go_out_and_come_back(home, tmp_path, name):
    markaz(home, "contacts", "add", "مریم", "mobile:0912 111 1111")
    markaz(home, "contacts", "add", "Ali", "0913", "--organisation", "Behsaz")
    file = tmp_path / name

    assert markaz(home, "contacts", "export", str(file)).stdout == (
        f"2 contacts written to {file}\n"
    )
    again = markaz(home, "contacts", "import", str(file), "--replace")
    assert again.stdout == "2 contacts are new, 0 took another's place\n"
    assert names(home) == ["Ali", "مریم"]


def test_a_broken_file_changes_nothing_and_every_line_is_told(home, tmp_path):
    markaz(home, "contacts", "add", "Ali", "0913")
    file = tmp_path / "bad.csv"
    file.write_text("name,mobile\nSara,0914\nOmar,none\nReza,\n")

    result = markaz(home, "contacts", "import", str(file), "--replace")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "markaz: nothing was imported from bad.csv:",
        "line 3: 'none' has 'e' in it, which cannot be dialled",
        "line 4: 'Reza' has no number",
    ]
    assert names(home) == ["Ali"]


def test_columns_nobody_knows_are_named(home, tmp_path):
    file = tmp_path / "some.csv"
    file.write_text("name,mobile,shoe size\nSara,0914,38\n")
    assert "left out: shoe size" in markaz(home, "contacts", "import", str(file)).stdout


def test_a_file_says_by_its_name_what_it_is(home, tmp_path):
    (tmp_path / "x.txt").write_text("name,mobile\n")
    assert (
        "name it *.csv or *.vcf"
        in markaz(home, "contacts", "import", str(tmp_path / "x.txt")).stderr
    )


def test_a_folder_without_a_box_stays_without(tmp_path):
    result = markaz(Home(tmp_path / "typo"), "contacts")
    assert "there is no box" in result.stderr
    assert not (tmp_path / "typo").exists()
