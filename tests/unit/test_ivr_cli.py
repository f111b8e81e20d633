"""``markaz ivr``: what a technician sees of flows before any caller does."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.model.record import FlowResult
from firmware.store import rows
from firmware.store.db import open_store
from tests.unit.cli_box import markaz
from tests.unit.flow_bench import text_of
from tests.unit.test_ivr_deals import PAY
from tests.unit.test_ivr_nodes import COLLECT

CONFIRM = (
    "hears [en] You entered one two three . If that is right, press one. "
    "To enter it again, press two."
)
BAD = "- {name: a, say: {saying: {en: Hi}, next: b}}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "box")
    made.make()
    return made


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str) -> str:
        path = tmp_path / "site.yaml"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_check_counts_flows_or_tells_every_problem(home, file):
    good = markaz(home, "ivr", "check", "--file", file(text_of(COLLECT)))
    assert good.output == "no problems: 1 flows with 3 nodes\n"
    bad = markaz(home, "ivr", "check", "--file", file(text_of(BAD)))
    assert bad.exit_code == 3
    assert "flow[0].node[0].say.next = b: flow main has no node of this name" in bad.output
    beside = text_of("- {name: a, hang_up: {saying: {prompt: unheard_of}}}")
    missing = markaz(home, "ivr", "check", "--file", file(beside))
    assert missing.exit_code == 3
    assert "markaz prompts record en unheard_of FILE" in missing.output


def test_simulate_prints_what_the_caller_hears(home, file):
    text = file(text_of(COLLECT))
    done = markaz(home, "ivr", "simulate", "main", "--file", text, "--keys", "12# 123#1")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "hears [en] Your account?",
        "presses 1",
        "presses 2",
        "presses #",
        "hears [en] Sorry, that is not right.",
        "hears [en] Your account?",
        "presses 1",
        "presses 2",
        "presses 3",
        "presses #",
        CONFIRM,
        "presses 1",
        "(collected: account: 3 digits)",
        "hears [en] It is one two three",
        "=> queue:support",
    ]


def test_simulate_knows_the_hour_the_phonebook_the_tables_and_silence(home, file):
    nodes = """
- name: hours
  calendar: {name: office, when_open: find, when_closed: closed}
- name: find
  table: {name: customers, find: "{caller}", take: [{variable: name, column: name}],
          next: tell, missing: closed}
- name: tell
  hang_up: {saying: {en: "Hello {name|text}, it is {now|time}."}}
- name: closed
  voicemail: {box: 101}
"""
    site = text_of(nodes).replace(
        "- {name: office,",
        '- {name: office, hours: [{days: [sunday], open: ["09:00-17:00"]}],',
    )
    text = file(site)
    at = ("--file", text, "--caller", "1001", "--at")
    opened = markaz(home, "ivr", "simulate", "main", *at, "2026-11-22 10:00")
    assert "hears [en] Hello Sara , it is ten a.m." in opened.output, opened.output
    assert "=> the call ends: normal_clearing (16)" in opened.output
    closed = markaz(home, "ivr", "simulate", "main", *at, "2026-11-22 20:00")
    assert "(calendar office is closed)" in closed.output
    assert closed.output.endswith("=> voicemail:101\n")
    left = markaz(
        home, "ivr", "simulate", "main", "--file", file(text_of(COLLECT)), "--keys", ",", "--leaves"
    )
    assert left.output.splitlines()[-2:] == ["hears [en] Your account?", "hangs up"]


def test_simulate_charges_nobody_and_shows_no_card(home, file):
    keys = "4111111111111111#1228123#"
    done = markaz(home, "ivr", "simulate", "main", "--file", file(text_of(PAY)), "--keys", keys)
    assert "(service till would be asked to charge 25 usd)" in done.output
    assert not re.search("presses [0-9]", done.output)


def test_simulate_offline_takes_the_fallback(home, file):
    nodes = """
- name: ask
  look_up: {service: crm, path: /x, next: out, failed: out}
- name: out
  transfer: {to: "queue:support"}
"""
    done = markaz(home, "ivr", "simulate", "main", "--file", file(text_of(nodes)), "--offline")
    assert done.output.splitlines()[-1] == "=> queue:support"
    assert "(flow_instead: main at ask: offline)" in done.output


def test_what_cannot_be_simulated_is_said(home, file):
    text = file(text_of(COLLECT))
    nothing = markaz(home, "ivr", "simulate", "mian", "--file", text)
    assert nothing.exit_code == 1
    assert "there is no flow mian; there are main" in nothing.output
    strange = markaz(home, "ivr", "simulate", "main", "--file", text, "--keys", "12x")
    assert strange.exit_code == 2
    assert "there is no key x" in strange.output


def test_draw_as_mermaid_and_as_dot(home, file):
    text = file(text_of(COLLECT))
    mermaid = markaz(home, "ivr", "draw", "main", "--file", text).output
    assert mermaid.splitlines()[:2] == [
        "flowchart TD",
        '    n0["* ask: Collect - Your account?"]',
    ]
    assert "    n1 --> n2" in mermaid
    assert "    n0 -->|otherwise| n3" in mermaid
    dot = markaz(home, "ivr", "draw", "main", "--file", text, "--format", "dot").output
    assert dot.startswith("digraph main {")
    assert '"node ask" -> "node tell"' in dot


def test_a_drawing_without_graphviz_says_what_to_do(home, file, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    drawn = markaz(home, "ivr", "draw", "main", "--file", file(text_of(COLLECT)), "--format", "svg")
    assert drawn.exit_code == 1
    assert "install Graphviz" in drawn.output


def test_what_callers_left_is_listed(home):
    def result(ident: str, flow: str) -> FlowResult:
        return FlowResult(
            id=ident,
            call_id="c-1",
            at=1_700_000_000.0,
            flow=flow,
            node="score",
            kind="score",
            name="kind",
            value="4",
            queue="support",
            agent="101",
        )

    with closing(open_store(home)) as db:
        rows.save(db, result("c-1-1", "main"))
        rows.save(db, result("c-1-2", "other"))
    shown = markaz(home, "ivr", "results").output
    assert shown.count("support") == 2
    assert markaz(home, "ivr", "results", "--flow", "main").output.count("support") == 1
    assert '"value": "4"' in markaz(home, "ivr", "results", "--json").output
