"""Which options a telephone is told, by who it says it is."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from provisioning.device import Ask, Identity
from provisioning.dhcp import packet as dhcp
from provisioning.dhcp.packet import Packet
from provisioning.identify import identify
from provisioning.phones import family_of

ALWAYS = frozenset({66, 42})
"""Sent whether asked for or not: the parameter lists of some telephones leave them out."""


def who_asks(packet: Packet) -> Identity | None:
    """Whose packet it is: by vendor class, then by the maker of its address. A computer of the
    office is nobody of ours."""
    return identify(
        Ask(
            vendor_class=packet.text(dhcp.VENDOR_CLASS),
            mac_in_link=packet.mac,
            transport="dhcp",
        )
    )


def for_telephone(
    packet: Packet, who: Identity, base_url: str, ntp: IPv4Address
) -> dict[int, bytes]:
    """Where its files are, in the options that its family reads."""
    wanted = frozenset(packet.options.get(dhcp.PARAMETERS, b""))
    found: dict[int, bytes] = {42: ntp.packed}
    vendor_class = packet.text(dhcp.VENDOR_CLASS)
    family = family_of(who.family)
    named = any(re.search(shape, vendor_class, re.IGNORECASE) for shape in family.vendor_classes)
    for option in family.dhcp_options(base_url):
        # Option 43 means something else to everybody: only who names its class gets it.
        if option.code == 43 and not named:
            continue
        found[option.code] = option.value
    return {
        code: value
        for code, value in found.items()
        if code in ALWAYS or not wanted or code in wanted or code >= 128
    }
