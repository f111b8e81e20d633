"""Analogue cards on the image: drivers loaded for the office's country, channels set up.

Nobody edits files on a box: what ``dahdi_cfg`` needs follows from what ``dahdi_scan`` finds. An FXO
port is signalled as fxsks and an FXS port as fxoks, because the names say which end the box plays
(dahdi(8)). Needs root; runs before the box, each time.

    python -m firmware.box.cards COUNTRY_FILE
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from firmware import log as logs
from firmware.share import SHARE

log = logging.getLogger(__name__)

DRIVERS = ("wctdm", "wctdm24xxp", "wcaxx", "wcfxo", "opvxa1200")
_OPTIONS = Path("/run/modprobe.d/markaz-cards.conf")
_SYSTEM = Path("/run/markaz-dahdi.conf")
_SIGNALLING = {"FXO": "fxsks", "FXS": "fxoks"}
_FALLBACK_ZONE = "us"
"""Of a country whose tones libtonezone does not have; the box's own tones are hw/signal's."""


def channels(scanned: str) -> Iterator[tuple[int, str]]:
    """The analogue channels in what ``dahdi_scan`` printed, each "FXO" or "FXS"; empty sockets
    are none."""
    for line in scanned.splitlines():
        name, _, value = line.partition("=")
        number, _, kind = value.partition(",")
        if name == "port" and kind in _SIGNALLING:
            yield int(number), kind


def system_conf(scanned: str, zone: str) -> str:
    """``dahdi_cfg``'s configuration; "" without channels."""
    lines = []
    for channel, kind in channels(scanned):
        lines += [f"{_SIGNALLING[kind]}={channel}", f"echocanceller=oslec,{channel}"]
    if not lines:
        return ""
    return "\n".join([*lines, f"loadzone={zone}", f"defaultzone={zone}"]) + "\n"


def set_up(country: str) -> None:
    """Load the drivers and set up what they found. A card that cannot be set up is told, no more:
    the box starts without it."""
    done = _run(sys.executable, str(SHARE / "modprobe" / "options"), country)
    if done.returncode == 0:
        _OPTIONS.parent.mkdir(exist_ok=True)
        _OPTIONS.write_text(done.stdout)
    _run("modprobe", "--all", "--quiet", "dahdi", "dahdi_echocan_oslec")
    for driver in DRIVERS:
        _run("modprobe", "--quiet", driver)
    _run("udevadm", "settle", "--timeout=10")
    scanned = _run("dahdi_scan").stdout
    for zone in (country, _FALLBACK_ZONE):
        text = system_conf(scanned, zone)
        if not text:
            log.info("no analogue card")
            return
        _SYSTEM.write_text(text)
        done = _run("dahdi_cfg", "-c", str(_SYSTEM))
        if done.returncode == 0:
            log.info("%d analogue channels, tone zone %s", text.count("echocanceller"), zone)
            return
        log.warning("dahdi_cfg with tone zone %s: %s", zone, done.stderr.strip())


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60.0)


def main() -> None:
    logs.set_up("box.cards")
    try:
        country = Path(sys.argv[1]).read_text().strip()
    except OSError:
        country = _FALLBACK_ZONE
    set_up(country)


if __name__ == "__main__":
    main()
