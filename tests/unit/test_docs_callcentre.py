"""The example of docs/callcentre.md is a site configuration, and its codes are the exchange's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.config import document
from firmware.config.callcentre import agent_rules, queue_rules
from firmware.config.problem import ConfigRejected
from firmware.model.acd import ExpelReason, Need
from firmware.model.features import DEFAULT_CODES, Feature
from firmware.model.queue_event import QueueEventName

DOCS = Path(__file__).parents[2] / "docs"


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", (DOCS / "callcentre.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_is_a_site_and_survives_being_written_again():
    site = document.parse(example())
    rule = queue_rules(site)["support"]

    assert rule.skill_steps[0].needs == (Need(skill="tax", at_least=30),)
    assert rule.targets[ExpelReason.WAITED_TOO_LONG] == "extension:103"
    assert rule.callback is not None
    assert agent_rules(site)["501"].confirm
    assert document.parse(document.dump(site, secrets=True)).queue == site.queue


@pytest.mark.parametrize(
    ("wrong", "right", "path", "reason"),
    [
        ('"501"]', '"599"]', "queue[0].members[2]", "no extension has this number"),
        ('digit: "9"', 'digit: "2"', "queue[0].callback.digit", "this key a second time"),
        ("extension:103}]", "extension:109}]", "queue[0].exit[0].to", "there is no extension"),
        (
            "{reason: full, to: extension:103}",
            "{reason: full, to: queue:support}",
            "queue[0].overflow[1].to",
            "leads back into the same queue",
        ),
        ('telephone: "09121112233"', "capacity: 2", "agent[1].telephone", "is missing"),
        ('digit: "2", title', 'digit: "1", title', "pause_reason[1].digit", "a second pause"),
        ("strategy: skills", "strategy: skils", "queue[0].strategy", ""),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(wrong, right, path, reason):
    assert wrong in example()
    with pytest.raises(ConfigRejected) as caught:
        document.parse(example().replace(wrong, right, 1))

    assert any(p.path == path and reason in p.reason for p in caught.value.problems)


def test_the_codes_are_the_exchanges():
    text = (DOCS / "callcentre.md").read_text("utf-8")
    codes = re.findall(r"`(\*\d\d)`", text)
    expected = [
        Feature.AGENT_LOG_IN,
        Feature.AGENT_LOG_OUT,
        Feature.AGENT_PAUSE,
        Feature.AGENT_RESUME,
        Feature.AGENT_WRAP_UP_DONE,
        Feature.AGENT_WRAP_UP_MORE,
    ]

    assert codes == [DEFAULT_CODES.code_of(feature) for feature in expected]


def test_every_event_is_documented():
    text = (DOCS / "events.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", text, re.MULTILINE))

    assert documented == set(map(str, QueueEventName))
