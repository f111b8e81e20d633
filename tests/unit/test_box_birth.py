"""What a new box is born with, and that an interrupted birth is completed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.box import birth, first, words
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import LineDriver, Network
from firmware.model.permissions import Role
from firmware.store import users
from firmware.store.db import open_store


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def audio(network: Network) -> set[int]:
    return {
        *range(network.rtp_first, network.rtp_last + 1),
        *range(network.line_rtp_first, network.line_rtp_last + 1),
    }


def single(network: Network) -> set[int]:
    return {
        network.sip_port,
        network.console_port,
        network.inner_edge_port,
        network.inner_switch_port,
        network.inner_lines_port,
    }


def test_two_boxes_1000_apart_share_no_port() -> None:
    boxes = [first.network(offset) for offset in range(0, first.largest_offset() + 1, 1000)]
    assert len(boxes) == 7
    assert boxes[0] == Network()
    for ports in ([audio(box) for box in boxes], [single(box) for box in boxes]):
        assert sum(map(len, ports)) == len(set().union(*ports))


@pytest.mark.parametrize("text", ["-1", "6590", "70000", "abc", "1.5", "", "٣"])
def test_an_unusable_offset_is_refused(text: str) -> None:
    with pytest.raises(first.BadOffset, match="a number from 0 to 6589"):
        first.parse_offset(text)


def test_the_last_offset_is_usable() -> None:
    assert max(audio(first.network(first.parse_offset("6589")))) <= 65535


def test_a_new_box_has_a_valid_office(home: Home) -> None:
    newborn = birth.give_birth(home, offset=0)
    assert newborn is not None
    version, site = history.load_current(home)
    assert version == 1
    assert sorted(newborn.sip_passwords) == ["101", "102", "103", "104"]
    assert {line.name for line in site.line} == {"fxo-1", "fxo-2", "fxs-1", "fxs-2", "gsm-1"}
    assert all(line.driver is LineDriver.SIMULATED for line in site.line)


def test_passwords_are_typeable_and_all_different(home: Home) -> None:
    newborn = birth.give_birth(home, offset=0)
    assert newborn is not None
    passwords = [newborn.owner_password, *newborn.sip_passwords.values()]
    assert len(set(passwords)) == 5
    assert all(re.fullmatch(r"[a-hjkmnp-z2-9]{16}", password) for password in passwords)


def test_the_owner_can_log_in_and_only_a_hash_is_kept(home: Home) -> None:
    newborn = birth.give_birth(home, offset=0)
    assert newborn is not None
    db = open_store(home)
    try:
        user = users.verify(db, birth.OWNER, newborn.owner_password)
        assert user is not None
        assert user.role is Role.OWNER
    finally:
        db.conn.close()
    for path in home.store_db.parent.iterdir():
        assert newborn.owner_password.encode() not in path.read_bytes()


def test_the_second_start_shows_no_password(home: Home) -> None:
    assert birth.give_birth(home, offset=0) is not None
    assert birth.give_birth(home, offset=0) is None
    assert history.load_current(home)[0] == 1


def test_an_interrupted_birth_is_completed(home: Home) -> None:
    history.create_first(home, first.site(0))
    newborn = birth.give_birth(home, offset=0)
    assert newborn is not None
    assert newborn.owner_password
    assert newborn.sip_passwords == {}


def test_the_offset_moves_only_a_new_box(home: Home) -> None:
    birth.give_birth(home, offset=1000)
    birth.give_birth(home, offset=2000)
    assert history.load_current(home)[1].network.sip_port == 6060


def test_the_welcome_names_what_can_be_done_and_no_password(home: Home) -> None:
    newborn = birth.give_birth(home, offset=0)
    assert newborn is not None
    site = history.load_current(home)[1]
    text = words.welcome(site, home, seconds=1.5)
    assert "http://127.0.0.1:8080/" in text
    assert "127.0.0.1:5060" in text
    assert "bench ring fxo-1 --from 02188776655 --digits 1" in text
    assert not any(password in text for password in newborn.sip_passwords.values())
    assert newborn.owner_password not in text
    shown = words.secrets_of(newborn)
    assert newborn.owner_password in shown
    assert all(password in shown for password in newborn.sip_passwords.values())
