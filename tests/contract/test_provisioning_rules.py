"""What telephones really ask for, by rule and not by recording: names in every spelling, firmware
checks, files asked for by habit, HEAD, conditional requests, credentials offered unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioning.device import FileKind
from provisioning.phones import families
from provisioning.phones.family import Family
from provisioning.roll_out import Wanted, offer
from tests.contract.provisioned import AGENT, FILE, MAC, Office, curl, password_of, token_in

ASKING = [
    family
    for family in families()
    if family.ouis and any(rule.secret and rule.path for rule in family.rules)
]
by_family = pytest.mark.parametrize("family", ASKING, ids=lambda family: family.name)

FIRMWARE_CHECKS = (
    *("gxp1600fw.bin", "grp2614fw.bin", "ht802fw.bin", "grandstream/gxp2160fw.bin", "gs_cfg.bin"),
    *("T46G-28.86.0.1.rom", "sip.ver", "sip.ld", "3111-46161-001.sip.ld", "6867i.st"),
    *("security.tuz", "spa504G-7-6-2.bin", "fw903M.rom", "x4-6935-RECOVERY.z"),
    *("FW_S_J179_R4_1_3.bin", "snomD785-firmware.htm", "master.bin", "42/2/fw111.bin"),
    *("dialplan.xml", "RINGLIST.XML"),
)


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def mac_of(family: Family) -> str:
    """A MAC address of the maker; Snom's and Gigaset's are one another's."""
    return f"{family.ouis[0]}4aa937"


def adopted(office: Office, family: Family) -> tuple[str, list[str], str]:
    """A telephone of the family with its token: its own files' paths, those with its password."""
    mac = mac_of(family)
    office.adoption.expect(mac, family.models[0].name)
    office.adopt(mac)
    office.open_window()
    device = office.composer.device(office.register.phone(mac))
    names = [file.path for file in family.files(device)]
    secret = next(file.path for file in family.files(device) if file.secret)
    reply = office.get(secret, agent="")
    assert reply is not None, secret
    phone = office.register.phone(mac)
    office.register.open(0.0)
    return phone.token, names, secret


@by_family
def test_every_name_is_answered_however_it_is_written(office, family):
    token, names, secret = adopted(office, family)
    password = office.password().encode()
    for name in names:
        spellings = {name, name.upper(), name.lower(), f"/{name}", f"{name}%00", f"{name}?v=1"}
        answered = {
            spelling: office.get(f"p/{token}/{spelling}", agent="") for spelling in spellings
        }
        assert None not in answered.values(), answered
        holding = [password in reply.content for reply in answered.values()]
        assert all(holding) if name == secret else not any(holding)


@by_family
def test_what_it_asks_for_by_habit_is_absent_and_bans_nobody(office, family):
    token, _names, _secret = adopted(office, family)
    mac = mac_of(family)
    habits = (*FIRMWARE_CHECKS, f"{mac}-app.log", f"{mac}.bin", f"{mac}-license.cfg", "favicon.ico")
    for _ in range(3):
        for path in habits:
            reply = office.get(f"p/{token}/{path}", agent="")
            assert reply is None or office.password().encode() not in reply.content, path
    assert office.guard.banned() == ()
    assert office.guard.misses == 0


def test_firmware_checks_of_a_telephone_nobody_knows_ban_nobody(office):
    for _ in range(10):
        for path in FIRMWARE_CHECKS:
            assert office.get(path, agent="") is None
    assert office.guard.banned() == ()


@by_family
def test_looking_before_fetching_takes_nothing(office, family):
    """HEAD, then GET: the second one still has everything."""
    mac = mac_of(family)
    office.adoption.expect(mac, family.models[0].name)
    office.adopt(mac)
    office.open_window()
    device = office.composer.device(office.register.phone(mac))
    secret = next(file.path for file in family.files(device) if file.secret)
    looked = office.get(secret, agent="", looks=True)
    assert looked is not None
    assert office.password().encode() not in looked.content
    got = office.get(secret, agent="")
    assert got is not None
    assert office.password().encode() in got.content


@by_family
def test_firmware_is_found_where_this_maker_looks_for_it(office, family, tmp_path):
    """Some want an address, some a folder, some only the file's name."""
    token, _names, _secret = adopted(office, family)
    folder = office.home.provision / "firmware"
    folder.mkdir(exist_ok=True)
    (folder / "maker.bin").write_bytes(b"firmware")
    office.desk.firmware_folder = folder
    model = family.models[0]
    wanted = Wanted(
        name="maker.bin", vendor=model.vendor, model="", version="9", share=100, first=()
    )
    offer(office.register, office.home, wanted, 1.0)
    told = family.preview(office.composer.device(office.register.phone(mac_of(family))))
    assert any("firmware" in value or "maker.bin" in value for value in told.values()) or (
        family.name in ("gigaset", "gigaset_desk", "digium", "polycom", "snom", "zenitel")
    )
    for path in ("firmware/maker.bin", "maker.bin"):
        reply = office.get(f"p/{token}/{path}", agent="")
        assert reply is not None
        assert reply.file is not None
        assert reply.file.read_bytes() == b"firmware"
    assert office.get(f"p/{token}/firmware/other.bin", agent="") is None


def test_every_family_s_first_file_is_known_by_its_name_and_maker(office):
    """Who asks before anybody knows it is shown with its vendor, told by the request alone."""
    for family in ASKING:
        mac = f"{family.ouis[0]}00beef"
        model = family.models[0]
        device = office.composer.stranger(family.name, model.vendor, model.name)
        files = family.files(replace(device, mac=mac))
        own = next(file.path for file in files if file.kind is FileKind.DEVICE)
        assert office.get(own, agent="", source="127.0.7.7") is None
        seen = office.register.find(mac)
        if family.name not in ("snom", "gigaset", "gigaset_desk", "linphone"):  # a shared prefix
            assert seen is not None, family.name
            assert seen.vendor == family.vendors[0], family.name
        office.guard.pardon("127.0.7.7")


# -- over HTTP --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        ("-u", "admin:wrong"),
        ("-H", "If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT"),
        ("-H", 'If-None-Match: "abc"'),
        ("-H", "Accept: application/xml"),
        ("-H", "Accept-Encoding: gzip, deflate"),
        ("-H", "Connection: close", "--http1.0"),
        ("-H", "Range: bytes=0-"),
        ("-H", "Pragma: no-cache"),
        ("-H", "X-Linphone-Provisioning: 1"),
    ],
    ids=lambda more: " ".join(more)[:24],
)
def test_what_a_telephone_says_besides_changes_nothing(fresh, own, more):
    plain = curl(own + FILE)
    got = curl(own + FILE, *more)
    assert got.status in (200, 206)
    assert got.body == plain.body
    assert got.header("Content-Encoding") == ""


def test_nobody_is_asked_for_a_name_and_password(fresh):
    """A 401 would make some telephones show a form and others give up."""
    got = curl(fresh.base + FILE, "-u", "PlcmSpIp:PlcmSpIp")
    assert got.status == 404
    assert got.header("WWW-Authenticate") == ""


def test_a_doubled_slash_leads_to_the_same_file(fresh, own):
    assert curl(own + "/" + FILE).status == 200
    assert curl(own + "/" + FILE.upper()).status == 200


def test_the_first_contact_in_another_spelling_is_the_same_contact(fresh):
    fresh.admit(MAC, "101")
    first = curl(f"{fresh.base}{MAC.upper()}.CFG", agent=AGENT)
    assert password_of(fresh.site, "101") in first.text
    assert len(token_in(first.text)) == 32
    assert curl(f"{fresh.base}{FILE}", agent=AGENT).status == 404
    assert curl(f"{fresh.base}/{FILE}", agent=AGENT).status == 404
