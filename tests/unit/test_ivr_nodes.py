"""Every node: what it says and where it leads, also with callers who are silent, hostile or
quicker than it."""

from __future__ import annotations

import pytest

from firmware.ivr.ports import NoAnswer, NotThere
from firmware.model.calendar import CalendarState
from firmware.model.contact import Contact, ContactNumber
from tests.unit.flow_bench import Caller, text_of, walk, walk_site

CARD = "4111111111111111"

MENU = """
- name: top
  menu:
    saying: {en: "Press one or twelve."}
    choice:
      - {digit: 1, to: "queue:support"}
      - {digit: 12, to: "extension:101"}
      - {digit: "*", to: again}
    dials: true
    attempts: 2
    silent: {en: Are you there?}
    otherwise: "voicemail:101"
- name: again
  say: {saying: {en: Once more.}, next: top}
"""


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        ("1,", "queue:support"),
        ("1#", "queue:support"),
        ("12", "extension:101"),
        ("102", "extension:102"),
        ("10,", "voicemail:101"),  # no such choice, then silence
        ("*1,", "queue:support"),
        ("9912", "voicemail:101"),  # two wrong ones, and no attempt is left
        ("912", "extension:101"),
        ("", "voicemail:101"),
        ("###", "voicemail:101"),
    ],
)
def test_a_menu(keys, to):
    assert str(walk(MENU, keys=keys).to) == to


def test_a_silent_caller_is_asked_whether_they_are_there_and_then_led_on():
    found = walk(MENU)
    assert found.heard == ["Press one or twelve.", "Are you there?"] * 2
    assert str(found.to) == "voicemail:101"


def test_a_menu_that_leads_nowhere_says_goodbye():
    found = walk(MENU.replace('    otherwise: "voicemail:101"\n', ""), keys="5")
    assert "Sorry, that is not one of the choices." in found.heard
    assert found.heard[-1] == "Thank you for calling. Goodbye."
    assert found.to is None


COLLECT = """
- name: ask
  collect:
    saying: {en: Your account?}
    variable: account
    least: 3
    most: 5
    pattern: 1XX!
    confirms: true
    attempts: 3
    next: tell
    otherwise: "voicemail:101"
- name: tell
  say: {saying: {en: "It is {account|digits}."}, next: out}
- name: out
  transfer: {to: "queue:support"}
"""


@pytest.mark.parametrize(
    ("keys", "account"),
    [
        ("123#1", "123"),
        ("123,1", "123"),
        ("123451", "12345"),  # the most there may be need no hash
        ("9*123#1", "123"),  # star begins anew
        ("123#2124#1", "124"),  # not confirmed at first
        ("12#123#1", "123"),  # too short at first
        ("923#123#1", "123"),  # not of the pattern at first
        (",,123#1", "123"),
    ],
)
def test_digits_are_collected(keys, account):
    found = walk(COLLECT, keys=keys)
    assert found.memory.values["account"] == account
    assert str(found.to) == "queue:support"


@pytest.mark.parametrize("keys", ["", "#" * 30, "9" * 60, "*" * 50, "123#2" * 9, "123#,," * 9])
def test_digits_that_are_never_right_end_after_the_last_attempt(keys):
    found = walk(COLLECT, keys=keys)
    assert str(found.to) == "voicemail:101"
    assert "account" not in found.memory.values


def test_digits_of_a_collect_node_are_on_no_timeline():
    found = walk(COLLECT, keys="123#1")
    noted = [line for line in found.lines if line.startswith("(")]
    assert noted == ["(collected: account: 3 digits)"]


LANGUAGES = """
- name: which
  language: {next: hello, attempts: 2}
- name: hello
  say: {saying: {en: Hello., fa: سلام.}, next: out}
- name: out
  transfer: {to: "queue:support"}
"""


@pytest.mark.parametrize(
    ("keys", "heard"),
    [("1", "Hello."), ("2", "سلام."), ("72", "سلام."), ("", "Hello."), ("777", "Hello.")],
)
def test_a_language_is_chosen_in_its_own_words(keys, heard):
    site = text_of(LANGUAGES).replace("languages: [en]", "languages: [en, fa]")
    found = walk_site(site, "main", Caller(keys=keys))
    assert found.heard[0].startswith("For English")
    assert found.heard[1].startswith("برای فارسی")
    assert found.heard[-1] == heard


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "You owe twelve dollars and fifty cents by Tuesday the first of December third",
        ),
        ("fa", "شما دوازده دلار و پنجاه سِنت تا سه‌شنبه دهمِ آذر بدهکارید، سوم"),
    ],
)
def test_values_are_said_in_the_grammar_of_the_language(language, said):
    nodes = """
- name: know
  assign:
    value:
      - {variable: sum, value: "12.5"}
      - {variable: day, value: "'2026-12-01'"}
      - {variable: place, value: 2 + 1}
    next: tell
- name: tell
  say:
    saying:
      en: "You owe {sum|money:usd} by {day|date}, {place|ordinal}"
      fa: "شما {sum|money:usd} تا {day|date} بدهکارید، {place|ordinal}"
"""
    site = text_of(nodes).replace("languages: [en]", "languages: [en, fa]")
    found = walk_site(site, "main", Caller(language=language))
    assert found.heard[0] == said


def test_what_cannot_be_said_takes_the_flow_s_way_for_failures():
    nodes = """
- name: know
  assign: {value: [{variable: sum, value: "'a lot'"}], next: tell}
- name: tell
  say: {saying: {en: "You owe {sum|money:usd}."}}
- name: operator
  transfer: {to: "queue:support"}
"""
    found = walk(nodes, "failed: operator")
    assert str(found.to) == "queue:support"
    assert any("sum is not said as money" in line for line in found.lines)


def test_without_a_way_for_failures_the_caller_is_told_and_the_call_ends():
    found = walk("""
- name: count
  assign: {value: [{variable: sum, value: 1 / 0}], next: out}
- name: out
  transfer: {to: "queue:support"}
""")
    assert found.to is None
    assert found.heard == ["Your call cannot be completed at the moment. Please try again later."]


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (CalendarState.OPEN, "queue:support"),
        (CalendarState.CLOSED, "voicemail:101"),
        (CalendarState.HOLIDAY, "extension:101"),
    ],
)
def test_a_calendar(state, to):
    nodes = """
- name: hours
  calendar:
    {name: office, when_open: "queue:support", when_closed: "voicemail:101",
     when_holiday: "extension:101"}
"""
    assert str(walk(nodes, calendar=state).to) == to


FRIEND = Contact(name="Sara", numbers=(ContactNumber(number="0912"),), is_vip=True)


@pytest.mark.parametrize(
    ("caller", "contact", "to"),
    [
        ("", None, "voicemail:101"),
        ("02144", None, "extension:101"),
        ("0912", FRIEND, "queue:support"),
        ("0912", Contact(name="Omar"), "extension:102"),
        ("0912", None, "group"),
    ],
)
def test_a_caller_is_matched(caller, contact, to):
    nodes = """
- name: who
  caller:
    case:
      - {withheld: true, to: "voicemail:101"}
      - {number: ["021."], to: "extension:101"}
      - {vip: true, to: "queue:support"}
      - {known: true, to: "extension:102"}
    otherwise: none
- name: none
  hang_up: {cause: rejected}
"""
    found = walk(nodes, caller=caller, contact=contact)
    assert str(found.to) == to if found.to else "rejected" in found.lines[-1]


@pytest.mark.parametrize(
    ("rule", "to"),
    [
        ("caller == '09121234567' and hour >= 10", "queue:support"),
        ("starts(caller, '021')", "extension:101"),
        ("number(caller_name) > 1", "voicemail:101"),  # cannot be computed
    ],
)
def test_a_branch(rule, to):
    nodes = f"""
- name: which
  branch:
    case: [{{when: "{rule}", to: "queue:support"}}]
    otherwise: "extension:101"
    failed: "voicemail:101"
"""
    assert str(walk(nodes).to) == to


LOOK_UP = """
- name: find
  look_up:
    service: crm
    path: /customers/{caller}
    take: [{variable: name, path: customer.name}, {variable: open, path: "length(orders)"}]
    saying: {en: One moment.}
    next: tell
    missing: "extension:101"
    failed: "voicemail:101"
- name: tell
  say: {saying: {en: "Hello {name|text}, {open|number}."}, next: out}
- name: out
  transfer: {to: "queue:support"}
"""


def test_a_look_up_takes_values_and_escapes_what_it_asks_for():
    answers = {"crm": {"customer": {"name": "Sara"}, "orders": [1, 2]}}
    found = walk(LOOK_UP, caller="+98/../admin", answers=answers)
    assert found.world.asked[0].path == "/customers/%2B98%2F..%2Fadmin"
    assert found.heard == ["One moment.", "Hello Sara two"]
    assert str(found.to) == "queue:support"


@pytest.mark.parametrize(
    ("answer", "to"),
    [
        (NoAnswer("dead"), "voicemail:101"),
        (NotThere("404"), "extension:101"),
        ({"customer": {}}, "extension:101"),
        ({"customer": {"name": ["a", "list"]}, "orders": []}, "extension:101"),
        ([], "extension:101"),
        ({"customer": {"name": "x" * 5000}, "orders": []}, "extension:101"),
        ({"customer": {"name": "Sara"}, "orders": 7}, "extension:101"),
    ],
)
def test_a_look_up_without_a_good_answer_goes_another_way(answer, to):
    assert str(walk(LOOK_UP, answers={"crm": answer}).to) == to


@pytest.mark.parametrize(("account", "to"), [("1001", "queue:support"), ("7777", "voicemail:101")])
def test_a_table(account, to):
    nodes = """
- name: ask
  collect: {saying: {en: Account?}, variable: account, most: 4, next: find}
- name: find
  table:
    name: customers
    find: "{account}"
    take: [{variable: name, column: name}, {variable: balance, column: balance}]
    next: tell
    missing: "voicemail:101"
- name: tell
  say: {saying: {en: "{name|text} owes {balance|money:irr}."}, next: out}
- name: out
  transfer: {to: "queue:support"}
"""
    found = walk(nodes, keys=account)
    assert str(found.to) == to
    if account == "1001":
        assert found.heard[-1].startswith("Sara owes two hundred and fifty thousand rials")


def test_attributes_are_taken_along_into_the_queue():
    found = walk(
        """
- name: first
  attributes: {priority: 3, skill: [{name: persian, level: 60}], next: second}
- name: second
  attributes: {vip: true, agent: "10{account}", next: wait}
- name: wait
  queue: {name: support}
""",
        "given: [{variable: account, value: 1}]",
    )
    wish = found.world.wished
    assert (wish.priority, wish.skills, wish.is_vip, wish.agent) == (
        3,
        {"persian": 60},
        True,
        "101",
    )
    assert str(found.to) == "queue:support"


@pytest.mark.parametrize(("keys", "to"), [("101", "extension:101"), ("555", "voicemail:101")])
def test_an_extension_is_dialled_and_nothing_else(keys, to):
    nodes = """
- name: ask
  collect: {saying: {en: Whom?}, variable: number, most: 3, next: call}
- name: call
  transfer: {dial: number, failed: "voicemail:101"}
"""
    assert str(walk(nodes, keys=keys).to) == to


SURVEY = """
- name: score
  survey:
    question:
      - {name: kind, saying: {en: How kind?}}
      - {name: quick, saying: {en: How quick?}, least: 0, most: 9}
    comment: {en: Anything else?}
    next: out
- name: out
  hang_up: {}
"""


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ("50", {"kind": "5", "quick": "0"}),
        ("9 5 7", {"kind": "5", "quick": "7"}),
        (",,8", {"quick": "8"}),
        ("##**", {}),
        ("", {}),
    ],
)
def test_a_survey_keeps_what_was_answered(keys, kept):
    found = walk(SURVEY, keys=keys)
    scores = {one.name: one.value for one in found.world.kept if one.kind == "score"}
    assert scores == kept
    assert [one.value for one in found.world.kept if one.kind == "comment"] == ["main-score.wav"]


def test_after_the_time_limit_the_caller_goes_where_the_flow_says():
    nodes = """
- name: ask
  collect:
    {saying: {en: Number?}, variable: n, attempts: 10, digit_timeout_s: 30,
     next: out, otherwise: out}
- name: out
  transfer: {to: "queue:support"}
- name: operator
  transfer: {to: "extension:101"}
"""
    found = walk(nodes, "limit_s: 60\nlate: operator")
    assert str(found.to) == "extension:101"
    assert "(flow_late: main at ask)" in found.lines


def test_a_flow_that_goes_round_by_its_own_decisions_ends():
    found = walk(
        """
- name: count
  assign: {value: [{variable: n, value: n + 1}], next: again}
- name: again
  branch: {case: [{when: n < 0, to: out}], otherwise: count}
- name: out
  hang_up: {}
""",
        "given: [{variable: n, value: '0'}]\nlimit_s: 60",
    )
    assert found.to is None
    # "0" + 1 is a text and a number: the failure has no way, so the call ended at once
    found = walk("""
- name: first
  assign: {value: [{variable: n, value: 0}], next: count}
- name: count
  assign: {value: [{variable: n, value: n + 1}], next: again}
- name: again
  branch: {case: [{when: n < 0, to: out}], otherwise: count}
- name: out
  hang_up: {}
""")
    assert found.to is None
    assert any(line.startswith("(flow_in_a_circle") for line in found.lines)
