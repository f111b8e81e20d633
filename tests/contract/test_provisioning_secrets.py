"""Nothing leaks: administrators' passwords, what is shown and logged, sweeps by every way in."""

from __future__ import annotations

import logging
import math
import re

import pytest

from provisioning.device import FileKind
from provisioning.phones import families
from provisioning.register.book import new_password, new_token
from provisioning.serve.guard import MOST_MET, MOST_WRONG
from tests.contract.provisioned import AGENT, FILE, MAC, Office, token_in
from tests.contract.test_provisioning_desk import question
from tests.contract.test_provisioning_rules import by_family, mac_of

THIEF = "127.0.0.66"
WITHOUT = ("zenitel", "gigaset")
"""Nothing that is documented sets the password of a Zenitel's pages, nor of an old Gigaset's."""


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


# -- made by chance --------------------------------------------------------------------------


def test_administrators_passwords_are_made_by_chance():
    made = {new_password() for _ in range(2000)}
    assert len(made) == 2000
    letters = set("".join(made))
    assert not letters & set("&<>\"'\\;#= \n%$")  # nothing that any vendor's file must escape
    assert not letters & set("Il1O0")  # nothing that looks like another when it is typed
    assert 16 * math.log2(len(letters)) > 90


def test_a_token_is_128_bits_of_chance():
    made = {new_token() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[0-9a-f]{32}", token) for token in made)
    ones = sum(bin(int(token, 16)).count("1") for token in made)
    assert abs(ones / (2000 * 128) - 0.5) < 0.01


@by_family
def test_every_telephone_gets_a_password_of_its_own_for_its_pages(office, family):
    passwords = set()
    for number, extension in ((1, "101"), (2, "102")):
        mac = f"{family.ouis[0]}00000{number}"
        office.adoption.expect(mac, family.models[0].name)
        phone = office.adopt(mac, extension)
        passwords.add(phone.admin_password)
        device = office.composer.device(phone)
        own = next(file.path for file in family.files(device) if file.secret)
        told = family.render(device, own).content.decode()
        assert (phone.admin_password in told) == (family.name not in WITHOUT)
    assert len(passwords) == 2


# -- what is shown and said ------------------------------------------------------------------


@by_family
def test_no_secret_is_logged_shown_or_kept_where_it_does_not_belong(office, family, caplog):
    caplog.set_level(logging.DEBUG)
    mac = mac_of(family)
    office.adoption.expect(mac, family.models[0].name)
    office.adopt(mac)
    office.open_window()
    phone = office.register.phone(mac)
    device = office.composer.device(phone)
    for file in family.files(device):
        office.get(file.path, agent="")
    phone = office.register.phone(mac)
    for file in family.files(device):
        office.get(f"p/{phone.token}/{file.path}", agent="")
    office.get(f"p/{new_token()}/{FILE}", source=THIEF)
    secrets = (office.password(), phone.admin_password, phone.token)
    shown = str(office.composer.settings(office.composer.device(phone)))
    for secret in secrets:
        assert secret not in caplog.text
        assert secret not in shown
        assert secret not in repr(phone)
        assert secret not in str(dict(phone.served))
        assert secret not in repr(office.composer.device(phone).accounts)
    assert "<secret " in shown


def test_files_for_everybody_hold_nobody_s_secret(office):
    """Common files are given without a token, while the window is open, to anybody."""
    office.adopt()
    office.open_window()
    phone = office.register.phone(MAC)
    for family in families():
        for model in family.models[:3]:
            device = office.composer.stranger(family.name, model.vendor, model.name)
            for file in family.files(device):
                answer = family.answers(file.path)
                if answer is None or answer.mac or answer.kind is FileKind.DEVICE:
                    continue
                reply = office.get(file.path, agent="")
                text = reply.content.decode() if reply else ""
                assert office.password() not in text
                assert phone.admin_password not in text
                assert not re.search(r"/p/[0-9a-f]{32}", text)


# -- sweeps ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["http", "https", "tftp"])
def test_a_sweep_ends_in_a_ban_whatever_it_comes_by(office, transport):
    office.adopt()
    asked = [f"00156500{n:04x}.cfg" for n in range(MOST_WRONG + 1)]
    for path in asked:
        assert office.get(path, source=THIEF, agent="", transport=transport) is None
    assert office.guard.banned() == (THIEF,)
    assert office.guard.misses == len(asked)


@pytest.mark.parametrize("transport", ["http", "tftp"])
@pytest.mark.parametrize("place", [30, 200, 399])
def test_in_the_open_window_a_sweep_is_over_before_it_finds_who_is_expected(
    office, transport, place
):
    expected = f"00156500{place:04x}"
    office.adopt(expected)
    office.open_window()
    stolen = [
        reply.content
        for n in range(400)
        if (reply := office.get(f"00156500{n:04x}.cfg", source=THIEF, transport=transport))
    ]
    assert len(stolen) <= MOST_MET  # pointers, to those it invented itself
    assert not any(office.password().encode() in content for content in stolen)
    assert office.guard.banned() == (THIEF,)
    found = office.get(f"{expected}.cfg", source="127.0.0.9", agent="")
    assert found is not None
    assert office.password().encode() in found.content


def test_a_sweep_by_pnp_is_told_little_and_banned(office):
    office.open_window()
    told = []
    for n in range(200):
        told.append(office.desk.pnp(question(f"00156500{n:04x}"), THIEF))
    assert sum(address is not None for address in told) <= MOST_MET
    assert office.guard.banned() == (THIEF,)


def test_a_ban_is_the_sweeper_s_alone(office):
    office.adopt()
    office.open_window()
    token = token_in(office.get(FILE).content.decode())
    for n in range(MOST_WRONG + MOST_MET + 1):
        office.get(f"00156500{n:04x}.cfg", source=THIEF, agent="")
    assert office.get(f"p/{token}/{FILE}", source=THIEF, agent=AGENT) is None
    assert office.get(f"p/{token}/{FILE}", agent=AGENT) is not None


def test_refusals_are_one_and_the_same_object_to_whoever_asks(office):
    """Unknown, known, adopted, revoked, banned, foreign: the desk says nothing else than None."""
    office.adopt()
    office.open_window()
    token = token_in(office.get(FILE).content.decode())
    office.register.open(0.0)
    asked = {
        "known": (FILE, "127.0.0.2"),
        "unknown": ("001565ffffff.cfg", "127.0.0.2"),
        "no maker": ("ffeeddccbbaa.cfg", "127.0.0.2"),
        "wrong token": (f"p/{new_token()}/{FILE}", "127.0.0.2"),
        "another's file": (f"p/{token}/001565ffffff.cfg", "127.0.0.2"),
        "firmware": (f"p/{token}/firmware/x.rom", "127.0.0.2"),
        "media": (f"p/{token}/media/x.png", "127.0.0.2"),
        "climbing": (f"p/{token}/../{FILE}", "127.0.0.2"),
        "foreign": (f"p/{token}/{FILE}", "192.0.2.9"),
    }
    assert {name: office.get(path, source=source) for name, (path, source) in asked.items()} == (
        dict.fromkeys(asked)
    )
