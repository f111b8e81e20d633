"""The image's udev rules know the modems that the drivers know."""

from __future__ import annotations

import re
from pathlib import Path

from hw.modem.dialect import DIALECTS
from hw.modem.voice_dialect import USB

RULES = Path(__file__).parents[2] / "image-build" / "udev" / "60-markaz-modems.rules"


def test_the_identifiers_are_those_of_the_dialects():
    known = {identifiers for dialect in DIALECTS for identifiers in dialect.usb} | USB
    found = {
        (vendor, product)
        for vendor, products in re.findall(
            r'ATTR\{idVendor\}=="(\w+)", ATTR\{idProduct\}=="([\w|]+)"', RULES.read_text()
        )
        for product in products.split("|")
    }
    assert found == known
    ports = re.search(r'ENV\{ID_VENDOR_ID\}=="([\w|]+)"', RULES.read_text())
    assert ports is not None
    assert set(ports[1].split("|")) == {vendor for vendor, _ in known}
