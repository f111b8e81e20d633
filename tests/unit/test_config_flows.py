"""Flows are validated whole: every problem with its path, its value, a reason and advice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from firmware.config import document, history
from firmware.config.flows import MENU, flows
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected, Problem
from tests.unit.flow_bench import text_of

OUT = """
- name: out
  transfer: {to: "queue:support"}
"""


ROUND = """
- {name: a, say: {saying: {en: Hi}, next: b}}
- {name: b, say: {saying: {en: Ho}, next: a}}
"""


def problems_of(text: str) -> dict[str, Problem]:
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return {problem.path: problem for problem in caught.value.problems}


def problem(nodes: str, path: str, head: str = "") -> Problem:
    """The problem at a path below the flow; there is no other."""
    found = problems_of(text_of(nodes, head))
    assert list(found) == [f"flow[0].{path}"], "\n".join(map(str, found.values()))
    return found[f"flow[0].{path}"]


@pytest.mark.parametrize(
    ("nodes", "path", "words"),
    [
        (
            "- {name: a, say: {saying: {en: Hi}, next: otu}}" + OUT,
            "node[0].say.next",
            'flow main has no node of this name (did you mean "out"?)',
        ),
        (
            "- {name: a, say: {saying: {en: Hi}, next: 'queue:suport'}}",
            "node[0].say.next",
            'there is no queue "suport" (did you mean "queue:support"?)',
        ),
        (
            OUT + "- {name: lost, hang_up: {}}",
            "node[1].name",
            "nobody ever comes to this node",
        ),
        (
            ROUND,
            "node[0].name",
            "from here no way leads out of the flow",
        ),
        (
            "- {name: a, menu: {saying: {en: Hi}, choice: [{digit: 1, to: out}], otherwise: a}}"
            + OUT,
            "node[0].name",
            "a caller who presses nothing would go round from here for ever",
        ),
        (
            "- {name: a, say: {saying: {en: 'You are {nmae|text}'}, next: out}}" + OUT,
            "node[0].say.saying",
            "nothing sets nmae",
        ),
        (
            "- {name: a, say: {saying: {en: 'You owe {caller|money:gold}'}, next: out}}" + OUT,
            "node[0].say.saying.en",
            "says {caller} as 'money:gold'; write money:irr or",
        ),
        (
            "- {name: a, say: {saying: {en: 'You owe {caller}'}, next: out}}" + OUT,
            "node[0].say.saying.en",
            "does not say how {caller} is said",
        ),
        (
            "- {name: a, say: {saying: {en: 'a { b'}, next: out}}" + OUT,
            "node[0].say.saying.en",
            "has a brace that opens or closes nothing",
        ),
        (
            "- {name: a, say: {saying: {fa: سلام}, next: out}}" + OUT,
            "node[0].say.saying.en",
            "is missing: the flow is spoken in en (write en: TEXT)",
        ),
        ("- {name: a, say: {saying: {}, next: out}}" + OUT, "node[0].say.saying", "says nothing"),
        (
            "- {name: a, branch: {case: [{when: 'calller > 1', to: out}], otherwise: out}}" + OUT,
            "node[0].branch.case[0].when",
            'nothing sets calller (did you mean "caller"?)',
        ),
        (
            "- {name: a, branch: {case: [{when: 'open(1)', to: out}], otherwise: out}}" + OUT,
            "node[0].branch.case[0].when",
            "calls open; there are number, text",
        ),
        (
            "- {name: a, assign: {value: [{variable: n, value: 'n + 1'}], next: out}}" + OUT,
            "node[0].assign.value[0].value",
            "n may have no value here",
        ),
        (
            "- {name: a, assign: {value: [{variable: caller, value: 1}], next: out}}" + OUT,
            "node[0].name",
            "sets caller, which the exchange sets itself",
        ),
        (
            "- {name: a, collect: {saying: {en: A?}, variable: n, least: 5, most: 2, next: out}}"
            + OUT,
            "node[0].collect.least",
            "is more than most",
        ),
        (
            "- {name: a, collect: {saying: {en: A?}, variable: n, pattern: Q, next: out}}" + OUT,
            "node[0].collect.pattern",
            '"Q" means nothing in a pattern',
        ),
        (
            "- {name: a, collect: {saying: {en: A?}, variable: n, next: b, otherwise: b}}\n"
            "- {name: b, say: {saying: {en: '{n|digits}'}, next: out}}" + OUT,
            "node[1].say.saying",
            "n may have no value here: a way leads here on which nothing sets it",
        ),
        (
            "- {name: a, look_up: {service: crn, path: /, next: out}}" + OUT,
            "node[0].look_up.service",
            'there is no service of this name (did you mean "crm"?)',
        ),
        (
            "- {name: a, look_up: {service: crm, path: '/{x', next: out}}" + OUT,
            "node[0].look_up.path",
            "has a brace that opens or closes nothing",
        ),
        (
            "- {name: a, look_up: {service: crm, path: /, next: out,"
            " take: [{variable: n, path: '[['}]}}" + OUT,
            "node[0].look_up.take[0].path",
            "is no JMESPath expression",
        ),
        (
            "- {name: a, table: {name: customers, find: x, next: out,"
            " take: [{variable: n, column: nmae}]}}" + OUT,
            "node[0].table.take[0].column",
            'the table has no column of this name (did you mean "name"?)',
        ),
        (
            "- {name: a, pay: {service: crm, amount: 5, currency: usd, next: out}}" + OUT,
            "node[0].pay.service",
            "is on another host: card numbers do not leave the box",
        ),
        ("- {name: a}", "node[0]", "does nothing: a node does one thing"),
        (
            "- {name: a, hang_up: {}, voicemail: {box: 101}}",
            "node[0]",
            "does voicemail and hang_up: a node does one thing",
        ),
        (
            "- {name: a, voicemail: {box: 109}}",
            "node[0].voicemail.box",
            "there is no voicemail box of this number",
        ),
        (
            "- {name: a, queue: {name: suport}}",
            "node[0].queue.name",
            'there is no queue of this name (did you mean "support"?)',
        ),
        (
            "- {name: a, transfer: {}}",
            "node[0].transfer",
            "needs either to, a place, or dial",
        ),
        (
            "- {name: a, caller: {case: [{to: out}], otherwise: out}}" + OUT,
            "node[0].caller.case[0]",
            "is everybody",
        ),
        (
            "- {name: a, menu: {saying: {en: A}, choice: [{digit: 1, to: out},"
            " {digit: 1, to: out}]}}" + OUT,
            "node[0].menu.choice[1].digit",
            "a second choice for these keys",
        ),
        ("- {name: a, survey: {}}", "node[0].survey", "asks nothing"),
        (
            "- {name: a, say: {saying: {en: Hi}, nxt: out}}" + OUT,
            "node[0].say.nxt",
            "nobody knows this key (did you mean next?)",
        ),
        ("- {name: a, hang_up: {}}\n- {name: a, hang_up: {}}", "node[1].name", "a second node"),
    ],
)
def test_a_problem(nodes, path, words):
    if "nxt" in path:
        assert words in str(problems_of(text_of(nodes))[f"flow[0].{path}"])
    else:
        assert words in str(problem(nodes, path))


def test_a_slip_of_the_pen_makes_one_problem_and_not_a_list_of_lost_nodes():
    nodes = "- {name: a, say: {saying: {en: Hi}, next: tel}}\n"
    nodes += "- {name: tell, say: {saying: {en: Ho}, next: out}}" + OUT
    assert "tell" in problem(nodes, "node[0].say.next").suggestion


def test_two_flows_that_send_a_silent_caller_to_and_fro_are_a_circle():
    text = text_of("- {name: a, say: {saying: {en: Hi}, next: 'ivr:other'}}")
    text += "  - {name: other, languages: [en], node: [{name: b, say: {saying: {en: A},"
    text += " next: 'ivr:main'}}]}\n"
    assert set(problems_of(text)) == {"flow[0].node[0].name", "flow[1].node[0].name"}


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (("account,name", "acount,name"), "table[0].key", 'did you mean "acount"?'),
        (("1002,Omar,0", "1002,Omar"), "table[0].csv", "row 3 has 2 values, not 3"),
        (("https://crm", "http://crm"), "service[1].url", "unencrypted"),
        (("https://crm.example.com/api", "ftp://x"), "service[1].url", "must be an address"),
        (("name: crm", "name: till"), "service[1].name", "a second service of this name"),
    ],
)
def test_tables_and_services_are_checked(change, path, words):
    text = text_of(OUT).replace(*change)
    assert words in str(problems_of(text)[path])


def test_a_token_is_not_sent_through_the_network_unencrypted_and_never_shown():
    text = text_of(OUT).replace(
        'url: "https://crm.example.com/api"', 'url: "http://crm.lan", token: very-secret'
    )
    found = problems_of(text)
    assert "for all to read" in str(found["service[1].url"])
    assert "very-secret" not in "".join(map(str, found.values()))


def test_flows_and_menus_share_their_names_and_their_numbers():
    text = text_of(OUT, "number: 600")
    text += 'ivr:\n  - {name: main, number: 600, choice: [{digit: 1, to: "queue:support"}]}\n'
    assert set(problems_of(text)) == {"flow[0].name", "flow[0].number"}


def test_a_menu_of_one_level_is_a_flow_of_one_node():
    text = text_of(OUT)
    text += 'ivr:\n  - {name: old, choice: [{digit: 1, to: "queue:support"}], attempts: 2}\n'
    found = flows(document.parse(text))
    assert set(found) == {"old", "main"}
    assert list(found["old"].nodes) == [MENU]


def test_a_flow_comes_back_from_its_own_text():
    site = document.parse(text_of(OUT, "number: 600\nlimit_s: 99"))
    assert document.parse(document.dump(site, secrets=True)) == site


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.make()
    return made


def test_a_prompt_must_have_been_spoken_in_every_language_of_the_flow(home):
    nodes = "- {name: a, say: {saying: {prompt: our_welcome}, next: out}}" + OUT
    text = text_of(nodes).replace("languages: [en]", "languages: [en, fa]")
    (home.prompts / "en").mkdir()
    (home.prompts / "en" / "our_welcome.wav").write_bytes(b"")
    with pytest.raises(ConfigRejected) as caught:
        history.apply(home, text, "a test", "flows")
    [found] = caught.value.problems
    assert found.path == "flow[0].node[0].say.saying.prompt"
    assert "nobody has spoken this prompt in fa" in str(found)
    (home.prompts / "fa").mkdir()
    (home.prompts / "fa" / "our_welcome.wav").write_bytes(b"")
    assert history.apply(home, text, "a test", "flows") == 1


def test_a_prompt_with_gaps_cannot_be_named(home):
    nodes = "- {name: a, say: {saying: {prompt: flow_confirm}, next: out}}" + OUT
    with pytest.raises(ConfigRejected, match="has gaps, which a flow cannot fill"):
        history.apply(home, text_of(nodes), "a test", "flows")


def test_the_file_of_a_table_must_be_there_and_have_its_key(home):
    def apply(file: str) -> str:
        text = text_of(OUT) + "\n"
        text = text.replace("table:\n", f"table:\n  - {{name: more, key: id, file: {file}}}\n")
        try:
            history.apply(home, text, "a test", "flows")
        except ConfigRejected as error:
            return error.problems[0].reason
        return ""

    assert apply("more.csv") == "there is no such file"
    (home.tables / "more.csv").write_text("number,name\n")
    assert apply("more.csv") == "has no column id"
    (home.tables / "more.sqlite").write_text("no database")
    assert apply("more.sqlite").startswith("cannot be read")
    (home.tables / "more.sqlite").unlink()
    db = sqlite3.connect(home.tables / "more.sqlite")
    db.execute("CREATE TABLE other (id)")
    db.commit()
    assert apply("more.sqlite") == "has no table more"
    db.execute("CREATE TABLE more (id)")
    db.commit()
    db.close()
    assert apply("more.sqlite") == ""
