"""What families write: known words only, well-formed, nothing secret where it is not meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from provisioning import table
from provisioning.device import (
    Contact,
    FileKind,
    Key,
    KeyKind,
    Unwritable,
)
from provisioning.lint import unknown
from provisioning.phones import families, family_of, softphone
from provisioning.phones.family import Family, Model
from tests.unit.phone_samples import (
    ADMIN,
    HOSTILE,
    PASSWORD,
    QUOTELESS,
    SAMPLES,
    account,
    golden_files,
    sample,
    told,
)

WRITTEN = [family for family in families() if family.name in SAMPLES]
by_family = pytest.mark.parametrize("family", WRITTEN, ids=lambda family: family.name)


@by_family
def test_every_model_is_told_known_words_only(family: Family) -> None:
    strange = {
        model.name: unknown(family, family.preview(sample(family, model)))
        for model in family.models
    }
    assert {name: words for name, words in strange.items() if words} == {}


def test_the_lint_finds_an_invented_word() -> None:
    assert unknown(family_of("yealink"), ["account.1.enable", "account.1.enalbed"]) == (
        "account.1.enalbed",
    )
    assert unknown(family_of("grandstream"), ["P47", "P99999"]) == ("P99999",)
    assert unknown(family_of("fanvil"), ["sip/line!7/PhoneNumber", "sip/line!7/PhoneNo"]) == (
        "sip/line!7/PhoneNo",
    )


@by_family
def test_each_file_a_model_asks_for_is_answered_and_well_formed(family: Family) -> None:
    for model in family.models:
        device = sample(family, model)
        for name in family.files(device):
            answer = family.answers(name.path)
            rendered = family.render(device, name.path)
            assert answer is not None, name
            assert answer.kind is name.kind, name
            assert rendered is not None, name
            if rendered.content_type.startswith("text/xml"):
                ET.fromstring(rendered.content)
            else:
                rendered.content.decode("utf-8")


@by_family
def test_a_password_stands_in_the_telephones_own_file_and_in_no_other(family: Family) -> None:
    for model in family.models:
        device = sample(family, model)
        secrets = [
            name.path
            for name in family.files(device)
            if holds_secret(family.render(device, name.path).content)  # type: ignore[union-attr]
        ]
        assert secrets == [name.path for name in family.files(device) if name.secret]
        assert len(secrets) == 1, model.name


def holds_secret(content: bytes) -> bool:
    return PASSWORD.encode() in content or ADMIN.encode() in content


@by_family
def test_a_pointer_carries_no_secret_even_in_the_telephones_own_file(family: Family) -> None:
    model = family.models[0]
    device = sample(family, model).pointer()
    for name in family.files(device):
        rendered = family.render(device, name.path)
        assert rendered is not None
        assert not holds_secret(rendered.content)


@by_family
@pytest.mark.parametrize("letter", ["\n", "\r", "\0", "\x85", "\u2028", "\x1b"])
def test_a_name_that_would_begin_a_line_is_refused(family: Family, letter: str) -> None:
    hostile = f"Ali{letter}account.1.password: stolen"
    device = sample(family, family.models[0], hostile)
    own = next(name.path for name in family.files(device) if name.secret)
    with pytest.raises(Unwritable, match=r"U\+00|U\+2028"):
        family.render(device, own)


@by_family
def test_an_override_is_checked_like_the_rest(family: Family) -> None:
    device = replace(sample(family, family.models[0], "plain"), overrides={"x": "a\nb = c"})
    own = next(name.path for name in family.files(device) if name.secret)
    with pytest.raises(Unwritable, match=r"^x: "):
        family.render(device, own)


def test_an_override_replaces_what_we_say() -> None:
    assert told("yealink", "T46G", overrides={"lang.gui": "Arabic"})["lang.gui"] == "Arabic"


@pytest.mark.parametrize("family", ["panasonic", "avaya"])
def test_where_nothing_escapes_a_quotation_mark_names_go_without(family: str) -> None:
    """A telephone with a plainer name is better than one without its file."""
    found = family_of(family)
    device = sample(found, found.models[0], HOSTILE)
    own = next(name.path for name in found.files(device) if name.secret)
    rendered = found.render(device, own)
    assert rendered is not None
    assert "علی 'A&B' <x> ]]> 'y'".encode() in rendered.content
    with pytest.raises(Unwritable, match="'\"' cannot be escaped"):
        found.render(replace(device, admin_password='a"b'), own)


@pytest.mark.parametrize(("family", "model"), [("cisco", "SPA504G"), ("avaya", "J179")])
def test_a_separator_cannot_begin_a_part_of_its_own(family: str, model: str) -> None:
    empty = (Key(kind=KeyKind.NONE),) * 3
    said = told(family, model, keys=(*empty, Key(kind=KeyKind.BLF, value="1", label="a;ext=9")))
    assert any("a,ext-9" in value for value in said.values())
    assert not any(";ext=9" in value for value in said.values())
    with pytest.raises(Unwritable, match="';' cannot be escaped"):
        told(family, model, keys=(*empty, Key(kind=KeyKind.BLF, value="1;ext=9")))


def test_a_hostile_contact_is_refused() -> None:
    family = family_of("yealink")
    device = sample(family, family.models[0], "plain")
    device = replace(device, contacts=(Contact(name="a\nb", number="1"),))
    with pytest.raises(Unwritable, match=r"^name: "):
        family.render(device, "phonebook.xml")


@pytest.mark.parametrize(
    ("family", "model", "path", "where"),
    [
        ("snom", "D785", "02005E4AA937.xml", "phone-settings/user_realname"),
        ("fanvil", "X4", "02005e4aa937.cfg", "sip/line/DisplayName"),
        ("cisco", "SPA504G", "02005e4aa937.xml", "Display_Name_1_"),
        ("grandstream", "GXP1628", "cfg02005e4aa937.xml", "config/P3"),
        ("htek", "UC903", "cfg02005e4aa937.xml", "config/P3"),
    ],
)
def test_a_hostile_name_comes_back_from_the_xml_as_it_was(
    family: str, model: str, path: str, where: str
) -> None:
    found = family_of(family)
    known = found.model(model)
    assert known is not None
    rendered = found.render(sample(found, known), path)
    assert rendered is not None
    assert ET.fromstring(rendered.content).findtext(where) == HOSTILE


def test_a_hostile_name_adds_no_line_to_a_text_file() -> None:
    for name in ("yealink", "aastra", "flyingvoice"):
        family = family_of(name)
        lengths = set()
        for shown in ("plain", QUOTELESS, HOSTILE):
            device = sample(family, family.models[0], shown)
            own = next(file.path for file in family.files(device) if file.secret)
            rendered = family.render(device, own)
            assert rendered is not None
            lengths.add(rendered.content.count(b"\n"))
        assert len(lengths) == 1


def test_golden_files_are_as_written() -> None:
    """Read the difference, then ``python -m tests.unit.phone_samples`` writes them anew."""
    changed = [
        str(path)
        for path, content in golden_files().items()
        if not path.is_file() or path.read_bytes() != content
    ]
    assert changed == []


def test_no_golden_file_is_left_over() -> None:
    folder = Path(__file__).with_name("golden")
    there = {path for path in folder.rglob("*") if path.is_file() and path.parent != folder}
    assert there == set(golden_files())


def test_keys_that_are_no_longer_wanted_are_emptied() -> None:
    said = told("yealink", "T46G", keys=(Key(kind=KeyKind.BLF, value="300"),))
    assert (said["linekey.1.type"], said["linekey.2.type"]) == ("16", "0")
    assert said["linekey.27.type"] == "0"
    assert "linekey.28.type" not in said


def test_accounts_that_are_no_longer_wanted_are_switched_off() -> None:
    said = told("yealink", "T46G", accounts=(account(1, "plain"),))
    assert (said["account.1.enable"], said["account.2.enable"]) == ("1", "0")
    assert said["account.16.enable"] == "0"


@by_family
def test_a_change_is_fetched_by_a_notify_of_the_vendors_kind(family: Family) -> None:
    device = sample(family, family.models[0])
    assert family.resync(device).event.startswith(("check-sync", "resync"))
    assert "reboot" in family.resync(device, reboot=True).event or family.name == "polycom"


@by_family
def test_pnp_and_dhcp_lead_to_the_files(family: Family) -> None:
    base = "http://192.0.2.2:8088/p/5f0c3a/"
    url = family.pnp_url(base, mac="02005e4aa937", model=family.models[0].name)
    if url is not None:
        assert url.startswith(base)
        rest = url.removeprefix(base)
        assert not rest or family.answers(rest) is not None, url
    for option in family.dhcp_options(base):
        assert "192.0.2.2" in option.text
        assert option.value == option.text.encode()


def test_dhcp_strings_keep_the_telephones_own_placeholders() -> None:
    base = "http://192.0.2.2:8088/p/5f0c3a/"
    assert family_of("panasonic").dhcp_options(base)[0].text == f"{base}{{MODEL}}.cfg"
    assert family_of("cisco").dhcp_options(base)[0].text == f"{base}$MA.xml"
    avaya = family_of("avaya").dhcp_options(base)[0]
    assert avaya.code == 242
    assert avaya.text == "HTTPSRVR=192.0.2.2,HTTPPORT=8088,HTTPDIR=/p/5f0c3a"


def test_a_path_that_climbs_is_nobodys() -> None:
    assert all(family.answers("../../02005e4aa937.cfg") is None for family in families())


def test_more_than_four_hundred_models_each_once_in_its_family() -> None:
    counted = sum(len(family.models) for family in families())
    assert counted > 400
    for family in families():
        assert all(family.model(model.name) is model for model in family.models), family.name


def test_codes_belong_to_models_that_exist() -> None:
    yealink = family_of("yealink")
    assert yealink.answers("y000000000028.cfg").model == "T46G"  # type: ignore[union-attr]
    assert yealink.answers("y000000000044.cfg").model == ""  # type: ignore[union-attr]
    assert family_of("htek").answers("cfg0016.xml").model == "UC903"  # type: ignore[union-attr]


def test_the_table_in_the_documents_is_as_generated() -> None:
    document = Path(__file__).parents[2] / table.DOCUMENT
    assert document.read_text(encoding="utf-8") == table.document()


def test_qr_codes_work_without_internet() -> None:
    one = account(1, HOSTILE)
    codes = softphone.codes(one, "http://192.0.2.2:8088/p/5f0c3a/linphone/201.xml")
    assert [code.application for code in codes] == ["Linphone", "Sipnetic", "SIP URI"]
    assert not codes[0].secret
    assert PASSWORD not in codes[0].text
    assert f"p={PASSWORD}1;n={HOSTILE}" in codes[1].text
    assert b"displayName=" + HOSTILE.encode() in softphone.microsip(one)
    with pytest.raises(Unwritable, match="';' cannot be escaped"):
        softphone.sipnetic(account(1, "a;p=stolen"))
    with pytest.raises(Unwritable, match=r"U\+000D"):
        softphone.microsip(account(1, "a\r\npassword=stolen"))


def test_an_unknown_model_is_told_all_the_same() -> None:
    family = family_of("yealink")
    unheard = Model(name="T99Z", vendor="Yealink", evidence=family.models[0].evidence, source="")
    device = replace(sample(family, unheard), expansion_keys=())
    rendered = family.render(device, "02005e4aa937.cfg")
    assert rendered is not None
    assert rendered.kind is FileKind.DEVICE
    assert b"account.1.enable = 1" in rendered.content
