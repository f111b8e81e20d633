"""A box is found where its machine is."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from firmware.box import address, birth, first
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site

OFFICE = IPv4Address("192.168.7.20")
OTHER = IPv4Address("10.1.2.3")
OURS = IPv4Address("169.254.4.4")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(address, "FIRST_SECRETS", tmp_path / "first.json")
    monkeypatch.setattr(address, "way_out", lambda: None)
    return Home(tmp_path / "box")


def _site(home: Home) -> Site:
    return history.load_current(home)[1]


@pytest.mark.parametrize(
    ("own", "way", "found"),
    [
        ({OFFICE, OTHER}, OTHER, OTHER),
        ({OFFICE, OURS}, None, OFFICE),
        ({OURS}, None, OURS),
        ({OFFICE}, OTHER, OFFICE),
        (set(), None, None),
    ],
)
def test_where_the_office_finds_us(
    own: set[IPv4Address], way: IPv4Address | None, found: IPv4Address | None
) -> None:
    assert address.preferred(own, way) == found


def test_a_new_box_is_born_at_the_machines_address_on_its_ports(home: Home) -> None:
    address.settle(home, lambda: [OFFICE])
    site = _site(home)
    network = site.network
    assert {network.sip_address, network.media_address, network.console_address} == {OFFICE}
    assert site.provisioning.address == OFFICE
    assert (network.console_port, site.provisioning.tftp_port) == (80, 69)
    assert site.line == ()
    assert [one.number for one in site.extension] == ["101", "102", "103", "104"]
    assert birth.OWNER in address.FIRST_SECRETS.read_text()
    assert address.FIRST_SECRETS.stat().st_mode & 0o777 == 0o600


def test_a_box_moves_with_its_machine_and_keeps_what_a_person_set(home: Home) -> None:
    address.settle(home, lambda: [OFFICE])
    before = history.versions(home)
    address.settle(home, lambda: [OFFICE])
    assert history.versions(home) == before
    address.settle(home, lambda: [OTHER])
    site = _site(home)
    assert site.network.sip_address == OTHER
    assert site.network.console_port == 80
    assert history.versions(home)[0].author == "box"


def test_without_a_network_the_box_starts_all_the_same(home: Home) -> None:
    address.settle(home, list, wait_s=0.0)
    assert _site(home).network.sip_address.is_loopback


def test_a_static_address_of_the_machine_stays() -> None:
    site = address.moved(first.site(0), [OFFICE], OFFICE)
    assert address.moved(site, [OTHER, OFFICE], OTHER) is site


def test_a_cable_that_is_out_moves_nobody() -> None:
    site = address.moved(first.site(0), [OFFICE], OFFICE)
    assert not address.is_elsewhere(site, [])
    assert not address.is_elsewhere(site, [OURS])
    assert not address.is_elsewhere(site, [OFFICE])
    assert address.is_elsewhere(site, [OTHER])


def test_tells_what_others_need_who_open_no_database(home: Home, tmp_path: Path) -> None:
    address.settle(home, lambda: [OFFICE])
    address.tell(home, tmp_path)
    assert (tmp_path / "country").read_text() == "ir\n"
    assert (tmp_path / "console").read_text() == f"{OFFICE}:80\n"


def test_the_address_of_a_slow_router_takes_the_place_of_our_own(home: Home) -> None:
    address.settle(home, lambda: [OURS], wait_s=0.0)
    site = _site(home)
    assert site.network.sip_address == OURS
    assert address.is_elsewhere(site, [OURS, OFFICE])
    address.settle(home, lambda: [OURS, OFFICE])
    assert _site(home).network.sip_address == OFFICE


def test_a_power_cut_at_birth_leaves_no_box_with_simulated_lines(home: Home) -> None:
    home.make()
    birth.give_birth(home, 0)
    address.settle(home, lambda: [OFFICE])
    assert _site(home).line == ()
    assert _site(home).network.console_port == 80


def test_what_is_read_again_and_again_is_made_of_its_text_once(home: Home) -> None:
    now = birth.SiteNow(home)
    assert now.read() is None
    address.settle(home, lambda: [OFFICE])
    first_read = now.read()
    assert first_read is not None
    assert now.read() is first_read
    address.settle(home, lambda: [OTHER])
    moved = now.read()
    assert moved is not None
    assert moved.network.sip_address == OTHER
