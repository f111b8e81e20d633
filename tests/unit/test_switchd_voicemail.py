"""Voicemail by telephone, as a caller and the owner of a box meet it: every path, every hang-up."""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import closing
from dataclasses import replace

import pytest

from firmware.config import history
from firmware.config.schema import Extension
from firmware.config.sections.voicemail import Mailbox, Voicemail
from firmware.model.cause import Cause
from firmware.model.voicemail import Greeting, MessageState, PinResult, Side
from firmware.recorder.sweep import Sweeper
from firmware.store import mailboxes
from firmware.store.db import open_store
from firmware.switchd.disk import DiskFault
from firmware.voicemail import files
from tests.jump import run
from tests.unit.switchd_bench import Rig, Speech, settle, site

PIN = "7291"
QUIET = Speech(spans=[])


class Office(Rig):
    """An exchange in which everybody has a box; the recorder comes when it is asked for."""

    def __init__(self, **settings):
        people = (
            Extension(number="101", name="Sara", password="not-a-secret-1"),
            Extension(number="102", name="Omar", password="not-a-secret-2", language="fa"),
            Extension(number="201", name="Desk", language="ar"),
        )
        voicemail = Voicemail(**{"for_everyone": True, **settings})
        super().__init__(site(voicemail=voicemail, extension=people))
        self.disk = self.exchange.mailroom._disk
        self.home = self.disk.home
        history.create_first(self.home, site(voicemail=voicemail, extension=people))

    @property
    def heard(self):
        """What was begun to be played, in order, without the language."""
        return [
            line.removeprefix("play ").rpartition(" ")[0] if line != "beep" else line
            for line in self.studio.log
            if line.startswith("play ") or line == "beep"
        ]

    def recorder(self):
        """Let the recorder sweep once; how many messages it kept."""
        sweeper = Sweeper(self.home)
        sweeper._purge_at = float("inf")  # its clock is the wall's, and here it is 1970
        return sweeper.sweep(frozenset(row.id for row in self.rows("recording")))

    def messages(self, number, *states):
        with closing(open_store(self.home)) as db:
            return mailboxes.messages(db, number, *states)

    def spool(self):
        return sorted(path.name for path in self.home.voicemail_spool.iterdir())

    async def keys(self, dialog, keys, pause_s=0.3):
        """Press keys, one after the other."""
        for key in keys:
            await asyncio.sleep(pause_s)
            dialog.leg.on_digit(key)
        await settle()

    async def leave(self, number, speech_s=5.0, sender="102", by="#"):
        """Leave a message of so many seconds."""
        before = self.heard.count("beep")
        caller = self.call(f"*99{number}", sender=sender)
        await self.until("beep", before + 1)
        await asyncio.sleep(2.0 + speech_s)
        if by == "#":
            caller.leg.on_digit("#")
            await asyncio.sleep(3.0)
        else:
            caller.leave()
        await settle()
        assert self.recorder() == 1
        return caller

    async def until(self, heard, count=1):
        """Wait until something is played for the so-many-th time."""
        for _ in range(4000):
            if self.heard.count(heard) >= count:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{heard} was not heard: {self.heard}")

    async def set_pin(self, number, pin=PIN):
        assert await self.exchange.mailroom.set_pin(number, pin) is None


def test_a_caller_leaves_a_message_and_the_lamp_is_lit_when_it_is_safe():
    async def story():
        office = Office()
        await office.exchange.mailroom.count_all()
        caller = office.call("*99101", sender="102")
        await office.until("beep")
        assert office.heard[0].startswith("('voicemail_unavailable', 'voicemail_leave')")
        assert all(line.endswith(" fa") for line in office.studio.log if line.startswith("play"))
        [row] = office.rows("recording")
        assert office.recorder() == 0  # it is being written
        await asyncio.sleep(7.0)
        caller.leg.on_digit("#")
        await office.until("voicemail_thanks")
        assert office.rows("recording") == []
        assert office.messages("101") == []  # not safe yet, so not counted
        assert {row.id: row.new for row in office.rows("mailbox")}["101"] == 0
        assert office.recorder() == 1
        office.exchange.mailroom.count_soon("101")
        await settle()
        assert {row.id: row.new for row in office.rows("mailbox")}["101"] == 1
        [message] = office.messages("101")
        assert (message.id, message.caller, message.state) == (row.id, "102", "new")
        assert 4.5 < message.length_s < 6.0
        await asyncio.sleep(5.0)
        assert caller.said[-1] == "end NORMAL_CLEARING"
        assert office.ledger.last_call.disposition == "no_answer"
        assert office.ledger.last_call.place == "voicemail:101"

    run(story())


def test_a_caller_who_hangs_up_in_a_message_has_left_it():
    async def story():
        office = Office()
        await office.leave("101", 4.0, by="leaving")
        [message] = office.messages("101")
        assert 3.5 < message.length_s < 4.6

    run(story())


def test_what_is_said_reaches_the_disk_while_it_is_said(monkeypatch):
    """A power cut takes two seconds at most, and nothing once the caller has heard the thanks."""

    async def story():
        office, synced = Office(), []
        real = files.sync_file

        def noted(path):
            synced.append((path.name, path.stat().st_size))
            real(path)

        monkeypatch.setattr(files, "sync_file", noted)
        caller = office.call("*99101")
        await office.until("beep")
        [spooled] = office.home.voicemail_spool.iterdir()
        assert (spooled / files.META).exists()  # whose it is, before anything is said
        await asyncio.sleep(2.0 + 11.0)
        before_the_end = list(synced)
        caller.leg.on_digit("#")
        await office.until("voicemail_thanks")
        sizes = [size for name, size in before_the_end if name == files.SOUND]
        steps = [after - before for before, after in itertools.pairwise([44, *sizes])]
        assert len(sizes) >= 4
        assert max(steps) <= 2 * 8000 * 2.6  # 16-bit samples at 8 kHz
        assert synced[-1][1] == (spooled / files.SOUND).stat().st_size
        assert (spooled / files.DONE).exists()

    run(story())


def test_silence_and_the_longest_length_end_a_message():
    async def story():
        office = Office(end_silence_s=4.0, max_length_s=30.0)
        office.studio.speech = Speech(spans=[(0.0, 3.0)])
        office.call("*99101")
        await office.until("voicemail_thanks")
        assert "voicemail_taken silence 3.0 s for 101" in office.ledger.story
        office.studio.speech = Speech()
        office.call("*99101")
        await office.until("voicemail_thanks", 2)
        assert any(e.startswith("voicemail_taken length 30.") for e in office.ledger.story)
        assert office.recorder() == 2
        short, long = sorted(m.length_s for m in office.messages("101"))
        assert short == pytest.approx(3.5, abs=0.1)
        assert long == pytest.approx(30.0, abs=0.2)

    run(story())


def test_nothing_said_is_asked_again_and_not_kept():
    async def story():
        office = Office(end_silence_s=3.0)
        office.studio.speech = QUIET
        office.call("*99101")
        await office.until("goodbye")
        assert office.heard.count("voicemail_too_short") == 3
        await asyncio.sleep(3.0)
        assert office.spool() == []
        assert office.recorder() == 0

    run(story())


def test_a_full_box_says_so():
    async def story():
        office = Office(box=(Mailbox(extension="101", max_messages=1),))
        await office.leave("101")
        caller = office.call("*99101")
        await office.until("voicemail_full")
        await asyncio.sleep(3.0)
        assert caller.said[-1] == "end NORMAL_CLEARING"
        assert "voicemail_full 101" in office.ledger.story
        assert len(office.messages("101")) == 1

    run(story())


@pytest.mark.parametrize(
    ("situation", "recorded", "days", "heard"),
    [
        ("no answer", (), None, "('voicemail_unavailable', 'voicemail_leave')"),
        ("busy", (), None, "('voicemail_busy', 'voicemail_leave')"),
        ("no answer", ("away", "busy"), None, "file greetings/away.wav"),
        ("busy", ("away", "busy"), None, "file greetings/busy.wav"),
        ("busy", ("away",), None, "file greetings/away.wav"),
        ("busy", ("away", "busy", "temporary"), None, "file greetings/temporary.wav"),
        ("busy", ("away", "busy", "temporary"), 1, "file greetings/temporary.wav"),
        ("busy", ("away", "busy", "temporary"), -1, "file greetings/busy.wav"),
    ],
)
def test_each_state_has_its_greeting(situation, recorded, days, heard):
    async def story():
        office = Office()
        mailroom = office.exchange.mailroom
        for name in recorded:
            sound = mailroom.new_greeting("101")
            sound.write_bytes(bytes(44))
            until = None if days is None else mailroom.now() + 86400 * days
            await mailroom.keep_greeting("101", Greeting(name), sound, until)
        caller = office.call("101", sender="102")
        await settle()
        [telephone] = office.stack.dialled
        if situation == "busy":
            telephone.leave(Cause.USER_BUSY)
        else:
            await asyncio.sleep(21.0)
        await settle()
        # The file's name in the log ends where the language would stand.
        assert office.studio.log[-1].removeprefix("play ").startswith(heard)
        caller.leave()
        await asyncio.sleep(1.0)
        assert office.ledger.last_call.place == "voicemail:101"

    run(story())


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
