"""Ring groups and PINs in the site configuration."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from firmware.model.ringing import Member, RingStrategy

OFFICE = """
extension:
  - {number: 101, name: Sara, password: abcdefgh}
  - {number: 102, name: Omar, password: abcdefgi}
"""


def refused(text):
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return {problem.path: problem for problem in caught.value.problems}


def group(rest):
    return f"{OFFICE}group:\n  - {{name: sales, number: 610, title: Sales, {rest}}}\n"


def test_a_group_and_its_number():
    site = document.parse(
        group(
            "members: [{number: 101}, {number: 102, delay_s: 5}], strategy: memory_hunt, "
            "otherwise: 'extension:101'"
        )
    )
    rule = site.group[0].rule
    assert rule.members == (Member(number="101"), Member(number="102", delay_s=5.0))
    assert rule.strategy is RingStrategy.MEMORY_HUNT
    assert site.numbers["610"] == "group:sales"
    assert document.parse(document.dump(site, secrets=True)) == site


def test_members_must_be_there_and_only_once():
    problems = refused(group("members: [{number: 101}, {number: 101}, {number: 103}]"))
    assert "the same member twice" in problems["group[0].members[1].number"].reason
    assert problems["group[0].members[2].number"].suggestion.startswith("did you mean")


def test_a_group_is_not_empty_and_has_a_number_of_its_own():
    assert "group[0].members" in refused(group("members: []"))
    text = group("members: [{number: 101}]").replace("610", "101")
    assert "a second time" in refused(text)["group[0].number"].reason


def test_otherwise_must_lead_somewhere_else():
    assert (
        "no queue"
        in refused(group("members: [{number: 101}], otherwise: 'queue:x'"))[
            "group[0].otherwise"
        ].reason
    )
    loop = refused(group("members: [{number: 101}], otherwise: 'group:sales'"))
    assert "for ever" in loop["group[0].otherwise"].reason


def test_a_menu_and_a_group_that_send_callers_to_each_other():
    text = group("members: [{number: 101}], otherwise: 'ivr:main'") + (
        "ivr:\n  - {name: main, choice: [{digit: 1, to: 'extension:101'}], "
        "otherwise: 'group:sales'}\n"
    )
    assert {"group[0].otherwise", "ivr[0].otherwise"} <= set(refused(text))


@pytest.mark.parametrize("pin", ["123", "12345678901", "12a4", "1111", "1234", "4321", "101"])
def test_a_bad_pin_is_refused_and_not_shown(pin):
    text = OFFICE.replace("password: abcdefgh", f"password: abcdefgh, pin: '{pin}'")
    problem = refused(text)["extension[0].pin"]
    assert pin not in f"{problem.value}{problem.reason}{problem.suggestion}"


def test_a_good_pin_stays_secret():
    site = document.parse(OFFICE.replace("password: abcdefgh", "password: abcdefgh, pin: '2847'"))
    assert site.extension[0].pin is not None
    assert site.extension[0].pin.get_secret_value() == "2847"
    assert "2847" not in document.dump(site, secrets=False)
