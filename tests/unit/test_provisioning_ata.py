"""The ports of ATAs: each an account of its own, each behaving as a line of the country."""

from __future__ import annotations

import pytest

from provisioning import country
from provisioning.device import AtaPort, CallerId, Impedance, Tone
from provisioning.phones import families, family_of
from provisioning.phones.family import Family, Model
from tests.unit.phone_samples import PASSWORD, account, told


def test_the_ports_of_a_grandstream_ata_are_accounts_with_the_countrys_sounds() -> None:
    said = told("grandstream", "HT802")
    assert (said["P35"], said["P735"]) == ("201", "202")
    assert said["P4000"] == "f1=425@-13,c=0/0;"
    assert said["P4002"] == "f1=425@-13,c=500/500;"
    assert said["P4040"] == "c=1000/4000;"
    changed = AtaPort(
        index=2,
        caller_id=CallerId.ETSI_DTMF,
        impedance=Impedance.OHM_900,
        flash_min_ms=90,
        flash_max_ms=450,
    )
    second = told("grandstream", "HT802", ata_ports=(AtaPort(index=1), changed))
    assert (second["P853"], second["P863"]) == ("1", "5")
    assert (second["P854"], second["P864"]) == ("4", "1")
    assert (second["P811"], second["P812"]) == ("90", "450")


def test_eight_ports_share_one_profile() -> None:
    family = family_of("grandstream")
    model = family.model("HT818")
    assert model is not None
    accounts = tuple(account(number, "plain") for number in (1, 8))
    said = told("grandstream", "HT818", accounts=accounts)
    assert (said["P4060"], said["P4067"], said["P4127"]) == ("201", "208", f"{PASSWORD}8")
    assert (said["P4595"], said["P4596"], said["P4602"]) == ("1", "0", "1")


def test_the_ports_of_a_cisco_ata() -> None:
    said = told("cisco", "SPA112")
    assert said["Dial_Tone"] == "425@-13;*(*/0/1)"
    assert said["Busy_Tone"] == "425@-13;*(0.5/0.5/1)"
    assert said["Ring1_Cadence"] == "60(1/4)"
    assert (said["Hook_Flash_Timer_Min"], said["Hook_Flash_Timer_Max"]) == ("0.08", "0.7")
    assert said["FXS_Port_Impedance"] == "270+750||150nF"
    assert (said["User_ID_1_"], said["User_ID_2_"]) == ("201", "202")


def test_two_frequencies_sound_together() -> None:
    dial = {"dial": Tone(freqs_hz=(350, 440))}
    ports = (AtaPort(index=1, tones=dial),)
    assert told("cisco", "SPA112", ata_ports=ports)["Dial_Tone"] == "350@-13,440@-13;*(*/0/1+2)"
    assert told("grandstream", "HT801", ata_ports=ports)["P4000"] == "f1=350@-13,f2=440@-13,c=0/0;"
    assert told("yealink", "T46G", tones=dial)["voice.tone.dial"] == "350+440"


ATAS = [(family, model) for family in families() for model in family.models if model.ports]


@pytest.mark.parametrize(("family", "model"), ATAS, ids=lambda part: part.name)
def test_every_port_of_every_ata_has_an_account_and_the_country_s_sounds(
    family: Family, model: Model
) -> None:
    accounts = tuple(account(number, "plain") for number in range(1, model.ports + 1))
    ports = tuple(country.port("ir", number) for number in range(1, model.ports + 1))
    said = told(family.name, model.name, accounts=accounts, ata_ports=ports, tones={})
    for number in range(1, model.ports + 1):
        assert f"{PASSWORD}{number}" in said.values()
    assert any("425" in value for value in said.values())
    assert any(value in ("80", "0.08") for value in said.values())  # the flash begins
    assert any(value in ("700", "0.7") for value in said.values())  # and ends


def test_countries_differ_as_their_lines_do() -> None:
    iran, america, britain = (country.port(code, 1) for code in ("ir", "us", "gb"))
    assert iran.tones["busy"].cadence_ms == (500, 500)
    assert america.tones["dial"].freqs_hz == (350, 440)
    assert britain.ring_ms == (400, 200, 400, 2000)
    assert (america.caller_id, britain.caller_id) == (CallerId.BELLCORE, CallerId.BT)
    assert (america.impedance, britain.impedance) == (Impedance.OHM_600, Impedance.BRITAIN)
    assert (america.flash_min_ms, america.flash_max_ms) == (300, 1100)


def test_a_country_nobody_wrote_down_gets_the_european_plan() -> None:
    nobody = country.port("zz", 2)
    assert (nobody.index, nobody.country) == (2, "zz")
    assert nobody.tones["dial"].freqs_hz == (425,)
    assert nobody.impedance is Impedance.ETSI_COMPLEX


def test_every_country_with_tones_can_be_told_to_every_ata() -> None:
    codes = sorted(country.codes())
    assert {"ir", "us", "sa", "ae"} <= set(codes)
    for code in codes:
        ports = (country.port(code, 1),)
        for family, model in (("grandstream", "HT802"), ("cisco", "SPA112"), ("obihai", "OBi302")):
            assert told(family, model, ata_ports=ports, tones={})


def test_the_ports_of_an_obi() -> None:
    ports = (country.port("de", 1), country.port("gb", 2))
    said = told("obihai", "OBi302", ata_ports=ports)
    first, second = "VoiceService.1.X_FXS.1./", "VoiceService.1.X_FXS.2./"
    assert said[first + "Impedance"] == "220+820||115nF"
    assert (said[first + "PrimaryLine"], said[second + "PrimaryLine"]) == (
        *("SP1 Service", "SP2 Service"),
    )
    assert said[second + "CallerIDTrigger"] == "After Polarity Reversal"
    tone = "VoiceService.1.X_ToneProfile.1.BusyTone./TonePattern"
    assert said[tone] == "425-13;-1;(0.48+0.48)"
    assert said["VoiceService.1.X_RingProfile.1./RingPattern1"] == "60;(1+4)"


def test_a_cisco_that_sends_between_the_rings_calls_it_bellcore_with_v23() -> None:
    said = told("cisco", "SPA112", ata_ports=(country.port("ir", 1),))
    assert (said["Caller_ID_Method"], said["Caller_ID_FSK_Standard"]) == (
        *("Bellcore(N.Amer,China)", "v.23"),
    )
