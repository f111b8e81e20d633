"""Feature codes: what a dialled number asks for, and which codes cannot stand side by side."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.config.sections.features import Features
from firmware.model.features import (
    DEFAULT_CODES,
    FEATURES,
    Argument,
    Feature,
    FeatureCodes,
    Request,
    clashes,
)


@pytest.mark.parametrize(
    ("dialled", "feature", "argument"),
    [
        ("*72", Feature.FORWARD_ALWAYS_ON, ""),
        ("*72102", Feature.FORWARD_ALWAYS_ON, "102"),
        ("*7200989121234567", Feature.FORWARD_ALWAYS_ON, "00989121234567"),
        ("*72+98912", Feature.FORWARD_ALWAYS_ON, "+98912"),
        ("*73", Feature.FORWARD_ALWAYS_OFF, ""),
        ("*757", Feature.SPEED_DIAL, "7"),
        ("*7542", Feature.SPEED_DIAL, "42"),
        ("*747*09121234567", Feature.SPEED_DIAL_SET, "7*09121234567"),
        ("*350630", Feature.WAKE_UP_ON, "0630"),
        ("*8", Feature.PICKUP, ""),
        ("*80101", Feature.INTERCOM, "101"),
        ("**101", Feature.PICKUP_DIRECTED, "101"),
        ("*0", Feature.HELP, ""),
    ],
)
def test_a_code_and_what_follows_it(dialled, feature, argument):
    assert DEFAULT_CODES.parse(dialled) == Request(feature, argument)


@pytest.mark.parametrize(
    "dialled",
    ["101", "", "*", "**", "*73102", "*75", "*75123", "*352561", "*3506301", "*8201", "*80", "*1"],
)
def test_what_is_no_code(dialled):
    assert DEFAULT_CODES.parse(dialled) is None


def test_a_key_in_a_call_is_not_a_number():
    assert DEFAULT_CODES.pressed("*1") is Feature.RECORD
    assert DEFAULT_CODES.pressed("*72") is None


def test_a_feature_that_is_off_has_no_code():
    codes = FeatureCodes({Feature.REDIAL: "off", Feature.DND_ON: "77"})
    assert codes.code_of(Feature.REDIAL) == ""
    assert codes.parse("*66") is None
    assert codes.parse("off") is None
    assert codes.parse("77") == Request(Feature.DND_ON, "")


def test_the_longer_code_is_meant():
    codes = FeatureCodes({Feature.INTERCOM: "*8", Feature.PAGING: "*81"})
    assert codes.parse("*81101") == Request(Feature.PAGING, "101")
    assert codes.parse("*82101") == Request(Feature.INTERCOM, "2101")


def test_the_codes_of_a_new_box_do_not_clash():
    assert list(clashes({feature: rule.code for feature, rule in FEATURES.items()})) == []


def test_every_argument_can_be_dialled_after_its_code():
    samples = {
        Argument.NUMBER: "102",
        Argument.EXTENSION: "102",
        Argument.SLOT: "7",
        Argument.SLOT_AND_NUMBER: "7*102",
        Argument.TIME: "0630",
    }
    for feature, rule in FEATURES.items():
        if rule.argument is not Argument.NONE:
            argument = samples[rule.argument]
            assert DEFAULT_CODES.parse(rule.code + argument) == Request(feature, argument)


def test_codes_that_cannot_be_told_apart():
    same = {Feature.DND_ON: "*78", Feature.REDIAL: "*78"}
    hidden = {Feature.FORWARD_ALWAYS_ON: "*7", Feature.REDIAL: "*66", Feature.DND_ON: "*78"}
    assert list(clashes(same)) == [(Feature.REDIAL, Feature.DND_ON)]
    assert list(clashes(hidden)) == [(Feature.DND_ON, Feature.FORWARD_ALWAYS_ON)]


def test_the_section_has_every_feature_with_its_own_code():
    section = Features().model_dump()
    assert section == {feature: rule.code for feature, rule in FEATURES.items()}


def refused(text):
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return {problem.path: problem for problem in caught.value.problems}


def test_a_site_changes_and_switches_off_codes():
    codes = document.parse('features:\n  dnd_on: "*31"\n  redial: off\n').features.codes
    assert codes.parse("*31") == Request(Feature.DND_ON, "")
    assert codes.parse("*78") is None
    assert codes.parse("*66") is None


def test_a_code_taken_twice_is_refused_with_its_place_and_the_other():
    problems = refused('features:\n  dnd_on: "*66"\n')
    problem = problems["features.dnd_on"]
    assert "features.redial (*66)" in problem.reason
    assert problem.line == 2


def test_a_code_that_swallows_an_extension_is_refused():
    problems = refused('features:\n  intercom: "1"\nextension:\n  - number: 101\n    name: Sara\n')
    assert "features.intercom (1)" in problems["extension[0].number"].reason


def test_a_code_of_letters_is_refused():
    assert "keys 0-9" in refused("features:\n  dnd_on: abc\n")["features.dnd_on"].reason


def test_the_codes_survive_being_written_out():
    site = Site(features=Features(dnd_on="*31", redial="off"))
    assert document.parse(document.dump(site, secrets=True)) == site
