"""Voicemail by telephone, as a caller and the owner of a box meet it: every path, every hang-up."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from firmware.config.sections.voicemail import Mailbox
from firmware.model.cause import Cause
from firmware.model.voicemail import Greeting
from firmware.voicemail import files
from tests.jump import run
from tests.unit.switchd_bench import Speech, settle
from tests.unit.voicemail_bench import QUIET, Office


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


def test_what_is_said_reaches_the_disk_while_it_is_said():
    """A power cut takes half a second at most, and nothing once the caller has heard the thanks."""

    async def story():
        office = Office()
        caller = office.call("*99101")
        await office.until("beep")
        await asyncio.sleep(2.0)
        [spooled] = office.home.voicemail_spool.iterdir()
        assert (spooled / files.META).exists()
        sizes = []
        for _ in range(20):
            await asyncio.sleep(0.5)
            sizes.append((spooled / files.SOUND).stat().st_size)
        steps = [after - before for before, after in itertools.pairwise(sizes)]
        assert max(steps) <= 2 * 8000 * 1.1  # 16-bit samples at 8 kHz; the ear looks each 0.5 s
        caller.leg.on_digit("#")
        kept, play = [], office.studio.play

        def noted(leg, prompt, language):
            kept.append((spooled / files.DONE).exists())
            return play(leg, prompt, language)

        office.studio.play = noted
        await office.until("voicemail_thanks")
        assert kept == [True]
        assert list(office.home.ram_voicemail.iterdir()) == []

    run(story())


def test_a_message_that_no_disk_takes_is_not_thanked_for_but_kept_later():
    async def story():
        office = Office()
        keep = office._keeper.keep
        office._keeper.keep = lambda live: 0
        caller = office.call("*99101")
        await office.until("beep")
        await asyncio.sleep(7.0)
        caller.leg.on_digit("#")
        await asyncio.sleep(12.0)
        assert "voicemail_thanks" not in office.heard
        assert "voicemail_failed 101" in office.ledger.story
        assert office.recorder() == 0
        office._keeper.keep = keep
        await asyncio.sleep(1.0)
        assert office.recorder() == 1
        assert len(office.messages("101")) == 1

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
