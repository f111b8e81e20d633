"""What supervisord is told of every program: it comes back, and calls come first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


def words_of(program: str) -> list[str]:
    """Module and nice of a program, which is a daemon."""
    found = re.fullmatch(
        r"%\(ENV_MARKAZ_PYTHON\)s -P -m firmware\.box\.daemon (\S+)( \d+)?",
        programs()[program]["command"],
    )
    assert found is not None, program
    return [word.strip() for word in found.groups(default="0")]


def nice_of(program: str) -> int:
    return int(words_of(program)[1])


@pytest.mark.parametrize("program", sorted(programs()))
def test_every_program_is_started_again_for_ever(program: str) -> None:
    told = programs()[program]
    assert told["autorestart"] == "true"
    assert int(told["startretries"]) > 100_000


def test_what_no_call_goes_through_leaves_the_processors_to_what_does() -> None:
    later = set(programs()) - CALLS_GO_THROUGH - OUTSIDE
    assert {program for program in programs() if nice_of(program)} == later


def test_the_edge_and_the_exchange_are_started_first() -> None:
    order = {name: int(told["priority"]) for name, told in programs().items()}
    assert sorted(order, key=order.__getitem__)[:3] == ["kamailio", "edge", "switchd"]


def test_every_program_has_a_module() -> None:
    root = Path(__file__).parents[2]
    for name in programs():
        module = words_of(name)[0]
        assert (root / f"{module.replace('.', '/')}.py").is_file(), name


def test_modules_that_forks_share_start_no_thread_and_open_nothing() -> None:
    """A thread does not outlive a fork, and a descriptor would be everybody's."""
    modules = [words_of(name)[0] for name in programs() if not nice_of(name)]
    code = (
        "import importlib, os\n"
        "open_now = lambda: sorted(os.readlink(f'/proc/self/fd/{n}') for n in (0, 1, 2, 3, 4, 5)\n"
        "    if os.path.exists(f'/proc/self/fd/{n}'))\n"
        "before = open_now()\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        "print(os.listdir('/proc/self/task') == [str(os.getpid())], open_now() == before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True True\n"
