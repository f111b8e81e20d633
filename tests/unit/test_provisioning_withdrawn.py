"""A telephone that lost its extensions, or is settled: what it is told of accounts and servers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioning.phones import families
from provisioning.phones.family import Family
from tests.unit.phone_samples import PASSWORD, SAMPLES, account, sample, told

REPLACED_WHOLE = frozenset(("aastra", "digium"))
"""Their file replaces everything the last one said: what it does not name is gone."""

OFF = {
    ("yealink", "T46G"): {"account.1.enable": "0", "account.16.enable": "0"},
    ("grandstream", "GXP1628"): {"P271": "0", "P401": "0"},
    ("grandstream", "HT802"): {"P271": "0", "P401": "0"},
    ("grandstream", "HT818"): {"P4595": "0", "P4602": "0"},
    ("snom", "D785"): {"user_active!1": "off"},
    ("fanvil", "X4"): {"sip/line!1/EnableReg": "0"},
    ("cisco", "SPA504G"): {"Line_Enable_1_": "No"},
    ("cisco", "SPA112"): {"Line_Enable_1_": "No", "Line_Enable_2_": "No"},
    ("polycom", "VVX400"): {"reg.1.address": ""},
    ("obihai", "OBi302"): {"VoiceService.1.VoiceProfile.1.Line.1./Enable": "false"},
    ("gigaset", "N510 IP PRO"): {"BS_IP_Data1.ucB_SIP_ACCOUNT_IS_ACTIVE_1": "0x0"},
    ("gigaset", "N870 IP PRO"): {"SipAccount.00001.AuthPassword": ""},
    ("gigaset", "Maxwell 3"): {"SIP.Account.0.Active": "0"},
    ("gigaset_desk", "P825"): {"user_active!1": "off"},
    ("panasonic", "KX-UT136"): {"PHONE_NUMBER_1": ""},
    ("htek", "UC903"): {"P271/Account1.Active": "0"},
    ("alcatel", "M3"): {"Account1Enable": "false"},
    ("avaya", "J179"): {"FORCE_SIP_PASSWORD": ""},
    ("flyingvoice", "FIP13G"): {"account.1.enable": "0"},
    ("linphone", "Linphone console"): {"proxy_0/reg_sendregister": "0"},
    ("zenitel", "IP station"): {"sip/auth_pwd": ""},
}


@pytest.mark.parametrize(("sort", "expected"), OFF.items(), ids=lambda part: str(part)[:24])
def test_withdrawn_extensions_are_switched_off(
    sort: tuple[str, str], expected: dict[str, str]
) -> None:
    said = told(*sort, accounts=(), keys=(), expansion_keys=(), ata_ports=())
    assert {name: said.get(name) for name in expected} == expected
    assert not any(PASSWORD in value for value in said.values())


def test_every_family_that_keeps_what_it_was_told_is_checked() -> None:
    assert {family for family, _ in OFF} | REPLACED_WHOLE == set(SAMPLES)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_files_for_many_switch_nothing_off(family: Family) -> None:
    """Some telephones read the common file last: it must not undo their own."""
    for model in family.models[:1]:
        full = family.preview(sample(family, model))
        none = family.preview(sample(family, model).pointer())
        off = {name for name in full if name in none and none[name] in ("0", "off", "false", "")}
        active = {
            name
            for name in off
            if full[name] != none[name] and ("ccount" in name or "active" in name)
        }
        assert active == set()


@pytest.mark.parametrize(("accounts", "asked"), [((account(1, "plain"),), "0"), ((), "1")])
def test_an_adopted_yealink_looks_for_no_other_server(accounts: tuple, asked: str) -> None:
    said = told("yealink", "T46G", accounts=accounts)
    assert said["static.auto_provision.dhcp_option.enable"] == asked
    assert said["static.auto_provision.pnp_enable"] == asked
    assert said["static.auto_provision.server.url"].startswith("http://192.0.2.2")


def test_what_is_said_of_nobody_says_nothing_of_accounts() -> None:
    family = next(family for family in families() if family.name == "yealink")
    told_all = family.preview(replace(sample(family, family.models[0]), accounts=(), whole=False))
    assert not any(name.startswith("account.") for name in told_all)
