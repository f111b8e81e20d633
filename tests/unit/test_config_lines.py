"""Rules of lines: a modem's name that lasts, a PIN that can be one, settings that fit the line."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from firmware.config.rules import lines
from firmware.config.schema import Site
from firmware.config.sections.lines import AnswerSign, HangUpSign, TrunkSignals


def problems(**line: Any) -> list[tuple[str, str]]:
    found = lines.check({"line": [{"name": "gsm-1", "kind": "mobile", **line}]}, {})
    return [(problem.path, problem.reason) for problem in found]


@pytest.mark.parametrize(
    "device",
    [
        "serial:0123456789ABCDEF",
        "imei:867698040000017",
        "usb:1-1.2",
        "/dev/serial/by-id/usb-Quectel_EC25-E_0123-if02-port0",
        "/dev/serial/by-path/platform-usb-0:1:1.2-port0",
    ],
)
def test_names_that_last(device):
    assert problems(driver="serial", device=device) == []


@pytest.mark.parametrize("device", ["/dev/ttyUSB2", "imei:12", "usb:../1", "serial:", "EC25"])
def test_names_that_do_not(device):
    ((path, reason),) = problems(driver="serial", device=device)
    assert path == "line[0].device"
    assert "another one after a restart" in reason


def test_other_drivers_name_their_devices_otherwise():
    assert problems(driver="dahdi", device="/dev/dahdi/1") == []


@pytest.mark.parametrize("pin", ["1234", "12345678"])
def test_pins(pin):
    assert problems(pin=pin) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"pin": "123"}, "4 to 8 digits"),
        ({"pin": '1234"\rATD112;'}, "4 to 8 digits"),
        ({"pin": "١٢٣٤"}, "4 to 8 digits"),
        ({"pin": "********"}, "is the mask"),
        ({"pin": "1234", "kind": "trunk"}, "has no SIM"),
    ],
)
def test_what_is_no_pin(line, why):
    ((path, reason),) = problems(**line)
    assert path == "line[0].pin"
    assert why in reason


@pytest.mark.parametrize(
    ("line", "path", "why"),
    [
        (
            {"kind": "station", "signals": {}},
            "line[0].signals",
            "is for analogue trunk lines: this is a station line, driver simulated",
        ),
        (
            {"kind": "trunk", "driver": "serial", "device": "usb:1-1", "signals": {}},
            "line[0].signals",
            "this is a trunk line, driver serial",
        ),
        ({"kind": "trunk", "telephone": {}}, "line[0].telephone", "is for analogue station lines"),
        (
            {"kind": "trunk", "signals": {"dial": "pulse", "dial_prefix": "9*"}},
            "line[0].signals.dial_prefix",
            "has *, which cannot be dialled with pulses",
        ),
    ],
)
def test_settings_that_a_line_cannot_have(line, path, why):
    ((found, reason),) = problems(**line)
    assert found == path
    assert why in reason


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "trunk", "signals": {"dial": "pulse", "dial_prefix": "9w,!"}},
        {"kind": "trunk", "signals": {"dial_prefix": "*31#"}},
        {"kind": "station", "telephone": {"caller_id": "v23"}},
    ],
)
def test_settings_that_a_line_can_have(line):
    assert problems(**line) == []


def read_lines(line: str) -> Site:
    """A site with one line more, as a technician writes it."""
    return document.parse(
        "extension: [{number: 101, name: A, password: abcdefgh12345678}]\n"
        f"line:\n  - {{name: fxo-1, kind: trunk, route: 'extension:101', {line}}}\n"
    )


def test_signals_are_read_with_their_defaults():
    site = read_lines("signals: {answer: polarity, hang_up: [polarity, tones], flash_ms: 100}")
    signals = site.line[0].signals
    assert signals == TrunkSignals(
        answer=AnswerSign.POLARITY,
        hang_up=(HangUpSign.POLARITY, HangUpSign.TONES),
        flash_ms=100,
    )
    assert signals.echo_canceller_ms == 16


@pytest.mark.parametrize(
    "line",
    [
        "signals: {answer: guess}",
        "signals: {hang_up: [silence]}",
        "signals: {dial_prefix: 9x}",
        "signals: {receive_gain_db: 40}",
        "signals: {flash_ms: 5}",
        "signals: {echo_canceller_ms: 500}",
        "signals: {ansewr: delay}",
    ],
)
def test_signals_that_cannot_be_are_refused(line):
    with pytest.raises(ConfigRejected, match=r"line\[0\]\.signals"):
        read_lines(line)
