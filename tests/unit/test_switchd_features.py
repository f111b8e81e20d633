"""Feature codes, as the person who dials them hears them."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from firmware.config.sections.features import Features
from firmware.model.dialplan import Destination
from firmware.model.features import FEATURES, Feature, Scope
from firmware.model.personal import ForwardKind
from firmware.model.record import CallRecord, Disposition
from firmware.model.speech.parts import Digits, Phrase
from firmware.switchd.desks import Desks
from firmware.switchd.scripts.features.table import SCRIPTS
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site
from tests.unit.test_switchd_people import PEOPLE, QUIET, over, person, rung


def office(**changes):
    return Rig(site(extension=PEOPLE, voicemail=QUIET, **changes))


def heard(rig):
    """The prompts played, in order."""
    return [said for line in rig.studio.log if (said := line.removeprefix("play ")) != line]


async def dial(rig, code, sender="101", keys=""):
    """Dial a code, press keys when asked, hear it to its end."""
    caller = rig.call(code, sender=sender)
    for key in keys:
        await settle()
        caller.leg.on_digit(key)
    await caller.leg.gone()
    await settle()
    return caller


@pytest.mark.parametrize(
    ("code", "prompt"),
    [
        ("*78", "dnd_on"),
        ("*79", "dnd_off"),
        ("*70", "call_waiting_on"),
        ("*71", "call_waiting_off"),
        ("*73", "forward_cancelled"),
        ("*96", "forwards_cancelled"),
        ("*21", "follow_me_off"),
        ("*36", "wake_up_cancelled"),
        ("*12", "hot_desk_out"),
        ("*20", "follow_me_empty"),
        ("*66", "nothing_to_redial"),
        ("*69", "nothing_to_redial"),
        ("*757", "speed_dial_empty"),
    ],
)
def test_a_code_is_answered_confirmed_and_ended(code, prompt):
    async def story():
        rig = office()
        caller = await dial(rig, code)
        assert heard(rig) == [f"{prompt} en"]
        assert caller.said == ["200", "end NORMAL_CLEARING"]
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED
        assert rig.exchange.calls == 0

    run(story())


def test_do_not_disturb_goes_on_and_off_by_one_key():
    async def story():
        rig = office()
        await dial(rig, "*76")
        assert person(rig, "101").dnd
        await dial(rig, "*76")
        assert not person(rig, "101").dnd
        assert heard(rig) == ["dnd_on en", "dnd_off en"]

    run(story())


@pytest.mark.parametrize("kind", list(ForwardKind))
def test_a_forward_is_set_with_the_number_behind_the_code(kind):
    async def story():
        rig = office()
        code = FEATURES[Feature(f"forward_{kind}_on")].code
        await dial(rig, f"{code}103")
        assert person(rig, "101").forwards == {kind: "extension:103"}
        said = Phrase(f"forward_{kind}_set", {"number": Digits("103")})
        assert heard(rig) == [f"{said} en"]
        await dial(rig, FEATURES[Feature(f"forward_{kind}_off")].code)
        assert person(rig, "101").forwards == {}

    run(story())


def test_a_forward_asks_for_the_number_when_none_was_dialled():
    async def story():
        rig = office()
        await dial(rig, "*72", keys="103#")
        assert heard(rig)[0] == "enter_number en"
        assert person(rig, "101").forwards == {"always": "extension:103"}

    run(story())


def test_who_presses_nothing_has_set_nothing():
    async def story():
        rig = office()
        await dial(rig, "*72")
        assert heard(rig) == ["enter_number en", "goodbye en"]
        assert person(rig, "101").forwards == {}

    run(story())


@pytest.mark.parametrize("to", ["999", "101", "*78"])
def test_a_forward_that_leads_nowhere_is_said_to_be_unknown(to):
    async def story():
        rig = office()
        await dial(rig, f"*72{to}")
        assert heard(rig) == ["unknown_number en"]
        assert person(rig, "101").forwards == {}

    run(story())


def test_all_forwards_end_with_one_code():
    async def story():
        rig = office()
        await dial(rig, "*90103")
        await dial(rig, "*92104")
        assert len(person(rig, "101").forwards) == 2
        await dial(rig, "*96")
        assert person(rig, "101").forwards == {}

    run(story())


def test_nobody_hears_that_it_is_set_before_it_is_on_the_disk():
    async def story():
        rig = office()
        stored = Future()
        rig.ledger.stored = lambda: stored
        rig.exchange.people._store = rig.ledger
        caller = rig.call("*78", sender="101")
        await settle()
        assert heard(rig) == []
        stored.set_result(None)
        await caller.leg.gone()
        assert heard(rig) == ["dnd_on en"]

    run(story())


def test_a_full_disk_is_told_to_who_sets_something():
    async def story():
        rig = office()
        rig.ledger.stored = Future
        await dial(rig, "*78")
        assert heard(rig) == ["not_stored_yet en", "dnd_on en"]
        assert person(rig, "101").dnd

    run(story())


def test_redial_calls_the_last_number_and_codes_do_not_count():
    async def story():
        rig = office()
        first = rig.call("103", sender="101")
        await settle()
        await over(rig, first)
        await dial(rig, "*78")
        again = rig.call("*66", sender="101")
        await settle()
        assert rung(rig) == ["103", "103"]
        assert rig.rows("call")[0].place == "extension:103"
        await over(rig, again)
        records = {r.id for r in rig.ledger.records if isinstance(r, CallRecord)}
        assert len(records) == 3

    run(story())


def test_redial_remembers_over_a_restart():
    async def story():
        rig = office()
        rig.exchange.people.restore(
            {},
            [
                CallRecord(id="1", started_at=1.0, caller="101", called="103"),
                CallRecord(
                    id="2", started_at=2.0, caller="104", called="101", place="extension:101"
                ),
                CallRecord(id="3", started_at=3.0, caller="101", called="*79"),
            ],
        )
        caller = rig.call("*66", sender="101")
        await settle()
        assert rung(rig) == ["103"]
        await over(rig, caller)
        back = rig.call("*69", sender="101")
        await settle()
        assert rung(rig) == ["103", "104"]
        await over(rig, back)

    run(story())


def test_call_back_calls_who_called_last():
    async def story():
        rig = office()
        first = rig.call("101", sender="104")
        await settle()
        await over(rig, first)
        back = rig.call("*69", sender="101")
        await settle()
        assert rung(rig) == ["101", "104"]
        await over(rig, back)

    run(story())


def test_a_speed_dial_is_set_by_code_and_called():
    async def story():
        rig = office()
        await dial(rig, "*747*103")
        assert person(rig, "101").speed_dials == {"7": "103"}
        caller = rig.call("*757", sender="101")
        await settle()
        assert rung(rig) == ["103"]
        await over(rig, caller)
        await dial(rig, "*74", keys="42104#")
        assert person(rig, "101").speed_dials == {"7": "103", "42": "104"}

    run(story())


def test_a_speed_dial_that_would_dial_itself_is_refused():
    async def story():
        rig = office()
        await dial(rig, "*747**757")
        assert heard(rig) == ["unknown_number en"]
        assert person(rig, "101").speed_dials == {}

    run(story())


def test_a_person_logs_in_at_another_telephone_with_their_pin():
    async def story():
        rig = office()
        await dial(rig, "*11103", sender="104", keys="7391#")
        assert person(rig, "103").at == "104"
        assert heard(rig)[0] == "enter_pin en"
        made = rig.call("102", sender="104")
        await settle()
        assert rig.ledger.last_call.caller == "103"
        await over(rig, made)
        await dial(rig, "*12", sender="104")
        assert person(rig, "103").at == ""

    run(story())


def test_the_extension_is_asked_for_too():
    async def story():
        rig = office()
        await dial(rig, "*11", sender="104", keys="103#7391#")
        assert heard(rig)[:2] == ["enter_extension en", "enter_pin en"]
        assert person(rig, "103").at == "104"

    run(story())


@pytest.mark.parametrize("number", ["103", "102", "999"])
def test_three_wrong_pins_end_the_call_whoever_it_is(number):
    """103 has another PIN, 102 none, 999 does not exist: a stranger hears the same."""

    async def story():
        rig = office()
        caller = rig.call(f"*11{number}", sender="104")
        for _ in range(3):
            for key in "1111#":
                await settle()
                caller.leg.on_digit(key)
            await rig.until(lambda: heard(rig)[-1] in ("enter_pin en", "too_many_attempts en"))
        await caller.leg.gone()
        assert heard(rig) == ["enter_pin en", "wrong_pin en"] * 3 + ["too_many_attempts en"]
        assert all(row.at == "" for row in rig.rows("person"))
        assert not any("1111" in str(record) for record in rig.ledger.records)

    run(story())


def test_after_six_wrong_pins_the_right_one_does_not_help_for_a_quarter_of_an_hour():
    now = 0.0
    desks = Desks({"103": "7391", "101": "2847"}.__getitem__, lambda: now)
    for _ in range(6):
        assert not desks.admits("103", "0000")
    assert not desks.admits("103", "7391")
    assert desks.admits("101", "2847")
    now = 901.0
    assert desks.admits("103", "7391")


def test_help_says_every_code_the_site_has():
    async def story():
        rig = office(features=Features(redial="off", dnd_on="*31"))
        caller = await dial(rig, "*0")
        said = " ".join(heard(rig))
        for feature in Feature:
            assert (f"feature_{feature}'" in said) is (feature is not Feature.REDIAL)
        assert "Digits(text='*31')" in said
        assert caller.said == ["200", "end NORMAL_CLEARING"]

    run(story())


def test_a_feature_that_is_off_or_dialled_from_outside_is_an_unknown_number():
    async def story():
        rig = office(features=Features(redial="off"))
        caller = await dial(rig, "*66")
        assert caller.said[-1] == "end UNALLOCATED_NUMBER"
        stranger = await dial(rig, "*78", sender="09121234567")
        assert stranger.said[-1] == "end UNALLOCATED_NUMBER"

    run(story())


def test_every_code_that_is_dialled_has_a_script():
    dialled = {feature for feature, rule in FEATURES.items() if rule.scope is Scope.DIALLED}
    assert dialled - set(SCRIPTS) == set()


def test_a_hang_up_in_the_middle_leaves_nothing():
    async def story():
        rig = office()
        caller = rig.call("*72", sender="101")
        await settle()
        caller.leg.on_digit("1")
        await settle()
        await over(rig, caller)
        assert person(rig, "101").forwards == {}
        assert Destination.parse("feature:*72") == Destination.parse(rig.ledger.last_call.place)

    run(story())
