"""What the technician does with telephones, over the link, and what they then get."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from firmware.link.api import ProvisionApi
from firmware.link.client import Refused
from firmware.link.phones import KeyRow
from provisioning.device import FileKind
from provisioning.phones import family_of
from tests.contract.provisioned import (
    AGENT,
    FILE,
    MAC,
    curl,
    password_of,
    token_in,
)
from tests.rig.until import until

# -- the technician ----------------------------------------------------------------------------


def test_preview_and_difference_hide_every_secret(fresh, own):
    password, token = password_of(fresh.site, "101"), token_in(own)
    with fresh.control() as link:
        files = {file.path: file.text for file in link.call(ProvisionApi.preview, MAC)}
        link.call(ProvisionApi.set_override, MAC, "account.1.display_name", "علی & «B»")
        (change,) = link.call(ProvisionApi.changes, MAC)
    assert password not in str(files)
    assert token not in str(files)
    assert "account.1.password = <secret " in files[FILE]
    assert (change.name, change.sent, change.now) == (
        *("account.1.display_name", "Support 1", "علی & «B»"),
    )
    assert not fresh.phone(MAC).is_current
    assert "علی" in curl(own + FILE).text
    assert fresh.phone(MAC).is_current


def test_an_override_stays_and_can_be_taken_back(fresh, own):
    with fresh.control() as link:
        link.call(ProvisionApi.set_override, MAC, "account.1.dtmf.type", "2")
        link.call(ProvisionApi.assign, MAC, ("102",))
    assert "account.1.dtmf.type = 2" in curl(own + FILE).text
    with fresh.control() as link:
        assert link.call(ProvisionApi.overrides, MAC) == {"account.1.dtmf.type": "2"}
        link.call(ProvisionApi.drop_override, MAC, "account.1.dtmf.type")
    assert "account.1.dtmf.type = 1" in curl(own + FILE).text


@pytest.mark.parametrize(
    ("name", "value"),
    [("no.such.parameter", "1"), ("account.1.label", "x\naccount.1.password = stolen")],
)
def test_an_override_nobody_could_write_is_refused(fresh, own, name, value):
    with fresh.control() as link, pytest.raises(Refused) as refused:
        link.call(ProvisionApi.set_override, MAC, name, value)
    assert refused.value.kind == "ValueError"


def test_keys_are_laid_out(fresh, own):
    keys = (
        KeyRow(kind="line", value="", label="", account=1),
        KeyRow(kind="night", value="*81", label="شب", account=1),
        KeyRow(kind="park", value="701", label="Park", account=1),
    )
    with fresh.control() as link:
        link.call(ProvisionApi.set_keys, MAC, keys)
    told = curl(own + FILE).text
    assert "linekey.2.value = *81" in told
    assert "linekey.3.type = 10" in told
    with fresh.control() as link:
        with pytest.raises(Refused, match="no kind of key"):
            link.call(
                *(ProvisionApi.set_keys, MAC),
                (KeyRow(kind="teleport", value="", label="", account=1),),
            )
        link.call(ProvisionApi.set_keys, MAC, None)
    assert "linekey.2.value = 102" in curl(own + FILE).text


@pytest.mark.parametrize(
    ("extensions", "words"),
    [
        (("999",), "no extension 999"),
        (("201",), "no SIP account"),
        (("101", "101"), "twice"),
    ],
)
def test_an_impossible_choice_is_refused(fresh, extensions, words):
    with fresh.control() as link:
        link.call(ProvisionApi.expect, mac=MAC, model="T46G")
        with pytest.raises(Refused, match=words):
            link.call(ProvisionApi.assign, MAC, extensions)


def test_firmware_goes_to_a_share_and_to_nobody_else(fresh, own):
    folder = fresh.home.provision / "firmware"
    image = bytes(range(256)) * 4096
    (folder / "T46G-28.86.0.1.rom").write_bytes(image)
    with fresh.control() as link:
        offer = {"name": "T46G-28.86.0.1.rom", "vendor": "yealink", "model": "t46g"}
        link.call(ProvisionApi.offer_firmware, **offer, version="28.86.0.1", share=0, first=(MAC,))
        (row,) = link.call(ProvisionApi.firmware)
        assert (row.meant, row.has_it, row.share, row.bytes) == (1, 0, 0, len(image))
        assert "static.firmware.url = " in curl(own + FILE).text
        got = curl(own + "firmware/T46G-28.86.0.1.rom")
        assert got.body == image
        part = curl(own + "firmware/T46G-28.86.0.1.rom", "-H", "Range: bytes=1000-1999")
        assert (part.status, part.body) == (206, image[1000:2000])
        link.call(ProvisionApi.offer_firmware, **offer, version="28.86.0.1", share=0, first=())
        assert curl(own + "firmware/T46G-28.86.0.1.rom").status == 404
        link.call(ProvisionApi.offer_firmware, **offer, version="28.86.0.1", share=100, first=())
        assert curl(own + "firmware/T46G-28.86.0.1.rom").status == 200
        agent = AGENT.replace("28.83.0.120", "28.86.0.1")
        curl(own + FILE, agent=agent)
        assert link.call(ProvisionApi.firmware)[0].has_it == 1
        link.call(ProvisionApi.withdraw_firmware, "T46G-28.86.0.1.rom")
    assert not (folder / "T46G-28.86.0.1.rom").exists()


def test_a_share_is_about_a_share(tmp_path):
    from provisioning.devices import _share  # noqa: PLC0415

    chosen = [n for n in range(4000) if _share(f"0015650{n:05x}", "a.rom") < 25]
    assert 800 < len(chosen) < 1200
    more = [n for n in range(4000) if _share(f"0015650{n:05x}", "a.rom") < 50]
    assert set(chosen) <= set(more)


def test_the_router_s_words_are_whole_addresses(box):
    with box.control() as link:
        options = link.call(ProvisionApi.router_options)
    assert any(option.code == 66 and option.value == box.base for option in options)
    assert all(option.families for option in options)


def test_a_softphone_s_address_is_complete_and_revocable(fresh):
    with fresh.control() as link:
        ident = link.call(ProvisionApi.add_softphone, "103")
        address = link.call(ProvisionApi.address_of, ident)
        got = curl(address, agent="Unknown")
        assert got.status == 200
        ET.fromstring(got.text)
        assert password_of(fresh.site, "103") in got.text
        link.call(ProvisionApi.revoke, ident)
    assert curl(address, agent="Unknown").status == 404


# -- restarts and the log ------------------------------------------------------------------------


def test_it_survives_a_kill_with_all_it_knows(fresh, own):
    fresh.kill("provision")
    fresh.start("provision")
    assert curl(own + FILE).status == 200
    assert fresh.phone(MAC).extensions == ("101",)


def test_no_secret_is_in_any_log(box):
    """Last: everything above has been logged."""
    said = box.log("provision")
    assert "fetched" in said
    for extension in box.site.extension:
        if extension.password is not None:
            assert extension.password.get_secret_value() not in said
    assert not re.search(r"[0-9a-f]{32}", said)
    assert not re.search(r"/p/", said)
    assert "Traceback" not in said


def test_every_file_a_family_names_is_served_with_the_token(fresh):
    """The family's own list of files and what it answers to are one."""
    fresh.admit(MAC, "101")
    token = fresh.token(MAC, FILE, AGENT)
    with fresh.control() as link:
        names = [file.path for file in link.call(ProvisionApi.preview, MAC)]
    assert len(names) >= 3
    family = family_of("yealink")
    for name in names:
        assert family.answers(name).kind is not FileKind.ABSENT
        until(lambda name=name: curl(f"{fresh.base}p/{token}/{name}").status == 200, 2.0, name)
