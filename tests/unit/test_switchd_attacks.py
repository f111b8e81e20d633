"""What people try who want more than they were given: calls at another's expense, another's
settings, a name that is not theirs, an exchange that falls over."""

from __future__ import annotations

import asyncio

import pytest

from firmware.config.schema import Choice, Ivr
from firmware.config.sections.routing import Dialling, Outbound
from firmware.sip.message import Replaces, header, invitation
from tests.jump import run
from tests.unit.outside_bench import Outdoors, office
from tests.unit.switchd_bench import Rig, settle


def watched(rig: Rig) -> list[BaseException | None]:
    """What would end the daemon."""
    failed: list[BaseException | None] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: failed.append(context.get("exception"))
    )
    return failed


async def talking(rig: Rig, caller: str, called: str):
    one = rig.call(called, sender=caller)
    await settle()
    other = rig.stack.dialled[-1]
    other.leg.on_answered()
    await settle()
    return one, other


# -- another's settings -------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["*720912000", "*78", "*7410912000"])
def test_nobody_is_transferred_to_a_code_that_changes_what_they_have_set(code):
    async def story():
        rig = Outdoors()
        attacker, _victim = await talking(rig, "102", "101")
        hairpin = rig.refer(attacker, code)
        await asyncio.sleep(5.0)
        victim = rig.exchange.people.of("101")
        assert not victim.forwards
        assert not victim.dnd
        assert not victim.speed_dials
        assert any(said.startswith("end ") for said in hairpin.said)

    run(story())


@pytest.mark.parametrize("code", ["*72", "*74", "*35", "*28"])
def test_a_stranger_put_at_the_prompt_of_a_code_sets_nothing_and_ends_nothing(code):
    async def story():
        rig = Outdoors()
        failed = watched(rig)
        attacker, stranger = await talking(rig, "101", "0912")
        asking = rig.call(code, sender="101")
        await settle()
        rig.refer(attacker, replaces=_dialog(asking))
        await settle()
        for key in "1#" if code == "*74" else "":
            stranger.leg.on_digit(key)
            await settle()
        for key in "0912000#":
            stranger.leg.on_digit(key)
            await settle()
        await asyncio.sleep(20.0)
        assert failed == []

    run(story())


@pytest.mark.parametrize("account", ["edge", "browsers"])
def test_who_hides_their_number_calls_outside_as_far_as_they_may_all_the_same(account):
    """102 may call inside only. Which account a call comes by follows from the media it offers."""

    async def story():
        rig = Outdoors()
        attacker = rig.call("09120000000", account=account, is_private=True)
        await asyncio.sleep(60.0)
        assert rig.stack.dialled == []
        assert attacker.said[-1].startswith("end ")
        assert rig.ledger.last_call.caller == "102"

    run(story())


def test_a_call_of_a_browser_is_of_its_persons_telephone():
    """Its name is the configuration's and not what the browser says; the last number is kept."""

    async def story():
        rig = Outdoors()
        rig.call("101", sender="102", account="browsers")
        await settle()
        (row,) = rig.rows("call")
        assert (row.caller, row.caller_name) == ("102", "Omar")
        assert rig.exchange.people.last_called("102") == "101"

    run(story())


def test_a_number_outside_that_reads_like_an_extension_is_not_that_extension():
    async def story():
        rig = Outdoors(
            office(
                outbound=(
                    Outbound(
                        name="all",
                        patterns=("9.",),
                        strip=1,
                        ways=("fxo-1",),
                        permission="internal",
                    ),
                )
            )
        )
        attacker, stranger = await talking(rig, "102", "9101")
        assert rig.out == [("fxo-1", "101")]
        rig.refer(attacker, "*97")
        await asyncio.sleep(5.0)
        assert "play voicemail_set_up en" not in rig.studio.log
        assert not rig.exchange.people.is_busy("101")
        stranger.leave()

    run(story())


# -- calls at another's expense -------------------------------------------------------------------


def test_what_was_transferred_outside_still_counts_against_who_called_it():
    async def story():
        rig = Outdoors(office(dialling=Dialling(max_calls=1)))
        first, _ = await talking(rig, "101", "0912")
        rig.refer(first, "102")  # a colleague takes it, the line still costs
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        rig.call("0913", sender="101")
        await asyncio.sleep(1.0)
        assert [number for _way, number in rig.out] == ["0912"]

    run(story())


def test_what_was_handed_over_in_another_call_still_counts():
    async def story():
        rig = Outdoors(office(dialling=Dialling(max_calls=1)))
        first, _ = await talking(rig, "101", "0912")
        second, _ = await talking(rig, "101", "102")
        rig.refer(first, replaces=_dialog(second))
        await asyncio.sleep(1.0)
        rig.call("0913", sender="101")
        await asyncio.sleep(1.0)
        assert [number for _way, number in rig.out] == ["0912"]

    run(story())


def test_the_keys_of_a_talk_do_not_choose_in_the_menu_after_it():
    async def story():
        menu = Ivr(name="main", number="600", choice=(Choice(digit="1", to="extension:102"),))
        rig = Outdoors(office(ivr=(menu,)))
        outside = rig.call("", sender="0999", line="fxo-1")
        await settle()
        answered = rig.stack.dialled[-1]
        answered.leg.on_answered()
        await settle()
        for key in "1234":  # the caller's bank may have asked for it
            outside.leg.on_digit(key)
        rig.refer(answered, "600")
        await asyncio.sleep(1.0)
        assert "moved ivr:main" in rig.ledger.story
        assert not any(line.startswith("pressed") for line in rig.ledger.story)

    run(story())


# -- names that are not theirs --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mailbox:102", "conference:board", "number:0912", "ivr:main"])
def test_a_caller_whose_number_is_written_like_a_destination_is_not_called_back(name):
    async def story():
        rig = Outdoors()
        outside = rig.call("", sender=name, line="fxo-1")
        await settle()
        outside.leave()
        await settle()
        caller = rig.call("*69", sender="101")
        await rig.until(lambda: caller.leg.is_gone)
        assert "play nothing_to_redial en" in rig.studio.log

    run(story())


def test_what_was_dialled_is_not_dialled_again_as_a_destination():
    async def story():
        rig = Outdoors()
        first = rig.call("ivr:main", sender="102")
        await rig.until(lambda: first.leg.is_gone)
        again = rig.call("*66", sender="102")
        await rig.until(lambda: again.leg.is_gone)
        assert "play nothing_to_redial en" in rig.studio.log

    run(story())


@pytest.mark.parametrize("end", ["\n\n", "\r\n\n", "\n\r\n", "\r\n\r"])
def test_a_body_is_not_read_as_headers_however_they_end(end):
    text = (
        "INVITE sip:101@box SIP/2.0\r\nFrom: <sip:102@box>;tag=a\r\nTo: <sip:101@box>"
        + end
        + "v=0\r\nX-Markaz-Trunk: provider\r\nX-Markaz-Line: fxo-1\r\n\r\nmore"
    )
    assert header(text, "X-Markaz-Trunk") == ""
    invite = invitation(text, "127.0.0.2:1")
    assert (invite.trunk, invite.line, invite.sender.user) == ("", "", "102")


def _dialog(dialog):
    return Replaces(call_id=dialog.id, is_early_only=False)
