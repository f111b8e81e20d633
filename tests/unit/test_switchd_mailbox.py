"""The owner of a box at the telephone: messages, greetings, PIN; and faults."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace

import pytest

from firmware.model.voicemail import Greeting, MessageState, PinResult, Side
from firmware.switchd.disk import DiskFault
from firmware.voicemail import files
from tests.jump import run
from tests.unit.switchd_bench import Speech, settle
from tests.unit.voicemail_bench import PIN, Office

# -- the owner --------------------------------------------------------------------------------


def test_the_owner_listens_keeps_deletes_and_takes_back():
    async def story():
        office = Office()
        await office.leave("101", 4.0)
        await asyncio.sleep(60)
        await office.leave("101", 6.0)
        await office.set_pin("101")
        owner = office.call("*97", sender="101")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_menu")
        assert any("voicemail_new'" in line and "Count(value=2" in line for line in office.heard)
        await office.keys(owner, "1")
        await office.until("voicemail_message_menu")
        first, second = office.messages("101")[::-1]
        assert first.state == MessageState.SAVED  # heard to its end
        assert second.state == MessageState.NEW
        await office.keys(owner, "2")
        await office.until("voicemail_deleted")
        assert [m.id for m in office.messages("101", MessageState.DELETED)] == [first.id]
        await office.until("voicemail_message_menu", 2)
        await office.keys(owner, "2")
        await office.until("voicemail_restored")
        await office.until("voicemail_message_menu", 3)
        await office.keys(owner, "#")
        envelope = office.heard[-1]
        assert "Cardinal(value=2)" in envelope
        assert "Digits(text='102')" in envelope
        await office.keys(owner, "#")  # skipped: it stays new
        await office.until("voicemail_no_more")
        assert {m.id: m.state for m in office.messages("101")} == {
            first.id: "saved",
            second.id: "new",
        }
        await office.until("voicemail_menu", 2)
        await office.keys(owner, "#")
        await office.until("goodbye")
        await asyncio.sleep(3.0)
        assert office.ledger.last_call.disposition == "answered"
        assert PIN not in "".join(office.ledger.story) + office.ledger.last_call.digits

    run(story())


def test_a_message_is_sent_on_with_a_copy_of_its_own():
    async def story():
        office = Office()
        await office.leave("101", 4.0)
        await office.set_pin("101")
        owner = office.call("*97", sender="101")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_menu")
        await office.keys(owner, "1")
        await office.until("voicemail_message_menu")
        await office.keys(owner, "4")
        await office.until("voicemail_forward_to")
        await office.keys(owner, "999#")
        await office.until("voicemail_none")
        await office.until("voicemail_message_menu", 2)
        await office.keys(owner, "4")
        await office.until("voicemail_forward_to", 2)
        await office.keys(owner, "201#")
        await office.until("voicemail_forwarded")
        [mine], [theirs] = office.messages("101"), office.messages("201")
        assert (theirs.caller, theirs.forwarded_by, theirs.state) == ("102", "101", "new")
        (office.home.voicemail / mine.path).unlink()
        assert (office.home.voicemail / theirs.path).stat().st_size == theirs.bytes
        owner.leave()

    run(story())


def test_the_owner_calls_back():
    async def story():
        office = Office()
        await office.leave("101", 4.0, sender="102")
        await office.set_pin("101")
        owner = office.call("*97", sender="101")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_menu")
        await office.keys(owner, "1")
        await office.until("voicemail_message_menu")
        await office.keys(owner, "3")
        await settle()
        assert office.stack.dialled[-1].uri.startswith("sip:102@")
        owner.leave()

    run(story())


@pytest.mark.parametrize("caller", ["*72102", "*97", "", "nobody", "602"])
def test_caller_id_of_strangers_is_called_back_as_a_telephone_or_not_at_all(caller):
    async def story():
        office = Office()
        await office.leave("101", 4.0)
        [message] = office.messages("101")
        mailroom = office.exchange.mailroom
        assert str(mailroom.way_back("101", message)) == "extension:102"
        assert mailroom.way_back("fxo-1", message) is None  # at the office's expense
        assert mailroom.way_back("101", replace(message, caller=caller)) is None

    run(story())


def test_a_caller_from_outside_is_transferred_into_a_box():
    async def story():
        office = Office()
        plan = office.exchange._plan
        assert str(plan.dialled("*99101")) == "voicemail:101"
        assert plan.dialled("*99999").kind == "feature"  # which is then refused

    run(story())


def test_the_first_visit_asks_for_a_new_pin_and_only_at_the_own_telephone():
    async def story():
        office = Office()
        stranger = office.call("*98101", sender="102")
        await office.until("voicemail_no_pin")
        stranger.leave()
        owner = office.call("*97", sender="101")
        await office.until("voicemail_set_up")
        await office.until("voicemail_new_pin")
        await office.keys(owner, "1234#")
        await office.until("voicemail_pin_again")
        await office.keys(owner, "1234#")
        await office.until("voicemail_pin_weak")
        await office.until("voicemail_new_pin", 2)
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_pin_again", 2)
        await office.keys(owner, "7292#")
        await office.until("voicemail_pin_differs")
        await office.until("voicemail_new_pin", 3)
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_pin_again", 3)
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_pin_changed")
        await office.until("voicemail_menu")
        owner.leave()
        mailroom = office.exchange.mailroom
        assert await mailroom.check_pin("101", PIN, Side.OWN) is PinResult.RIGHT

    run(story())


def test_wrong_pins_lock_strangers_out_and_not_the_owner():
    async def story():
        office = Office()
        await office.set_pin("101")
        for call in range(2):
            stranger = office.call("*98101", sender="102")
            for _ in range(3):
                await office.until("enter_pin", 1)
                await office.keys(stranger, "5555#")
                await asyncio.sleep(4.0)
            await asyncio.sleep(8.0)
            assert stranger.said[-1] == "end NORMAL_CLEARING", call
        mailroom = office.exchange.mailroom
        assert await mailroom.check_pin("101", PIN, Side.FAR) is PinResult.LOCKED
        assert await mailroom.check_pin("101", PIN, Side.OWN) is PinResult.RIGHT
        await asyncio.sleep(301.0)
        assert await mailroom.check_pin("101", PIN, Side.FAR) is PinResult.RIGHT
        assert "5555" not in "".join(office.ledger.story)

    run(story())


def test_the_owner_chooses_a_language_and_is_greeted_in_it():
    async def story():
        office = Office()
        await office.set_pin("101")
        owner = office.call("*97", sender="101")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_menu")
        await office.keys(owner, "4")
        await asyncio.sleep(3.0)
        assert "play voicemail_language en" in office.studio.log
        assert "play voicemail_language fa" in office.studio.log
        await office.keys(owner, "3")
        await office.until("voicemail_language_set")
        assert office.studio.log[-1] == "play voicemail_language_set ar"
        owner.leave()
        again = office.call("*97", sender="101")
        await office.until("enter_pin", 2)
        assert "play enter_pin ar" in office.studio.log
        again.leave()

    run(story())


def test_a_greeting_is_recorded_heard_and_kept_until_a_day():
    async def story():
        office = Office()
        await office.set_pin("101")
        office.studio.speech = Speech(spans=[(0.0, 4.0)])
        owner = office.call("*97", sender="101")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_menu")
        await office.keys(owner, "2")
        await office.until("voicemail_greetings_menu")
        await office.keys(owner, "3")
        await office.until("beep")
        await asyncio.sleep(5.0)
        await office.keys(owner, "#")
        await office.until("voicemail_greeting_menu")
        await office.keys(owner, "1")
        await office.until("voicemail_how_many_days")
        await office.keys(owner, "3#")
        await office.until("voicemail_greeting_saved")
        assert files.recorded_greetings(office.home, "101") == {Greeting.TEMPORARY}
        until = (await office.exchange.mailroom.state_of("101")).temporary_until
        assert 2 * 86400 < until - office.exchange.mailroom.now() <= 3 * 86400
        owner.leave()
        await settle()
        assert not list(office.home.voicemail_spool.glob(".greeting*"))

    run(story())


def test_star_during_the_greeting_lets_the_owner_in_from_elsewhere():
    async def story():
        office = Office()
        await office.set_pin("101")
        owner = office.call("*99101", sender="102")
        await settle()
        await office.keys(owner, "*")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        await office.until("voicemail_menu")
        owner.leave()

    run(story())


# -- faults -----------------------------------------------------------------------------------


def test_a_disk_that_refuses_is_announced_and_the_exchange_goes_on():
    async def story():
        office = Office()
        await office.set_pin("101")
        working = office.disk.do

        async def refuse(work):
            raise DiskFault("no space left on device")

        office.disk.do = refuse
        callers = [office.call("*99101"), office.call("*97", sender="101")]
        await asyncio.sleep(10.0)
        assert all(caller.said[-1].startswith("end SWITCH_CONGESTION") for caller in callers)
        assert "voicemail_failed 101" in office.ledger.story
        office.disk.do = working
        await office.leave("101")

    run(story())


def hang_up_moments():
    """Every quarter of a second of a call that leaves a message, and one of a long visit."""
    return [("*99101", n * 0.5) for n in range(26)] + [("*97", n * 0.5) for n in range(60)]


@pytest.mark.parametrize(("number", "after_s"), hang_up_moments())
def test_hanging_up_at_any_moment_keeps_what_was_said_and_nothing_half(number, after_s):
    async def story():
        office = Office(min_length_s=1.0)
        await office.leave("101", 4.0)
        await office.set_pin("101")
        caller = office.call(number, sender="101")
        keys = itertools.chain(f"{PIN}#1##2#3{PIN}#{PIN}#" if number == "*97" else "")

        async def press():
            for key in keys:
                await asyncio.sleep(0.7)
                if not caller.leg.is_gone:
                    caller.leg.on_digit(key)

        pressing = asyncio.ensure_future(press())
        await asyncio.sleep(after_s)
        if not caller.leg.is_gone:
            caller.leave()
        pressing.cancel()
        await asyncio.sleep(15.0)
        assert office.rows("call") == []
        assert office.rows("recording") == []
        said = after_s - 4.0  # after the greeting and the tone
        kept = office.recorder()
        if number == "*99101" and said > 1.2:
            assert kept == 1
        if number == "*97" or said < 0.8:
            assert kept == 0
        assert office.spool() == []
        for message in office.messages("101"):
            assert (office.home.voicemail / message.path).stat().st_size == message.bytes

    run(story())


@pytest.mark.parametrize("seed", range(12))
def test_random_keys_leave_the_box_sound(seed):
    async def story():
        dice = random.Random(seed)
        office = Office()
        await office.leave("101", 3.0)
        await office.leave("101", 3.0)
        await office.set_pin("101")
        owner = office.call("*97", sender="101")
        await office.until("enter_pin")
        await office.keys(owner, f"{PIN}#")
        for _ in range(150):
            await asyncio.sleep(dice.choice((0.0, 0.01, 0.5, 2.5, 6.0)))
            if owner.leg.is_gone:
                break
            owner.leg.on_digit(dice.choice("0123456789*#ABCD"))
        if not owner.leg.is_gone:
            owner.leave()
        await asyncio.sleep(200.0)
        assert office.rows("call") == []
        office.recorder()  # whoever calls back may come to another box, and speak into it
        assert office.spool() == []
        states = [m.state for m in office.messages("101", *MessageState)]
        assert len(states) == 2
        assert set(states) <= set(MessageState)

    run(story())
