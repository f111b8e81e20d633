"""Countries, time zones and the addresses of this machine, to choose from."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Address

import ifaddr
from babel import Locale
from babel.core import get_global


@cache
def countries(language: str) -> Sequence[tuple[str, str]]:
    """Every country with a time zone as ("ir", its name in the language), by name."""
    names = Locale(language).territories
    found = [(code.lower(), str(names.get(code, code))) for code in _zones_by_country()]
    return tuple(sorted(found, key=lambda one: one[1]))


@cache
def zones() -> Sequence[str]:
    """Every time zone of a place, by name."""
    return tuple(sorted(zone for found in _zones_by_country().values() for zone in found))


def zones_of(country: str) -> Sequence[str]:
    """The time zones of a country."""
    return _zones_by_country().get(country.upper(), ())


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    known = zoneinfo.available_timezones()
    found: dict[str, list[str]] = {}
    for zone, country in get_global("zone_territories").items():
        if zone in known and "/" in zone and not zone.startswith("Etc/") and len(country) == 2:
            found.setdefault(country, []).append(zone)
    return {country: tuple(sorted(names)) for country, names in sorted(found.items())}


def addresses() -> Sequence[tuple[str, str]]:
    """This machine's IPv4 addresses with the name of their interface; its own loopback first."""
    found = [
        (str(ip.ip), adapter.nice_name)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4 and not IPv4Address(ip.ip).is_loopback
    ]
    return (("127.0.0.1", "lo"), *sorted(found))
