"""Hot-plugging on the real libudev and the real paths of sysfs, of a USB that umockdev shows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def said() -> dict[str, list[dict[str, Any]]]:
    """What the program saw, by kind."""
    wrapper = shutil.which("umockdev-wrapper")
    if wrapper is None:
        pytest.skip("umockdev is not installed: apt-get install umockdev")
    done = subprocess.run(
        [wrapper, sys.executable, "-m", "tests.contract.mocked_usb"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for line in done.stdout.splitlines():
        entry = json.loads(line)
        found.setdefault(entry.pop("what"), []).append(entry)
    return found


def test_the_ports_of_a_modem_are_found_with_interface_serial_and_socket(said):
    assert said["port"] == [
        {
            "device": f"/dev/ttyUSB{interface}",
            "id": "2c7c:0125",
            "interface": interface,
            "serial": "0123456789ABCDEF",
            "where": "1-1.2",
        }
        for interface in (1, 2)
    ]


def test_what_the_kernel_tells_is_told_once(said):
    assert said["removed"] == [{"events": ["Unplugged /dev/ttyUSB2 1-1.2"]}]
    assert said["added"] == [{"events": ["Plugged /dev/ttyUSB2 1-1.2"]}]
    assert said["changed"] == [{"events": []}]


def test_a_modem_is_made_to_be_found_again_by_sysfs(said):
    assert said["reenumerate"] == [{"fault": "", "authorized": "1"}]


def test_a_hub_that_switches_no_power_says_so(said):
    assert "this hub or kernel has no switch" in said["power"][0]["fault"]
