"""Who asks: recorded requests and variations of them, told apart by rule."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioning.device import Ask, Evidence, FileKind
from provisioning.identify import families_by_oui, identify, mac_of
from provisioning.phones import families, family_of
from tests.unit.phone_samples import PASSWORD, sample

RECORDED = json.loads(
    Path(__file__).with_name("golden").joinpath("replay_sequences.json").read_text("utf-8")
)["sequences"]
OURS = {"cisco-spa": "cisco", "cisco-mpp": "cisco"}
MODELS = {"N510": "N510 IP PRO", "VVX 400": "VVX400"}
MODELS |= {"ipst": "IP station", "linphonec 5.1.65": "Linphone console"}
DEFAULT_ACCOUNT = "201"


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: f"{row['vendor']}-{row['model']}")
def test_recorded_requests_are_recognised_and_answered(row: dict[str, Any]) -> None:
    family = family_of(OURS.get(row["vendor"], row["vendor"]))
    model = family.model(MODELS.get(row["model"], row["model"])) or family.models[0]
    device = replace(sample(family, model, "plain"), mac=row["mac"] or "")
    for request in row["requests"]:
        path = request.removeprefix("PUT ")
        told = identify(Ask(path=path, user_agent=row["user_agent"] or ""))
        assert told is not None, request
        assert told.family == family.name
        if row["user_agent"] not in (None, "Unknown"):
            assert told.model == model.name
        answer = family.answers(path)
        assert answer is not None, request
        assert answer.secret == (path in row["secret_files"]), request
        if request.startswith("PUT "):
            assert answer.kind is FileKind.UPLOAD
            continue
        rendered = family.render(device, path)
        if answer.kind in (FileKind.ABSENT, FileKind.UPLOAD):
            assert rendered is None
        else:
            assert rendered is not None, request
            assert (PASSWORD.encode() in rendered.content) == answer.secret, request


def test_the_label_replayed_is_given_to_those_and_to_no_other() -> None:
    recorded = {
        (OURS.get(row["vendor"], row["vendor"]), MODELS.get(row["model"], row["model"]))
        for row in RECORDED
        if row["model"] != "D-series"  # names no model
    }
    labelled = {
        (family.name, model.name)
        for family in families()
        for model in family.models
        if model.evidence in (Evidence.REPLAYED, Evidence.PROVEN_WITH_CLIENT)
    }
    assert labelled == recorded


# User agents seen in wazo-provd and in vendors' guides: what they say.
AGENTS = {
    "Yealink SIP-T21P_E2 52.80.0.3 00:15:65:4c:4c:26": ("yealink", "T21P_E2", "0015654c4c26"),
    "yealink SIP-T28P 2.70.0.140 00:15:65:13:ae:0b": ("yealink", "T28P", "00156513ae0b"),
    "Yealink SIP-T38G  38.70.0.125 00:15:65:2f:c1:ab": ("yealink", "T38G", "0015652fc1ab"),
    "Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0": ("yealink", "T46G", ""),
    "Yealink SIP-T56A 58.80.0.25 001565f429a4": ("yealink", "T56A", "001565f429a4"),
    "Yealink SIP VP-T49G 51.80.0.10 00:15:65:aa:bb:cc": ("yealink", "T49G", "001565aabbcc"),
    "VP530P 23.70.0.40 00:15:65:31:4b:c0": ("yealink", "VP530P", "001565314bc0"),
    "W60B 77.81.0.35 80:5e:c0:09:ab:dc": ("yealink", "W60B", "805ec009abdc"),
    "Yealink CP960 73.83.0.30 80:5e:c0:00:11:22": ("yealink", "CP960", "805ec0001122"),
    "Yealink W90DM 130.85.0.15 80:5e:0c:00:11:22": ("yealink", "W90DM", "805e0c001122"),
    "Grandstream Model HW GXP2200 V2.2A SW 1.0.1.33 DevId 000b82462d97": (
        "grandstream",
        "GXP2200",
        "000b82462d97",
    ),
    "Grandstream Model HW GXV3350  V1.3A SW 1.0.1.8 DevId c074ad150b88": (
        "grandstream",
        "GXV3350",
        "c074ad150b88",
    ),
    "Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8": (
        "grandstream",
        "GXP2000",
        "000b822726c8",
    ),
    "Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10": (
        "grandstream",
        "HT801",
        "c074ad273a10",
    ),
    "Mozilla/4.0 (compatible; snom320-SIP 8.4.18 1.1.3-s)": ("snom", "320", ""),
    "Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)": (
        "snom",
        "710",
        "000413741767",
    ),
    "Mozilla/4.0 (compatible; snomPA1-SIP 8.4.35 1.1.3-s)": ("snom", "PA1", ""),
    "Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)": ("snom", "M900", "000413b60680"),
    "Mozilla/4.0 (compatible; snom lid 3605)": ("snom", "", ""),
    "Fanvil X6U Pro 0.0.10 0c383e001122": ("fanvil", "X6U-Pro", "0c383e001122"),
    "Fanvil V67 2.6.6.201 0c383e4455aa": ("fanvil", "V67", "0c383e4455aa"),
    "Fanvil i10SV 2.12.19.9 0c383e4455aa": ("fanvil", "i10SV", "0c383e4455aa"),
    "Cisco/SPA525G-7.4.7 (CBT141900G7)": ("cisco", "SPA525G", ""),
    "Cisco/SPA508G-7.4.8a (0002FDFF2103)(CBT141400UK)": ("cisco", "SPA508G", "0002fdff2103"),
    "Linksys/SPA-942-6.1.5(a) (88019FA42805)": ("cisco", "SPA942", ""),
    "Linksys/SPA-962-6.1.5(a) (4MM00F903042)": ("cisco", "SPA962", ""),
    "Cisco-CP-8841-3PCC/11.3.1 (00562b043615)": ("cisco", "CP-8841-3PCC", "00562b043615"),
    "FileTransport PolycomSoundPointIP-SPIP_335-UA/3.2.1.0078": ("polycom", "SPIP335", ""),
    "FileTransport PolycomSoundStationIP-SSIP_6000-UA/5.0.3.1667 Type/Updater": (
        "polycom",
        "SSIP6000",
        "",
    ),
    "FileTransport PolycomVVX-VVX_411-UA/5.4.3.1014 (SN:64167f001122) Type/Application": (
        "polycom",
        "VVX411",
        "",
    ),
    "Gigaset N720 DM PRO/70.089.00.000.000;7C2F80CA21E4": (
        "gigaset",
        "N720 DM PRO",
        "7c2f80ca21e4",
    ),
    "N720-DM-PRO/70.040.00.000.000": ("gigaset", "N720 DM PRO", ""),
    "N510 IP PRO/42.245.00.000.000": ("gigaset", "N510 IP PRO", ""),
    '"Gigaset N870 IP PRO/83.V2.11.0+build.a546b91;7C2F80E0D605;Handset=3"': (
        "gigaset",
        "N870 IP PRO",
        "7c2f80e0d605",
    ),
    "Maxwell 3 PRO/82.2.18.4-release;7C2F80E61AF4": ("gigaset", "Maxwell 3 PRO", "7c2f80e61af4"),
    "Panasonic_KX-UT136/01.133 (0080f0c8c381)": ("panasonic", "KX-UT136", "0080f0c8c381"),
    "Htek UC926 2.0.4.4.58 00:1f:c1:1c:22:a9": ("htek", "UC926", "001fc11c22a9"),
    "ALE 8028s-GE 1.51.52.2204 487a55023075": ("alcatel", "8028s", "487a55023075"),
    "Alcatel IP Touch 4028/2.01.20": ("alcatel", "4028", ""),
    "Mitel6920 MAC:14-00-E9-1F-03-EA V:6.4.0.140-SIP": ("aastra", "6920", "1400e91f03ea"),
    "Aastra6739i MAC:00-08-5D-13-CA-05 V:3.2.1.1013-SIP": ("aastra", "6739i", "00085d13ca05"),
    "Flyingvoice FIP13G V0.6.24 00:21:F2:22:AE:F1": ("flyingvoice", "FIP13G", "0021f222aef1"),
    "AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)": ("recognised", "440HDG", "00908f602aac"),
    "THOMSON ST2030 hw5 fw2.74 00-14-7F-E1-47-B3": ("recognised", "ST2030", "00147fe147b3"),
    "Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/J189-4.1.3.0.6 (MAC:c81fea83e85a)": (
        "avaya",
        "J189",
        "c81fea83e85a",
    ),
}


@pytest.mark.parametrize(("agent", "expected"), AGENTS.items(), ids=list(AGENTS))
def test_user_agents(agent: str, expected: tuple[str, str, str]) -> None:
    told = identify(Ask(user_agent=agent))
    assert told is not None
    assert (told.family, told.model, told.mac) == expected


CLASSES = {
    "Cisco SPA504G": ("cisco", "SPA504G"),
    "CISCO SPA122": ("cisco", "SPA122"),
    "LINKSYS SPA-942": ("cisco", "SPA942"),
    "CP-7841-3PCC": ("cisco", "CP-7841-3PCC"),
    "Gigaset_N720_DM_PRO": ("gigaset", "N720 DM PRO"),
    "N510_IP_PRO": ("gigaset", "N510 IP PRO"),
    "snomD735": ("snom", "D735"),
    "digium_D40_1_0_5_46476": ("digium", "D40"),
    "AastraIPPhone6867i": ("aastra", "6867i"),
    "aledevice": ("alcatel", ""),
    "yealink": ("yealink", ""),
    "Panasonic": ("panasonic", ""),
    "SN4112": ("recognised", "SN4112"),
}


@pytest.mark.parametrize(("said", "expected"), CLASSES.items(), ids=list(CLASSES))
def test_dhcp_vendor_classes(said: str, expected: tuple[str, str]) -> None:
    told = identify(Ask(vendor_class=said, mac_in_link="02005e000001"))
    assert told is not None
    assert (told.family, told.model, told.mac) == (*expected, "02005e000001")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("001565aabbcc.cfg", ("yealink", "")),
        ("y000000000066.cfg", ("yealink", "T46S")),
        ("cfg000b82aabbcc.xml", ("grandstream", "")),
        ("cfg001fc1aabbcc.xml", ("htek", "")),
        ("Fanvil/0c383eaabbcc.cfg", ("fanvil", "")),
        ("64167faabbcc-user.cfg", ("polycom", "")),
        ("spa112.cfg", ("cisco", "SPA112")),
        ("KX-UT136.cfg", ("panasonic", "KX-UT136")),
        ("00085DAABBCC.cfg", ("aastra", "")),
        ("GigasetP82x-000413aabbcc.htm", ("gigaset_desk", "")),
        ("ipst_config_00_13_cb_04_05_06.cfg", ("zenitel", "")),
    ],
)
def test_what_is_asked_for_and_the_makers_prefix(path: str, expected: tuple[str, str]) -> None:
    told = identify(Ask(path=path))
    assert told is not None
    assert (told.family, told.model) == expected


def test_snoms_prefix_alone_decides_nothing_because_gigaset_uses_it_too() -> None:
    assert {family.name for family in families_by_oui("000413aabbcc")} == {
        "snom",
        "gigaset",
        "gigaset_desk",
    }
    assert identify(Ask(mac_in_link="000413aabbcc")) is None
    assert identify(Ask(path="000413AABBCC.xml")) is None
    told = identify(
        Ask(mac_in_link="000413aabbcc", transport="pnp", vendor="snom", model="snom370")
    )
    assert told is not None
    assert told.family == "snom"


def test_a_prefix_that_is_one_familys_decides() -> None:
    told = identify(Ask(mac_in_link="00:15:65:AA:BB:CC"))
    assert told is not None
    assert (told.family, told.mac, told.told_by) == ("yealink", "001565aabbcc", ("oui", "link"))


def test_a_pnp_vendor_that_lies_loses_against_the_prefix() -> None:
    told = identify(Ask(mac_in_link="0c383eaabbcc", vendor="VOIP PHONE", model="X4"))
    assert told is not None
    assert (told.family, told.model) == ("fanvil", "X4")


def test_a_certificate_outweighs_a_user_agent() -> None:
    told = identify(
        Ask(
            user_agent="Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:cc",
            mac_in_tls="00:15:65:11:22:33",
        )
    )
    assert told is not None
    assert told.mac == "001565112233"


@pytest.mark.parametrize(
    "ask",
    [
        Ask(),
        Ask(path="favicon.ico", user_agent="Mozilla/5.0 (X11; Linux) Firefox/128.0"),
        Ask(path="02005e000001.cfg"),
        Ask(path="../../etc/passwd"),
        Ask(path="robots.txt", user_agent="curl/7.88.1"),
    ],
)
def test_others_are_nobody(ask: Ask) -> None:
    assert identify(ask) is None


def test_macs_are_found_in_any_spelling() -> None:
    spellings = ("00:15:65:AA:BB:CC", "00-15-65-aa-bb-cc", "001565AABBCC", "MAC:001565aabbcc")
    assert {mac_of(text) for text in spellings} == {"001565aabbcc"}
    assert mac_of("4MM00F903042") == ""
    assert mac_of("0011223344556677") == ""
