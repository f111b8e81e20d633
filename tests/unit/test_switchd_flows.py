"""Flows in the running exchange: keys and time-outs as legs give them, versions, what comes after
a queue, what is recorded and what is not."""

from __future__ import annotations

from firmware.config import document
from firmware.ivr.ports import Charge, NoAnswer, Receipt
from firmware.model.flow.wish import QueueWish
from firmware.model.record import Disposition, FlowResult
from firmware.switchd.disk import DiskFault
from tests.jump import run
from tests.unit.flow_bench import text_of
from tests.unit.switchd_bench import Rig, settle

MENU = """
- name: top
  menu:
    saying: {prompt: welcome}
    choice: [{digit: 1, to: ask}, {digit: 2, to: "extension:101"}]
    otherwise: out
- name: ask
  collect: {saying: {prompt: enter_number}, variable: account, most: 6, next: tell, otherwise: out}
- name: tell
  say: {saying: {en: "It is {account|digits}."}, next: out}
- name: out
  hang_up: {saying: {prompt: goodbye}}
"""


def site_of(nodes: str, head: str = "", **lines: str):
    text = text_of(nodes, "number: 800\n" + head)
    return document.parse(text)


def press(dialog, keys: str) -> None:
    for key in keys:
        dialog.leg.on_digit(key)


def played(rig: Rig) -> list[str]:
    return [line for line in rig.studio.log if line.startswith("play")]


def test_a_key_ends_what_is_said_and_keys_pressed_early_are_kept():
    async def story():
        rig = Rig(site_of(MENU))
        caller = rig.call("800")
        await settle()
        press(caller, "1123456")  # all of it before the menu is said
        await rig.until(lambda: caller.leg.is_gone)
        await settle()
        said = [line for line in played(rig) if "enter_number" in line]
        assert said == []  # who has keyed it in need not hear the question
        assert any("123456" in line for line in played(rig))
        assert "pressed 1" in rig.ledger.story
        assert "123456" not in " ".join(rig.ledger.story)
        assert rig.ledger.last_call.digits == "1"
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED

    run(story())


def test_a_silent_caller_is_asked_three_times_and_comes_to_the_end():
    async def story():
        rig = Rig(site_of(MENU))
        caller = rig.call("800")
        await rig.until(lambda: caller.leg.is_gone)
        assert played(rig) == ["play welcome en"] * 3 + ["play goodbye en"]
        assert caller.said[0] == "200"

    run(story())


def test_a_caller_who_leaves_in_any_node_leaves_nothing_behind():
    async def story():
        for keys in ("", "1", "11", "112#", "9"):
            rig = Rig(site_of(MENU))
            caller = rig.call("800")
            await settle()
            press(caller, keys)
            await settle()
            caller.leave()
            await rig.until(lambda rig=rig: rig.exchange.calls == 0)
            assert rig.rows("call") == rig.rows("leg") == []

    run(story())


def test_keys_no_telephone_has_and_storms_of_keys_do_no_harm():
    async def story():
        rig = Rig(site_of(MENU))
        caller = rig.call("800")
        for _ in range(400):
            press(caller, "ABCD*#0197")
        await rig.until(lambda: caller.leg.is_gone)

    run(story())


def test_a_running_call_finishes_on_the_flows_it_began_with():
    async def story():
        old = site_of(MENU)
        rig = Rig(old)
        caller = rig.call("800")
        await settle()
        fresh = MENU.replace("prompt: enter_number", "prompt: enter_pin")
        new = site_of(fresh)
        rig.exchange.reload(new, 8)
        other = rig.call("800", sender="101")
        await settle()
        for dialog in (caller, other):
            press(dialog, "1")
        await settle()
        assert "play enter_number en" in rig.studio.log
        assert "play enter_pin en" in rig.studio.log
        caller.leave()
        other.leave()
        await settle()

    run(story())


def test_a_flow_that_a_reload_takes_away_is_finished_by_who_is_in_it():
    async def story():
        text = text_of(
            '- {name: a, say: {saying: {prompt: welcome}, next: "ivr:other"}}', "number: 800"
        )
        text += "  - {name: other, languages: [en], node: [{name: b, hang_up:"
        text += " {saying: {prompt: goodbye}}}]}\n"
        rig = Rig(document.parse(text))
        caller = rig.call("800")
        await settle()
        rig.exchange.reload(site_of(MENU), 8)
        await rig.until(lambda: caller.leg.is_gone)
        assert played(rig) == ["play welcome en", "play goodbye en"]
        assert "moved ivr:other" in rig.ledger.story

    run(story())


QUEUE = """
- name: urgent
  attributes: {priority: 7, vip: true, next: wait}
- name: wait
  queue: {name: support, after: score}
- name: score
  survey:
    question: [{name: kind, saying: {prompt: welcome}}]
    comment: {prompt: flow_speak}
    next: out
- name: out
  hang_up: {}
"""


async def in_talk(rig: Rig):
    """A caller and the agent 101, who talk."""
    caller = rig.call("800")
    await rig.until(lambda: rig.stack.dialled)
    agent = rig.stack.dialled[0]
    agent.leg.on_ringing()
    agent.leg.on_answered()
    await settle()
    return caller, agent


def test_who_is_still_there_after_the_agent_is_asked_how_it_was():
    async def story():
        rig = Rig(site_of(QUEUE))
        caller, agent = await in_talk(rig)
        [call] = rig.exchange._calls.values()
        assert call.wish == QueueWish(priority=7, is_vip=True)
        agent.leave()
        await settle()
        assert not caller.leg.is_gone
        press(caller, "4")
        await rig.until(lambda: caller.leg.is_gone)
        results = [one for one in rig.ledger.records if isinstance(one, FlowResult)]
        score, comment = results
        assert (score.kind, score.name, score.value) == ("score", "kind", "4")
        assert (score.queue, score.agent) == ("support", agent.leg.party)
        assert comment.kind == "comment"
        assert (rig.exchange.flows.disk.home.flows / comment.value).stat().st_size > 44
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED

    run(story())


def test_nobody_is_asked_who_hung_up_first():
    async def story():
        rig = Rig(site_of(QUEUE))
        caller, agent = await in_talk(rig)
        caller.leave()
        await rig.until(lambda: rig.exchange.calls == 0)
        assert agent.said[-1].startswith("end")
        assert not any("score" in line for line in rig.ledger.story)

    run(story())


def test_without_a_node_after_it_the_end_of_the_talk_ends_the_call():
    async def story():
        rig = Rig(site_of(QUEUE.replace(", after: score", "").split("- name: score")[0]))
        caller, agent = await in_talk(rig)
        agent.leave()
        await settle()
        assert caller.said[-1] == "end NORMAL_CLEARING"

    run(story())


def test_a_comment_a_disk_refuses_costs_the_comment_and_not_the_call():
    async def story():
        rig = Rig(site_of(QUEUE))
        caller, agent = await in_talk(rig)

        async def broken(work):
            raise DiskFault("full")

        rig.exchange.flows.disk.do = broken
        agent.leave()
        await settle()
        press(caller, "3")
        await rig.until(lambda: caller.leg.is_gone)
        assert any("flow_not_kept" in line for line in rig.ledger.story)
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED

    run(story())


PAY = """
- name: pay
  pay: {service: till, path: /, amount: 5, currency: usd, next: out, declined: out, failed: out}
- name: out
  hang_up: {}
"""


class Till:
    def __init__(self, answer):
        self.answer = answer
        self.charges: list[Charge] = []

    async def charge(self, charge):
        self.charges.append(charge)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_card_s_digits_are_in_no_record_and_the_tape_pauses(caplog):
    caplog.set_level("DEBUG")

    async def story(answer):
        rig = Rig(site_of(PAY))
        till = rig.exchange.flows.services = Till(answer)
        caller = rig.call("800")
        await settle()
        [call] = rig.exchange._calls.values()
        assert call.tape.is_paused
        press(caller, "41111111")
        await settle()
        assert call.tape.is_paused
        press(caller, "11111111#1228987#")
        await rig.until(lambda: caller.leg.is_gone)
        assert not call.tape.is_paused
        assert [one.card for one in till.charges] == ["4111111111111111"]
        everything = repr(rig.ledger.records) + repr(rig.studio.log) + caplog.text
        for secret in ("4111111111111111", "1228", "987"):
            assert secret not in everything
        assert rig.ledger.last_call.digits == ""

    run(story(Receipt(is_approved=True, reference="R-77")))
    run(story(Receipt(is_approved=False, reference="")))
    run(story(NoAnswer("dead")))


def test_a_caller_who_leaves_while_the_card_is_charged_is_charged_and_it_is_on_record():
    async def story():
        rig = Rig(site_of(PAY))
        till = rig.exchange.flows.services = Till(Receipt(is_approved=True, reference="R-77"))
        caller = rig.call("800")
        await settle()
        press(caller, "4111111111111111#1228987#")
        await rig.until(lambda: till.charges, 5)
        caller.leave()
        await rig.until(lambda: rig.exchange.calls == 0)
        [kept] = [one for one in rig.ledger.records if isinstance(one, FlowResult)]
        assert kept.value == "5 R-77"

    run(story())


def test_a_callback_is_asked_of_whoever_keeps_them():
    nodes = """
- name: offer
  callback: {queue: support, next: out, otherwise: "extension:101"}
- name: out
  hang_up: {}
"""

    class Keeper:
        def __init__(self):
            self.asked = []

        async def ask_back(self, call, queue, number):
            self.asked.append((queue, number))
            return True

    async def story():
        rig = Rig(site_of(nodes))
        keeper = rig.exchange.flows.callbacks = Keeper()
        caller = rig.call("800")
        await settle()
        press(caller, "1")
        await rig.until(lambda: caller.leg.is_gone)
        assert keeper.asked == [("support", "102")]
        rig.exchange.flows.callbacks = None
        rig.call("800").leg.on_digit("1")
        await rig.until(lambda: rig.stack.dialled)
        assert rig.stack.dialled[0].leg.party == "101"

    run(story())


def test_what_is_said_waits_for_the_voice_that_speaks_it():
    class Voice:
        def __init__(self):
            self.spoken = []

        async def ready(self, words, language):
            self.spoken += [(text, language) for text in words.values()]

        def speak_ahead(self, words):
            self.ahead = words

        def close(self):
            pass

    async def story():
        rig = Rig(site_of(MENU))
        voice = rig.exchange.flows.voice = Voice()
        rig.exchange.reload(site_of(MENU), 8)
        assert list(voice.ahead["en"].values()) == ["It is"]
        caller = rig.call("800")
        await settle()
        press(caller, "1123456")
        await rig.until(lambda: caller.leg.is_gone)
        assert voice.spoken == [("It is", "en")]

    run(story())


def test_an_agent_who_sends_the_caller_into_a_flow_is_told_that_it_went_well():
    async def story():
        rig = Rig(site_of(MENU))
        caller = rig.call("101")
        await settle()
        agent = rig.stack.dialled[0]
        agent.leg.on_answered()
        await settle()
        hairpin = rig.refer(agent, "800")
        await settle()
        assert "200" in hairpin.said
        press(caller, "2")
        await rig.until(lambda: len(rig.stack.dialled) > 1)

    run(story())
