"""The example of docs/ivr.md is a site configuration, and does what the text says."""

from __future__ import annotations

import re
from pathlib import Path

from firmware.config import document
from firmware.config.sections.flows import DEEDS
from tests.unit.flow_bench import Caller, walk_site

DOC = Path(__file__).parents[2] / "docs" / "ivr.md"


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_is_accepted():
    assert document.parse(example()).flow[0].name == "front"


def test_a_caller_hears_what_they_owe_and_pays():
    keys = "2 1# 1001 1 4111111111111111#1228123#"
    found = walk_site(example(), "front", Caller(keys=keys))
    owes = "You owe two hundred and fifty thousand rials , by Tuesday the first of December"
    assert owes in found.heard
    assert [one.value for one in found.world.kept] == ["250000 R-1"]


def test_who_owes_nothing_is_thanked_and_who_is_silent_waits_for_somebody():
    assert walk_site(example(), "front", Caller(keys="2 1# 1002 1")).to is None
    assert str(walk_site(example(), "front", Caller()).to) == "queue:support"


def test_every_node_is_described():
    text = DOC.read_text("utf-8")
    assert [deed for deed in DEEDS if f"`{deed}`" not in text] == []
