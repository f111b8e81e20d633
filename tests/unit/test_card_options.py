"""What the image gives the drivers of analogue cards: options per country, and udev rules."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from hw.signal.tone import plans

IMAGE = Path(__file__).parents[2] / "image-build"
OPTIONS = IMAGE / "modprobe" / "options"

# The names in fxo_modes.h of dahdi-source 1:2.11.1.0.20170917~dfsg-8.4.
MODES = frozenset(
    re.findall(
        r"\w+",
        """FCC TBR21 ARGENTINA AUSTRALIA AUSTRIA BAHRAIN BELGIUM BRAZIL BULGARIA CANADA CHILE CHINA
    COLOMBIA CROATIA CYPRUS CZECH DENMARK ECUADOR EGYPT ELSALVADOR FINLAND FRANCE GERMANY GREECE
    GUAM HONGKONG HUNGARY ICELAND INDIA INDONESIA IRELAND ISRAEL ITALY JAPAN JORDAN KAZAKHSTAN
    KUWAIT LATVIA LEBANON LUXEMBOURG MACAO MALAYSIA MALTA MEXICO MOROCCO NETHERLANDS NEWZEALAND
    NIGERIA NORWAY OMAN PAKISTAN PERU PHILIPPINES POLAND PORTUGAL ROMANIA RUSSIA SAUDIARABIA
    SINGAPORE SLOVAKIA SLOVENIA SOUTHAFRICA SOUTHKOREA SPAIN SWEDEN SWITZERLAND SYRIA TAIWAN
    THAILAND UAE UK USA YEMEN""",
    )
)
OPTION = re.compile(r"options [a-z0-9_]+( [a-z0-9_]+=[A-Za-z0-9_]+)+")


def options(country: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([OPTIONS, country], capture_output=True, text=True, check=False)


def entries() -> dict[str, dict[str, str]]:
    text = (IMAGE / "modprobe" / "opermode.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_every_mode_is_one_that_the_drivers_know():
    tables = entries()
    assert set(tables) == {"modes", "assumed"}
    assert not set(tables["modes"]) & set(tables["assumed"])
    for table in tables.values():
        for country, mode in table.items():
            assert re.fullmatch("[a-z]{2}", country)
            assert mode in MODES, f"{country}: {mode}"


def test_no_mode_of_the_drivers_is_forgotten():
    assert set(entries()["modes"].values()) == MODES - {"FCC", "TBR21"}


def test_every_country_with_tones_has_a_mode():
    tables = entries()
    assert set(plans()) <= set(tables["modes"]) | set(tables["assumed"])


@pytest.mark.parametrize("country", ["us", "ir", "zz"])
def test_the_options_are_what_modprobe_reads(country):
    printed = options(country)
    assert printed.returncode == 0
    comment, *lines = printed.stdout.splitlines()
    assert comment.startswith("# ")
    assert ("assumed" in comment) == (country != "us")
    assert [line.split()[1] for line in lines] == ["wctdm", "wctdm24xxp", "wcaxx", "opvxa1200"]
    assert all(OPTION.fullmatch(line) for line in lines)


@pytest.mark.parametrize("country", ["", "IR", "../x", "iran"])
def test_what_is_no_country_is_refused(country):
    refused = options(country)
    assert refused.returncode != 0
    assert "two small letters" in refused.stderr


def test_the_module_options_are_what_modprobe_reads():
    for file in (IMAGE / "modprobe").glob("*.conf"):
        lines = [line for line in file.read_text().splitlines() if line and line[0] != "#"]
        assert lines
        assert all(OPTION.fullmatch(line) for line in lines)


def test_the_links_to_channels_are_asked_for_at_every_event_but_the_last():
    """A rule for "add" alone loses them at "bind" (the QEMU bench opens them by these links)."""
    rules = (IMAGE / "udev" / "61-markaz-dahdi.rules").read_text()
    written = [line for line in rules.splitlines() if line and line[0] != "#"]
    assert len(written) == 2
    for line in written:
        assert line.startswith('ACTION!="remove", SUBSYSTEM=="dahdi')
        assert 'GROUP="markaz", MODE="0660"' in line
    assert 'SYMLINK+="dahdi/%m"' in written[0]
