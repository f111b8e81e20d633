"""Flows against hostile callers, services and tables: nothing pins the exchange, leads out of a
path or leaves a card behind."""

from __future__ import annotations

import time

import pytest

from firmware.ivr.expression import CannotCompute, bounded, compute
from firmware.ivr.ports import Receipt
from tests.jump import run
from tests.unit.flow_bench import walk
from tests.unit.switchd_bench import Rig, settle
from tests.unit.test_switchd_flows import PAY, Till, press, site_of

LOOK = """
- name: look
  look_up: {service: crm, path: "/c/1", take: [{variable: name, path: name}],
            next: again, failed: broken}
- name: again
  look_up: {service: crm, path: "/c/{name}/debts", take: [{variable: due, path: due}],
            next: say, failed: broken}
- name: say
  say: {saying: {en: "You owe {due|money:irr}."}, next: out}
- name: out
  transfer: {to: "queue:support"}
- name: broken
  transfer: {to: "voicemail:101"}
"""


def looked(name, due="5"):
    return walk(LOOK, answers={"crm": {"name": name, "due": due}})


@pytest.mark.parametrize("value", [10**400, -(10**400), "\ud800", "a\udfffb", float("nan")])
def test_a_value_that_no_file_or_float_can_hold_is_none(value):
    with pytest.raises(CannotCompute):
        bounded(value)
    assert str(looked(value).to) == "voicemail:101"


def test_text_of_any_script_is_a_value():
    assert bounded("سلام 😀") == "سلام 😀"
    assert str(looked("سلام").to) == "queue:support"


@pytest.mark.parametrize("name", ["..", "."])
def test_no_value_leads_out_of_the_path_of_a_look_up(name):
    found = looked(name)
    assert [one.path for one in found.world.asked] == ["/c/1"]
    assert str(found.to) == "voicemail:101"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../admin", "/c/..%2Fadmin/debts"),
        ("x?y=1#z", "/c/x%3Fy%3D1%23z/debts"),
        ("a\r\nHost: evil", "/c/a%0D%0AHost%3A%20evil/debts"),
        ("@evil.example", "/c/%40evil.example/debts"),
    ],
)
def test_a_value_stays_one_part_of_the_path(name, path):
    assert looked(name).world.asked[-1].path == path


@pytest.mark.parametrize("due", ["1E999999999", "1E2000000", "-1E999999", "9" * 900])
def test_an_enormous_amount_is_not_said_and_costs_no_time(due):
    began = time.process_time()
    found = looked("Sara", due)
    assert time.process_time() - began < 1.0
    assert found.to is None
    assert not any("You owe" in line for line in found.heard)


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "'a' * 99999999",
        "''.__class__",
        "text.__globals__",
        "number.__self__",
        "(lambda: 1)()",
        "[1 for a in text('x')]",
        "f'{caller}'",
        "'%s' % caller",
        "caller[0]",
        "(a := 5)",
        "__import__('os')",
        "1e308 * 10",
        "number('9' + '9')" + " * number('999999999999')" * 11,
        "-" * 200 + "1",
        "(" * 90 + "1" + ")" * 90 + "**2",
    ],
)
def test_an_expression_reaches_nothing_and_costs_nothing(expression):
    began = time.process_time()
    with pytest.raises(CannotCompute):
        compute(expression, {"caller": "0912"})
    assert time.process_time() - began < 0.2


def test_a_flow_that_goes_round_lets_others_go_on_and_ends():
    nodes = """
- name: one
  branch: {case: [{when: "1 < 2", to: two}], otherwise: out}
- name: two
  branch: {case: [{when: "1 < 2", to: one}], otherwise: out}
- name: out
  hang_up: {}
"""

    async def story():
        rig = Rig(site_of(nodes))
        rounds = rig.call("800")
        await settle()
        other = rig.call("102", sender="101")
        await settle()
        assert rig.stack.dialled  # served while the first goes round
        await rig.until(lambda: rounds.leg.is_gone)
        assert any("flow_in_a_circle" in line for line in rig.ledger.story)
        other.leave()
        await settle()

    run(story())


AFTER_CARD = (
    PAY.replace("failed: out", "failed: top")
    + """
- name: top
  menu:
    saying: {prompt: welcome}
    choice: [{digit: 4, to: out}, {digit: 1, to: out}]
    otherwise: out
"""
)


def test_the_rest_of_a_card_that_is_keyed_in_too_slowly_is_on_no_record():
    async def story():
        rig = Rig(site_of(AFTER_CARD))
        till = rig.exchange.flows.services = Till(Receipt(is_approved=True, reference="R"))
        caller = rig.call("800")
        await settle()
        [call] = rig.exchange._calls.values()
        for _ in range(3):  # three numbers that are none: the node gives up
            press(caller, "4242#")
            await rig.until(lambda: not caller.leg.has_keys)
            await settle()
        for key in "411111":  # and they go on
            press(caller, key)
            await rig.until(lambda: not caller.leg.has_keys, 20)
            assert call.tape.is_paused
        await rig.until(lambda: caller.leg.is_gone)
        assert till.charges == []
        assert rig.ledger.last_call.digits == ""
        assert not any(line.startswith("pressed") for line in rig.ledger.story)

    run(story())


def test_nobody_resumes_the_recording_of_a_payment_from_outside():
    async def story():
        rig = Rig(site_of(PAY))
        rig.exchange.flows.services = Till(Receipt(is_approved=True, reference="R"))
        caller = rig.call("800")
        await settle()
        [call] = rig.exchange._calls.values()
        assert call.tape.is_paused
        call.pause_recording(False)
        assert call.tape.is_paused
        call.pause_recording(True)
        call.pause_recording(False)
        assert call.tape.is_paused
        press(caller, "4111111111111111#1228987#")
        await rig.until(lambda: caller.leg.is_gone)
        assert not call.tape.is_paused
        call.pause_recording(True)
        assert call.tape.is_paused  # a pause pauses: none was owed

    run(story())
