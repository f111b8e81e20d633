"""Rules of lines: how a modem is named, the PIN of its SIM, which lines have which settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmware.config.problem import Problem
from firmware.config.reading import MASK
from firmware.config.rules import learned
from firmware.config.rules.parts import Item, items
from firmware.config.scalar import shown

_NAMED = re.compile(r"^(serial:.+|imei:\d{14,16}|usb:\d+-\d+(\.\d+)*|/dev/serial/by-(id|path)/.+)$")


def check(document: Item, _known: object) -> Iterator[Problem]:
    """Every problem of them."""
    for path, line in items(document, "line"):
        yield from _device(path, line)
        yield from _pin(f"{path}.pin", line)
        yield from _settings(path, line)
        yield from _pulses(f"{path}.signals", line.get("signals"))
        yield from learned.check(path, line)


def _settings(path: str, line: Item) -> Iterator[Problem]:
    """The settings of an analogue line are those of its kind."""
    kind, driver = line.get("kind"), line.get("driver", "simulated")
    for key, fitting in (("signals", "trunk"), ("learned", "trunk"), ("telephone", "station")):
        if key in line and (kind not in (None, fitting) or driver == "serial"):
            yield Problem(
                path=f"{path}.{key}",
                reason=f"is for analogue {fitting} lines: this is a {kind} line, driver {driver}",
                suggestion="leave it out",
            )


def _pulses(path: str, signals: object) -> Iterator[Problem]:
    """What is dialled with pulses consists of digits."""
    if not isinstance(signals, dict) or signals.get("dial") != "pulse":
        return
    prefix = str(signals.get("dial_prefix", ""))
    if odd := sorted(set(prefix) & set("ABCD*#")):
        yield Problem(
            path=f"{path}.dial_prefix",
            value=shown(prefix),
            reason=f"has {' '.join(odd)}, which cannot be dialled with pulses",
            suggestion="leave it out, or write dial: tone",
        )


def _device(path: str, line: Item) -> Iterator[Problem]:
    device = line.get("device")
    if line.get("driver") == "serial" and device and not _NAMED.match(device):
        yield Problem(
            path=f"{path}.device",
            value=shown(device),
            reason="does not name a modem for good: /dev/ttyUSB0 is another one after a restart",
            suggestion="write serial:NUMBER, imei:NUMBER or usb:1-1.2",
        )


def _pin(path: str, line: Item) -> Iterator[Problem]:
    pin = line.get("pin")
    if pin is None:
        return
    if line.get("kind") not in (None, "mobile"):
        yield Problem(
            path=path,
            value=MASK,
            reason=f"a {line['kind']} line has no SIM",
            suggestion="leave it out",
        )
    elif pin == MASK:
        yield Problem(
            path=path,
            value=MASK,
            reason="is the mask of a shown configuration, not a PIN",
            suggestion="start from `markaz config show --secrets`",
        )
    elif not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        yield Problem(path=path, value=MASK, reason="must be 4 to 8 digits, as the SIM has it")
