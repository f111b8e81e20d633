"""Rules of the section ``provisioning``: its ports, its certificate, its DHCP."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any

from firmware.config.problem import Problem
from firmware.config.schema import DhcpMode, Network, Provisioning

Item = Mapping[str, Any]

_TCP = ("http_port", "https_port", "old_tls_port")


def check(document: Item, _known: object) -> Iterator[Problem]:
    """Every problem of the section, as ``references`` asks for them."""
    written = document.get("provisioning")
    plan = {
        **Provisioning().model_dump(mode="json"),
        **(written if isinstance(written, dict) else {}),
    }
    yield from _ports(plan, document)
    yield from _certificate(plan)
    yield from _pool(plan)
    zone = plan["time_zone"]
    if zone is not None and zone not in zoneinfo.available_timezones():
        yield _problem("time_zone", zone, "the system knows no such zone", 'as in "Asia/Tehran"')


def _ports(plan: Item, document: Item) -> Iterator[Problem]:
    """No two servers on one TCP port."""
    written = document.get("network")
    network = {
        **Network().model_dump(mode="json"),
        **(written if isinstance(written, dict) else {}),
    }
    taken = {
        (str(network["sip_address"]), str(network["sip_port"])): "network.sip_port",
        (str(network["console_address"]), str(network["console_port"])): "network.console_port",
    }
    for key in _TCP:
        place = (str(plan["address"]), str(plan[key]))
        if plan[key] is not None and place in taken:
            yield _problem(key, plan[key], f"{taken[place]} has this port already")
        taken.setdefault(place, f"provisioning.{key}")


def _certificate(plan: Item) -> Iterator[Problem]:
    if bool(plan["certificate"]) != bool(plan["certificate_key"]):
        missing = "certificate_key" if plan["certificate"] else "certificate"
        yield Problem(
            path=f"provisioning.{missing}",
            reason="is missing: a certificate and its key go together",
        )


def _pool(plan: Item) -> Iterator[Problem]:
    if plan["dhcp"] != DhcpMode.FULL:
        return
    for key in ("pool_first", "pool_last"):
        if plan.get(key) is None:
            yield Problem(
                path=f"provisioning.{key}",
                reason="is missing: full DHCP gives addresses from pool_first to pool_last",
            )
            return
    if IPv4Address(str(plan["pool_first"])) > IPv4Address(str(plan["pool_last"])):
        yield _problem("pool_last", plan["pool_last"], "is below pool_first")


def _problem(key: str, value: object, reason: str, suggestion: str = "") -> Problem:
    return Problem(
        path=f"provisioning.{key}", value=str(value), reason=reason, suggestion=suggestion
    )
