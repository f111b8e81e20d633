"""Rules of lines on modems: a name that lasts, a PIN that can be one."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.config.rules import lines


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
