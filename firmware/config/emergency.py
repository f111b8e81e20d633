"""Emergency numbers of a country: our table where there is one, else libphonenumber's."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import phonenumbers

from firmware.config.schema import Site

UNNAMED = "emergency"
"""The service of a number that libphonenumber knows: it does not say which it reaches."""

_TABLE = Path(__file__).with_name("emergency.toml")
_LONGEST = 4
_EVERYWHERE = {"112": UNNAMED}
"""3GPP TS 22.101 §10: every mobile network takes it."""


@functools.cache
def of_country(country: str) -> Mapping[str, str]:
    """The emergency numbers of ``country`` ("ir"), each with its service. 112 for a country that
    nobody knows."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    if country in table:
        return {number: what for number, what in table[country].items() if number != "beyond"}
    return _of_the_library(country) or _EVERYWHERE


def numbers_of(site: Site) -> Mapping[str, str]:
    """The emergency numbers of an office, each with its service."""
    own = dict.fromkeys(site.emergency.numbers, UNNAMED)
    return {**own, **of_country(site.office.country)}


def _of_the_library(country: str) -> Mapping[str, str]:
    known = phonenumbers.PhoneMetadata.short_metadata_for_region(country.upper())
    if known is None or known.emergency is None or not known.emergency.national_number_pattern:
        return {}
    pattern = re.compile(known.emergency.national_number_pattern)
    candidates = (f"{n:0{length}d}" for length in range(2, _LONGEST + 1) for n in range(10**length))
    return {number: UNNAMED for number in candidates if pattern.fullmatch(number)}
