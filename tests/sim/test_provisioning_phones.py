"""Telephones that configured themselves, at the exchange: they register, call, and fetch again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.rollout import Uptake, roll_out
from firmware.link.api import ProvisionApi
from tests.contract.provisioned import AGENT, FILE, MAC, Provisioned, curl, password_of
from tests.contract.raw_sip import Telephone
from tests.rig.linphone import Linphone
from tests.rig.telephone import Account
from tests.rig.telephones import Telephones
from tests.rig.until import until


@pytest.fixture(scope="module")
def box() -> Iterator[Provisioned]:
    with Provisioned("kamailio", "edge", "switchd") as made:
        yield made


@pytest.fixture
def telephones(box: Provisioned, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made


def softphone(box: Provisioned, number: str) -> tuple[str, str]:
    """A softphone's id and address."""
    with box.control() as link:
        ident = link.call(ProvisionApi.add_softphone, number)
        return ident, link.call(ProvisionApi.address_of, ident)


def test_linphone_fetches_registers_and_talks(
    box: Provisioned, telephones: Telephones, tmp_path: Path
) -> None:
    """It is told an address and nothing else: no number, no password, no server."""
    ident, address = softphone(box, "102")
    account = Account(number="102", password="", server=box.sip_server)
    linphone = Linphone(account, tmp_path / "fetched", box.ports, tone_hz=1000, address=address)
    telephones.on_leaving(linphone.stop)
    linphone.expect("registered", timeout_s=20.0)
    linphone.use_files()
    row = box.phone(ident)
    assert (row.state, row.last_result, row.is_current) == ("adopted", "complete", True)

    other = telephones.baresip("101")
    other.dial("102")
    linphone.expect("incoming")
    linphone.answer()
    other.expect("established")
    linphone.expect("established")
    for one in (linphone, other):
        until(lambda one=one: one.heard().length_s > 2.0, 8.0, "it hears")  # type: ignore[misc]
    assert abs(other.heard().frequency_hz() - 1000) < 3
    assert abs(linphone.heard().frequency_hz() - 440) < 3
    linphone.hang_up()
    other.expect("ended")


def test_a_telephone_that_asks_while_switchd_restarts_gets_its_file(box: Provisioned) -> None:
    _ident, address = softphone(box, "103")
    box.kill("switchd")
    try:
        assert password_of(box.site, "103") in curl(address, agent="Unknown").text
    finally:
        box.start("switchd")
    assert curl(address, agent="Unknown").status == 200


# -- resync ----------------------------------------------------------------------------------


@pytest.fixture
def desk_phone(box: Provisioned) -> Iterator[tuple[Telephone, str]]:
    """A Yealink that has its files and is registered, and its own address."""
    with box.control() as link:
        for row in link.snapshot().get("phone", ()):
            link.call(ProvisionApi.forget, row.id)
    box.admit(MAC, "104")
    own = f"{box.base}p/{box.token(MAC, FILE, AGENT)}/{FILE}"
    network = box.network
    server = (str(network.sip_address), network.sip_port)
    telephone = Telephone(server, number="104", password=password_of(box.site, "104"))
    with closing(telephone):
        answer = telephone.register()
        assert answer is not None
        assert answer.status == 200
        yield telephone, own
        telephone.register(expires_s=0)


def expect_check_sync(telephone: Telephone, timeout_s: float = 6.0) -> str:
    """Wait for the NOTIFY and accept it; the Event."""
    notify = telephone.receive_request("NOTIFY", timeout_s)
    assert notify is not None, "no NOTIFY came"
    telephone.reply(notify, "200 OK")
    return notify.get("Event")


def test_after_a_change_a_telephone_is_told_in_its_own_dialect_and_fetches(
    box: Provisioned, desk_phone: tuple[Telephone, str]
) -> None:
    telephone, own = desk_phone
    with box.control() as link:
        link.call(ProvisionApi.set_override, MAC, "account.1.label", "Reception")
    assert expect_check_sync(telephone) == "check-sync;reboot=false"
    until(lambda: box.phone(MAC).resync == "sent", 3.0, "it says so")
    assert not box.phone(MAC).is_current
    assert "account.1.label = Reception" in curl(own).text
    assert (box.phone(MAC).is_current, box.phone(MAC).resync) == (True, "")


def test_a_new_site_configuration_reaches_the_telephones_it_changes(
    box: Provisioned, desk_phone: tuple[Telephone, str]
) -> None:
    telephone, own = desk_phone
    _number, text = history.current_text(box.home)
    changed = re.sub(r"name: Sales 2\b", "name: فروش", text)
    number = history.apply(box.home, changed, "test", "")
    told = {one.daemon: one.uptake for one in roll_out(box.home, number)}
    assert told["provision"] is Uptake.TAKEN
    assert expect_check_sync(telephone) == "check-sync;reboot=false"
    assert "account.1.display_name = فروش" in curl(own).text


def test_a_reboot_is_another_word(box: Provisioned, desk_phone: tuple[Telephone, str]) -> None:
    telephone, _own = desk_phone
    with box.control() as link:
        link.call(ProvisionApi.resync, MAC, True)
    assert expect_check_sync(telephone) == "check-sync;reboot=true"


def test_nobody_is_told_in_the_middle_of_a_call(
    box: Provisioned, desk_phone: tuple[Telephone, str], telephones: Telephones
) -> None:
    telephone, _own = desk_phone
    caller = telephones.baresip("101")
    caller.dial("104")
    invite = telephone.receive_request("INVITE", 5.0)
    assert invite is not None
    telephone.reply(invite, "180 Ringing")
    with box.control() as link:
        link.call(ProvisionApi.set_override, MAC, "account.1.label", "Busy")
    until(lambda: box.phone(MAC).resync == "waiting", 3.0, "it waits")
    assert telephone.receive_request("NOTIFY", 3.0) is None
    telephone.reply(invite, "486 Busy Here")
    assert telephone.receive_request("ACK", 5.0) is not None
    caller.expect("ended")
    assert expect_check_sync(telephone, 8.0) == "check-sync;reboot=false"


def test_a_telephone_that_lost_its_extension_is_told_while_it_is_still_registered(
    box: Provisioned, desk_phone: tuple[Telephone, str]
) -> None:
    telephone, own = desk_phone
    with box.control() as link:
        link.call(ProvisionApi.assign, MAC, ())
    assert expect_check_sync(telephone) == "check-sync;reboot=false"
    told = curl(own).text
    assert password_of(box.site, "104") not in told
    assert "account.1.enable = 0" in told
    assert box.phone(MAC).last_result == "pointer"


def test_a_telephone_that_is_not_registered_is_said_to_be_away_and_told_when_it_is(
    box: Provisioned, desk_phone: tuple[Telephone, str]
) -> None:
    telephone, own = desk_phone
    telephone.register(expires_s=0)
    with box.control() as link:
        link.call(ProvisionApi.set_override, MAC, "account.1.label", "Away")
    until(lambda: box.phone(MAC).resync == "away", 8.0, "it is said to be away")
    assert telephone.receive_request("NOTIFY", 1.0) is None
    answer = telephone.register()
    assert answer is not None
    assert answer.status == 200
    assert expect_check_sync(telephone, 12.0) == "check-sync;reboot=false"
    assert "account.1.label = Away" in curl(own).text
    assert (box.phone(MAC).is_current, box.phone(MAC).resync) == (True, "")


def test_a_call_says_how_to_ring(
    box: Provisioned, desk_phone: tuple[Telephone, str], telephones: Telephones
) -> None:
    """The word in the INVITE is the word the telephone's file names."""
    telephone, own = desk_phone
    _number, text = history.current_text(box.home)
    changed = text.replace("ring_internal: 0", "ring_internal: 4")
    number = history.apply(box.home, changed, "test", "")
    roll_out(box.home, number)
    assert expect_check_sync(telephone) == "check-sync;reboot=false"
    told = curl(own).text
    assert "distinctive_ring_tones.alert_info.1.text = internal" in told
    assert "distinctive_ring_tones.alert_info.1.ringer = 4" in told
    caller = telephones.baresip("101")
    caller.dial("104")
    invite = telephone.receive_request("INVITE", 5.0)
    assert invite is not None
    assert invite.get("Alert-Info") == "<http://127.0.0.1>;info=internal"
    telephone.reply(invite, "486 Busy Here")
    caller.expect("ended")


def test_a_telephone_that_is_away_is_told_later(
    box: Provisioned, desk_phone: tuple[Telephone, str]
) -> None:
    """switchd is away: the wish waits, and is told when switchd is back."""
    telephone, _own = desk_phone
    box.kill("switchd")
    try:
        with box.control() as link:
            link.call(ProvisionApi.resync, MAC, False)
        until(lambda: box.phone(MAC).resync == "waiting", 3.0, "it waits")
    finally:
        box.start("switchd")
    assert expect_check_sync(telephone, 8.0) == "check-sync;reboot=false"
