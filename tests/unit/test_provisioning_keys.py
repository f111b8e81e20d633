"""Keys with the exchange's feature codes behind them, and how calls ring."""

from __future__ import annotations

import pytest

from firmware.model.alert import alert_headers, alert_info, ringing_for
from firmware.model.features import DEFAULT_CODES, FEATURES, Feature, FeatureCodes
from firmware.switchd.scripts.page import ANSWERS_ITSELF
from provisioning.codes import with_number
from provisioning.device import Key, KeyKind, Ring
from provisioning.phones import families
from provisioning.phones.family import Family
from provisioning.table import abilities
from tests.unit.phone_samples import told

CHANGED = FeatureCodes(
    {feature: rule.code for feature, rule in FEATURES.items()}
    | {Feature.PARK: "#5", Feature.NIGHT_SWITCH: "off", Feature.AGENT_LOG_IN: "*45"}
)


@pytest.mark.parametrize(
    ("kind", "value", "dials"),
    [
        (KeyKind.QUEUE, "", "*22"),
        (KeyKind.QUEUE, "support", "*22"),  # the code takes nothing behind it
        (KeyKind.QUEUE_OUT, "", "*23"),
        (KeyKind.PAUSE, "", "*24"),
        (KeyKind.PAUSE, "2", "*242"),
        (KeyKind.READY, "", "*25"),
        (KeyKind.WRAPPED_UP, "", "*26"),
        (KeyKind.WRAPPED_UP, "3", "*263"),
        (KeyKind.NIGHT, "", "*28"),
        (KeyKind.NIGHT, "2", "*282"),
        (KeyKind.PARK, "701", "*68701"),
        (KeyKind.INTERCOM, "102", "*80102"),
        (KeyKind.VOICEMAIL, "", "*97"),
        (KeyKind.NIGHT, "*81", "*81"),  # the technician's own
        (KeyKind.BLF, "102", "102"),
        (KeyKind.SPEED_DIAL, "09121234567", "09121234567"),
    ],
)
def test_a_key_dials_the_code_of_its_feature(kind: KeyKind, value: str, dials: str) -> None:
    assert with_number(Key(kind=kind, value=value), DEFAULT_CODES).value == dials


@pytest.mark.parametrize("kind", [KeyKind.PAUSE, KeyKind.READY, KeyKind.WRAPPED_UP])
def test_an_agents_keys_are_speed_dials_to_the_telephone(kind: KeyKind) -> None:
    assert with_number(Key(kind=kind), DEFAULT_CODES).kind is KeyKind.SPEED_DIAL
    off = FeatureCodes(dict.fromkeys(Feature, "off"))
    assert with_number(Key(kind=kind), off).kind is KeyKind.NONE


def test_keys_follow_the_site_s_codes() -> None:
    assert with_number(Key(kind=KeyKind.PARK, value="701"), CHANGED).value == "#5701"
    assert with_number(Key(kind=KeyKind.QUEUE), CHANGED).value == "*45"


def test_a_key_for_a_feature_the_site_does_not_have_is_empty() -> None:
    assert with_number(Key(kind=KeyKind.NIGHT), CHANGED).kind is KeyKind.NONE


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_who_has_lamps_has_every_key_of_the_exchange(family: Family) -> None:
    can = abilities(family)
    if "BLF" in can:
        assert {"park", "queue log-in", "queue log-out", "night switch", "intercom"} <= can


@pytest.mark.parametrize(
    ("queue", "is_inside", "word"),
    [("", True, "internal"), ("", False, "external"), ("support", False, "queue")],
)
def test_each_kind_of_call_has_its_word(queue: str, is_inside: bool, word: str) -> None:
    ringing = ringing_for(queue=queue, is_inside=is_inside)
    assert alert_headers(ringing) == {"Alert-Info": f"<http://127.0.0.1>;info={word}"}


def test_an_intercom_call_is_told_in_the_words_the_exchange_says() -> None:
    said = told("polycom", "VVX400")
    assert said["voIpProt.SIP.alertInfo.2.value"] == ANSWERS_ITSELF["Alert-Info"]
    assert "info=alert-autoanswer;delay=0" in ANSWERS_ITSELF["Alert-Info"]
    assert "answer-after=0" in ANSWERS_ITSELF["Call-Info"]


RINGS = (Ring(alert_info="internal", tone=3), Ring(alert_info="external", tone=5))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (
            ("yealink", "T46G"),
            {
                "distinctive_ring_tones.alert_info.1.text": "internal",
                "distinctive_ring_tones.alert_info.2.ringer": "5",
            },
        ),
        (("grandstream", "GXP1628"), {"P1488": "internal", "P1489": "3", "P1490": "external"}),
        (
            ("snom", "D785"),
            {"alert_internal_ring_text": "internal", "alert_external_ring_sound": "Ringer5"},
        ),
        (("fanvil", "X4"), {"phone/alertInfo!2/RingType": "Type 5"}),
        (("cisco", "SPA504G"), {"Ring1_Name": "internal", "Ring2_Name": "external"}),
        (
            ("polycom", "VVX400"),
            {
                "voIpProt.SIP.alertInfo.3.value": alert_info("internal"),
                "voIpProt.SIP.alertInfo.3.class": "custom1",
                "se.rt.custom2.ringer": "ringer5",
            },
        ),
        (
            ("htek", "UC903"),
            {
                "P1399/Preference.AlertInternalText": "internal",
                "P1402/Preference.AlertInternalRinger": "3",
            },
        ),
        (("gigaset", "Maxwell 3"), {"SIP.Account.0.Ringtone.HeaderInternal": "internal"}),
    ],
    ids=lambda part: str(part)[:24],
)
def test_each_family_matches_the_word_of_the_call(
    sort: tuple[str, str], expected: dict[str, str]
) -> None:
    said = told(*sort, rings=RINGS)
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (("yealink", "T46G"), {"features.intercom.allow": "1"}),
        (("grandstream", "GXP1628"), {"P298": "1"}),
        (("snom", "D785"), {"intercom_enabled": "on", "answer_after_policy": "always"}),
        (("fanvil", "X4"), {"call/port!1/EnableIntercom": "1"}),
        (("cisco", "SPA504G"), {"Auto_Answer_Page": "Yes"}),
        (("polycom", "VVX400"), {"voIpProt.SIP.alertInfo.2.class": "autoAnswer"}),
        (("aastra", "6867i"), {"sip allow auto answer": "1"}),
        (("avaya", "J179"), {"ENABLE_AUTO_ANSWER_SUPPORT": "1"}),
        (("alcatel", "M3"), {"Account1IntercomEnable": "true"}),
    ],
    ids=lambda part: str(part)[:24],
)
def test_intercom_calls_are_let_in(sort: tuple[str, str], expected: dict[str, str]) -> None:
    said = told(*sort)
    assert {name: said.get(name) for name in expected} == expected
