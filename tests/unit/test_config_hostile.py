"""Whatever is written, the configuration is a site or is rejected with words, and quickly."""

from __future__ import annotations

import random
import time

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from tests.unit.test_config_validate import GOOD, problems_of


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: " + "[" * 1_000_000, ""),
        ("a: " + "{b: " * 5000, ""),
        ("{" * 1_000_000, ""),
        ("? " * 400_000, ""),
        ("a: 1\na: " + "[" * 1_000_000, ""),
        ("- " * 5000, ""),
        ("? " * 5000, ""),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]", "d[1]"),
        ("a: &a [*a]", "a[0]"),
        ("network: {sip_port: " + "9" * 5000 + "}", "network.sip_port"),
        ("a: 1\nb: '\udcff'", ""),
        ("a: 1\nb: '\x1b'", ""),
        ('"\\e[31m": 1', '"\\u001b[31m"'),
        ("x" * 2_000_000, ""),
        ('line: [{name: a, kind: trunk, route: x, device: "\\e"}]', "line[0].device"),
    ],
)
def test_hostile_texts_are_rejected_in_plain_characters(text: str, path: str) -> None:
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)

    assert path in {problem.path for problem in caught.value.problems}
    assert str(caught.value).replace("\n", "").isprintable()


def report_of(text: str) -> str:
    try:
        document.parse(text)
    except ConfigRejected as error:
        return str(error)
    return ""


def test_a_text_with_anything_changed_is_a_site_or_is_rejected() -> None:
    dice = random.Random(3)
    pieces = [
        "",
        "*a",
        "&a ",
        "!!int ",
        "<<: ",
        "? ",
        "---\n",
        "\t",
        '"',
        "[[",
        "]",
        "=",
        "{",
        "\n",
        "1",
        "-1e9",
        "true",
        "queue:",
        "\u202e",
        "1979-05-27",
    ]
    pieces += [
        "line:\n",
        "network:\n",
        "number: 5\n",
        "name: [a]\n",
        "nan",
        "''",
        "\\u0000",
    ]
    rejected = 0
    for _ in range(1500):
        text = GOOD
        for _ in range(dice.randrange(1, 4)):
            start = dice.randrange(len(text))
            text = text[:start] + dice.choice(pieces) + text[start + dice.randrange(12) :]
        report = report_of(text)
        assert "correct horse" not in report
        rejected += bool(report)
    assert rejected > 500


def test_a_thousand_extensions_with_a_thousand_faults_are_one_quick_report() -> None:
    extensions = "".join(
        f"  - number: {n}\n    name: x\n    password: p\n" for n in range(1000, 2000)
    )
    members = ", ".join(f"{n}#" for n in range(1000, 2000))

    started = time.thread_time()
    found = problems_of(
        f"extension:\n{extensions}queue: [{{name: q, title: q, members: [{members}]}}]"
    )

    assert len(found) == 1000
    assert found["queue[0].members[7]"].suggestion == 'did you mean "1007"?'
    assert time.thread_time() - started < 20
