"""``markaz user``: who may use the console, from the command line."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from cryptography.fernet import Fernet

from firmware.config.home import Home
from firmware.model.permissions import Role
from firmware.store import factors, users
from firmware.store.db import open_store
from tests.unit.cli_box import markaz

GOOD = "five purple lanterns drift\n"


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.make()
    open_store(home).close()
    done = markaz(home, "user", "add", "sara", "--role", "owner", "--stdin", stdin=GOOD)
    assert done.exit_code == 0, done.stderr
    return home


def find(home, name):
    with closing(open_store(home)) as db:
        return users.find(db, name)


def test_users_are_added_placed_and_listed(home):
    options = ("--role", "supervisor", "--extension", "102", "--queue", "sales", "--queue", "x")
    assert markaz(home, "user", "add", "ali", *options, "--stdin", stdin=GOOD).exit_code == 0
    ali = find(home, "ali")
    assert (ali.role, ali.extension, ali.queues) == (Role.SUPERVISOR, "102", {"sales", "x"})
    assert markaz(home, "user", "place", "ali", "--queue", "sales").exit_code == 0
    assert find(home, "ali").queues == {"sales"}
    assert find(home, "ali").extension == "102"
    listed = json.loads(markaz(home, "user", "list", "--json").stdout)
    assert [(one["name"], one["role"]) for one in listed] == [
        ("ali", "supervisor"),
        ("sara", "owner"),
    ]
    assert "supervisor" in markaz(home, "user", "list").stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("add", "sara", "--stdin"), "already"),
        (("place", "nobody", "--role", "agent"), "no user nobody"),
        (("place", "sara", "--role", "agent"), "only owner"),
        (("disable", "sara"), "only owner"),
        (("remove", "sara"), "only owner"),
        (("remove", "nobody"), "no user nobody"),
        (("enable", "nobody"), "no user nobody"),
        (("sign-out", "nobody"), "no user nobody"),
        (("reset-factor", "nobody"), "no user nobody"),
        (("reset-factor", "sara"), "has no second factor"),
    ],
)
def test_what_cannot_be_done_says_why(home, command, said):
    done = markaz(home, "user", *command, stdin=GOOD)
    assert done.exit_code == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    ("password", "said"), [("short", "at least 10"), ("password123", "too easy")]
)
def test_a_weak_password_adds_nobody(home, password, said):
    done = markaz(home, "user", "add", "ali", "--stdin", stdin=password + "\n")
    assert done.exit_code == 1
    assert said in done.stderr
    assert find(home, "ali") is None


def test_a_lost_telephone_is_no_lost_box(home):
    with closing(open_store(home)) as db:
        key = Fernet(Fernet.generate_key())
        factors.enrol(db, "sara", factors.new_secret(), 1, 1.0, key=key)
    before = find(home, "sara")
    assert before.has_factor
    assert markaz(home, "user", "reset-factor", "sara").exit_code == 0
    after = find(home, "sara")
    assert not after.has_factor
    assert after.generation > before.generation


def test_a_user_is_disabled_enabled_signed_out_and_removed(home):
    markaz(home, "user", "add", "ali", "--stdin", stdin=GOOD)
    assert markaz(home, "user", "disable", "ali").exit_code == 0
    assert find(home, "ali").disabled_at is not None
    assert markaz(home, "user", "enable", "ali").exit_code == 0
    assert find(home, "ali").disabled_at is None
    generation = find(home, "ali").generation
    assert markaz(home, "user", "sign-out", "ali").exit_code == 0
    assert find(home, "ali").generation == generation + 1
    assert markaz(home, "user", "remove", "ali").exit_code == 0
    assert find(home, "ali") is None


def test_roles_are_made_to_have_a_second_factor(home):
    markaz(home, "user", "need-factor", "owner", "technician")
    with closing(open_store(home)) as db:
        assert factors.wanted_of(db) == {Role.OWNER, Role.TECHNICIAN}
    markaz(home, "user", "need-factor")
    with closing(open_store(home)) as db:
        assert factors.wanted_of(db) == frozenset()


def test_what_was_done_here_is_in_the_trail_and_no_password(home):
    markaz(home, "passwd", "sara", "--stdin", stdin="another good lantern\n")
    markaz(home, "user", "need-factor", "owner")
    told = json.loads(markaz(home, "user", "audit", "--json").stdout)
    assert [(one["deed"], one["subject"], one["place"]) for one in told] == [
        ("factor_rules", "", "cli"),
        ("password_changed", "sara", "cli"),
        ("user_added", "sara", "cli"),
    ]
    assert told[0]["after"] == ["owner"]
    assert "lantern" not in str(told)
    assert "factor_rules" in markaz(home, "user", "audit", "--deed", "factor_rules").stdout
