"""What the section ``extension`` says of the person: the PIN of hot-desking, and its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.config.problem import Problem

Item = Mapping[str, Any]

_PIN = re.compile(r"[0-9]{4,10}")


def check(document: Item, mask: str) -> Iterator[Problem]:
    """Every problem of the PINs. ``mask`` is what is shown in place of a secret."""
    extensions = document.get("extension")
    for index, extension in enumerate(extensions if isinstance(extensions, list) else ()):
        pin = extension.get("pin") if isinstance(extension, dict) else None
        if isinstance(pin, str) and (reason := _fault(pin, str(extension.get("number")), mask)):
            yield Problem(path=f"extension[{index}].pin", value=mask, reason=reason)


def _fault(pin: str, number: str, mask: str) -> str:
    """What is wrong with a PIN; "" when nothing is."""
    if pin == mask:
        return "is the mask of a shown configuration, not a PIN"
    if _PIN.fullmatch(pin) is None:
        return "must be 4 to 10 of the digits 0-9"
    if pin in (number, number[::-1]) or len(set(pin)) == 1 or pin in "01234567890 09876543210":
        return "is one of the first that a stranger tries"
    return ""
