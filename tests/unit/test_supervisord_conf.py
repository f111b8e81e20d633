"""What supervisord is told of every program: it comes back, and calls come first."""

from __future__ import annotations

import re
from configparser import RawConfigParser
from pathlib import Path

import pytest

from firmware.box.supervisord import CONFIGURATION

CALLS_GO_THROUGH = {"kamailio", "edge", "switchd", "lined"}
OUTSIDE = {"bench"}
"""The simulated world: a slow one would be heard in the calls."""


def programs() -> dict[str, dict[str, str]]:
    parser = RawConfigParser(inline_comment_prefixes=(";",))
    parser.read(CONFIGURATION)
    return {
        name.removeprefix("program:"): dict(parser[name])
        for name in parser.sections()
        if name.startswith("program:")
    }


def nice_of(program: str) -> int:
    found = re.search(r"\bnice -n (\d+) ", programs()[program]["command"])
    return int(found[1]) if found else 0


@pytest.mark.parametrize("program", sorted(programs()))
def test_every_program_is_started_again_for_ever_and_dies_with_supervisord(program: str) -> None:
    told = programs()[program]
    assert told["autorestart"] == "true"
    assert int(told["startretries"]) > 100_000
    assert told["command"].startswith("setpriv --pdeathsig TERM ")


def test_what_no_call_goes_through_leaves_the_processors_to_what_does() -> None:
    later = set(programs()) - CALLS_GO_THROUGH - OUTSIDE
    assert {program for program in programs() if nice_of(program)} == later


def test_the_edge_and_the_exchange_are_started_first() -> None:
    order = {name: int(told["priority"]) for name, told in programs().items()}
    assert sorted(order, key=order.__getitem__)[:3] == ["kamailio", "edge", "switchd"]


def test_every_program_has_a_module() -> None:
    root = Path(__file__).parents[2]
    for name, told in programs().items():
        module = told["command"].rpartition(" -m ")[2].split()[0]
        assert (root / f"{module.replace('.', '/')}.py").is_file(), name
