"""What chronyd is told: whom to ask, whom to answer, when the clock may step (chrony.conf(5)).

The box answers its office's telephones whenever they are told to ask it, that is unless
``provisioning.ntp_server`` names another. The machine's ``/etc/chrony/chrony.conf`` includes the
file; what a change asks for (chronyd reads it only at its start) the machine's systemd does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import ifaddr

from firmware.config.home import Home
from firmware.config.schema import Provisioning

log = logging.getLogger(__name__)

NAME = "chrony.conf"
_PUBLIC = "2.debian.pool.ntp.org"

_RULES = """\
# The first three times that a time is known the clock may step to it, later only glide: records
# keep their order, and what people see does not jump.
makestep 1.0 3
# The kernel is told that the clock is right: the board's own clock is set by it then.
rtcsync
"""

_SERVES = """\
# While nobody knows the time, everybody here goes by the box: telephones agree at least.
local stratum 10
"""


def chrony_conf(plan: Provisioning, networks: Sequence[IPv4Network]) -> str:
    """The file's text. ``networks`` are those that telephones are in."""
    lines = ["# Written by the box from its configuration: a change here is lost."]
    if plan.ntp_server is None:
        lines.append(f"pool {_PUBLIC} iburst maxsources 4")
    else:
        lines.append(f"server {plan.ntp_server} iburst")
    lines += _RULES.splitlines()
    if plan.ntp_server is None and networks:
        lines += _SERVES.splitlines()
        if not plan.address.is_unspecified:
            lines.append(f"bindaddress {plan.address}")
        lines += [f"allow {network}" for network in networks]
    else:
        lines.append("port 0")  # nobody is answered
    return "\n".join(lines) + "\n"


def networks_of(plan: Provisioning) -> Sequence[IPv4Network]:
    """Where telephones are: as configured, else the networks of the address they meet. Loopback
    meets none."""
    if plan.networks or plan.address.is_loopback:
        return plan.networks
    return tuple(
        here.network
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4
        for here in [IPv4Interface((str(ip.ip), ip.network_prefix))]
        if _is_met(here, plan.address)
    )


def _is_met(here: IPv4Interface, address: IPv4Address) -> bool:
    return here.ip == address or (address.is_unspecified and not here.ip.is_loopback)


def write(home: Home, plan: Provisioning) -> bool:
    """Write the file if it would change; whether it did. A disk that refuses is told, no more."""
    text, file = chrony_conf(plan, networks_of(plan)), home.root / NAME
    with suppress(OSError):
        if file.read_text() == text:
            return False
    new = file.with_suffix(".part")
    try:
        new.write_text(text)
        new.replace(file)
    except OSError as error:
        log.error("chronyd cannot be told whom to answer: %s", error)
        return False
    log.info("chronyd's configuration has changed: %s", file)
    return True
