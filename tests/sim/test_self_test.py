"""The self-test call against the real edge and the real exchange, whole and broken."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from firmware.link.api import UpdatesApi
from firmware.link.client import Refused
from firmware.update.trial import call_from_inside
from tests.rig.box import LeanBox
from tests.rig.until import until

DAEMONS = ("kamailio", "edge", "switchd")


@pytest.fixture(scope="module")
def box() -> Iterator[LeanBox]:
    with LeanBox(*DAEMONS) as running:
        until(lambda: markaz(running, "self-test").returncode == 0, 60.0, "the box takes calls")
        yield running


def markaz(box: LeanBox, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(box.home.root), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_a_call_is_answered_and_heard_and_rings_nobody(box: LeanBox):
    done = markaz(box, "self-test", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["fault"] == ""
    assert outcome["number"] == "*0"
    assert outcome["answered_s"] < 15.0
    assert outcome["level_dbfs"] > -40.0
    [*_others, call] = until(box.calls, 5.0, "the call is on record")
    assert (call.called, call.disposition) == ("*0", "answered")


def test_the_trial_s_own_call_is_the_same(box: LeanBox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MARKAZ_HOME", str(box.home.root))
    assert call_from_inside() == ""


def test_without_the_exchange_it_fails_and_says_how(box: LeanBox):
    box.stop("switchd")
    try:
        done = markaz(box, "self-test", "--quiet")
        assert done.returncode == 1
        assert "a call to *0 as 101" in done.stderr
    finally:
        box.start("switchd")


def test_without_the_edge_it_fails_too(box: LeanBox):
    box.kill("kamailio")
    try:
        assert markaz(box, "self-test", "--quiet").returncode == 1
    finally:
        box.start("kamailio")


def test_a_box_that_is_no_image_says_that_it_is_not_updated_so(box: LeanBox):
    done = markaz(box, "update", "status")
    assert done.returncode == 1
    assert "no image with two slots" in done.stderr


def test_the_program_itself_tells_it_on_its_link(box: LeanBox):
    box.start("update")
    try:
        with box.link("update") as link:
            [row] = link.snapshot()["update"]
            assert (row.state, row.slot) == ("none", "")
            with pytest.raises(Refused, match="no image with two slots"):
                link.call(UpdatesApi.check)
        done = markaz(box, "update", "status", "--json")
        assert json.loads(done.stdout)["state"] == "none"
    finally:
        box.stop("update")
