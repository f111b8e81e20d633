"""A country's telephone line as an ATA is to copy it: tones, ring, caller ID, flash, impedance.

Two tables of data: ``hw/signal/tones.toml``, which the exchange's own lines sound by, and
``countries.toml`` here. They are read as files: provisioning opens no hardware and imports none.
A country that nobody wrote down gets the European plan, under its own name.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from provisioning.device import AtaPort, CallerId, Impedance, Tone

TONES = ("dial", "busy", "ringback", "congestion")
_LIKE_MOST = "de"  # the European plan: 425 Hz


def codes() -> frozenset[str]:
    """The countries whose tones are written down, ISO 3166 in small letters."""
    return frozenset(_table("hw.signal", "tones.toml"))


def tones(country: str) -> Mapping[str, Tone]:
    """The country's call progress tones by name (``TONES``)."""
    plan = _plan(country)
    return {
        name: Tone(
            freqs_hz=tuple(plan[name]["freqs_hz"]), cadence_ms=tuple(plan[name]["cadence_ms"])
        )
        for name in TONES
    }


def port(country: str, index: int) -> AtaPort:
    """Port ``index`` (from 1) of an ATA in the country, ISO 3166 in small letters."""
    lines = _table("provisioning", "countries.toml")
    line = lines.get(country, lines["assumed"])
    return AtaPort(
        index=index,
        country=country,
        tones=tones(country),
        ring_ms=tuple(_plan(country)["ring_ms"]),
        caller_id=CallerId(line["caller_id"]),
        flash_min_ms=line["flash_min_ms"],
        flash_max_ms=line["flash_max_ms"],
        impedance=Impedance(line["impedance"]),
    )


def _plan(country: str) -> Mapping[str, Any]:
    plans = _table("hw.signal", "tones.toml")
    found: Mapping[str, Any] = plans.get(country, plans[_LIKE_MOST])
    return found


@functools.cache
def _table(package: str, name: str) -> Mapping[str, Any]:
    return tomllib.loads(resources.files(package).joinpath(name).read_text(encoding="utf-8"))
