"""The phonebook on a real call: a caller's name on the telephone, and callers who stay outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.link.api import BenchApi
from firmware.model.cause import Cause
from tests.rig.box import LeanBox
from tests.rig.telephones import Telephones
from tests.rig.until import until

MARYAM, STRANGER = "09121111111", "09350000000"


@pytest.fixture(scope="module")
def box() -> Iterator[LeanBox]:
    with LeanBox("kamailio", "switchd", "bench", "lined") as running:
        yield running


def contacts(box: LeanBox, *arguments: str) -> str:
    """What ``markaz contacts`` prints; the exchange has taken up the change afterwards."""
    readings = box.log("switchd").count("phonebook: ")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "firmware.cli.main",
            "--home",
            box.home.root,
            "contacts",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    until(lambda: box.log("switchd").count("phonebook: ") > readings, 10, "the phonebook is read")
    return done.stdout


def ring(box: LeanBox, folder: Path, number: str, digits: str) -> None:
    with box.link("bench") as link:
        link.call(
            BenchApi.ring,
            line="fxo-1",
            number=number,
            name="",
            digits=digits,
            say="",
            listen=str(folder / "heard.wav"),
        )


def last_call(box: LeanBox, number: str):
    def ended():
        found = [call for call in box.calls() if call.caller == number and call.ended_at]
        return found[0] if found else None

    return until(ended, 30, f"a call of {number} is over")


def test_a_caller_is_shown_by_the_phonebooks_name(box: LeanBox, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text(f"name,mobile\nمریم احمدی,+98 {MARYAM[1:4]} {MARYAM[4:]}\n", "utf-8")
    assert contacts(box, "import", str(file)) == "1 contacts are new, 0 took another's place\n"

    with Telephones(box, tmp_path / "phones") as phones:
        desk = phones.desk_phone("101")
        ring(box, tmp_path, MARYAM, digits="3")
        desk.expect("incoming", "in1", timeout_s=30)
        assert f'"مریم احمدی" <sip:{MARYAM}@' in desk.invitation("in1")
        desk.answer("in1")
        desk.expect("established", "in1")
        desk.hang_up("in1")
    assert last_call(box, MARYAM).caller_name == "مریم احمدی"


def test_a_blocked_caller_is_not_answered(box: LeanBox, tmp_path: Path) -> None:
    contacts(box, "block", "+98 935 000 0000", "--note", "sells carpets")

    ring(box, tmp_path, STRANGER, digits="3")

    record = last_call(box, STRANGER)
    assert (record.answered_at, record.disposition, record.cause) == (
        None,
        "busy",
        Cause.CALL_REJECTED,
    )
    assert [(e.name, e.detail) for e in box.timeline(record.id) if e.name == "blocked"] == [
        ("blocked", "number +98 935 000 0000")
    ]
    with box.link("bench") as link:
        link.call(BenchApi.hang_up, line="fxo-1")
