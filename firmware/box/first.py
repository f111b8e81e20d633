"""The configuration a box is born with: four telephones, four analogue lines, a SIM, a menu.

It is a working small office on simulated lines, so that the first start has something to show;
the technician replaces it with ``markaz config apply``.
"""

from __future__ import annotations

import secrets

from firmware.config.schema import (
    Choice,
    Extension,
    Ivr,
    Line,
    LineKind,
    Network,
    Provisioning,
    Site,
)
from firmware.config.sections.queues import Queue
from firmware.config.sections.voicemail import Voicemail
from firmware.config.types import TcpPort

PASSWORD_LENGTH = 16
_TYPED_ON_A_TELEPHONE = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that looks like a digit, no shift key."""

_SINGLE_PORTS = (
    "sip_port",
    "sip_tls_port",
    "console_port",
    "inner_edge_port",
    "inner_switch_port",
    "inner_lines_port",
)
_AUDIO_PORTS = ("rtp_first", "rtp_last", "line_rtp_first", "line_rtp_last")
_PROVISIONING_PORTS = ("http_port", "https_port", "old_tls_port", "tftp_port")
_AUDIO_FACTOR = 6
"""The audio ranges are 6,000 ports together: boxes 1,000 apart do not share any."""


class BadOffset(ValueError):
    """MARKAZ_PORT_OFFSET is no number, or moves a port out of 1..65535."""


def parse_offset(text: str) -> int:
    """The port offset a person wrote.

    Raises:
        BadOffset: it is not a number from 0 to ``largest_offset()``.
    """
    largest = largest_offset()
    if not text.isascii() or not text.isdigit() or int(text) > largest:
        raise BadOffset(
            f"MARKAZ_PORT_OFFSET={text!r} must be a number from 0 to {largest} "
            "(boxes on one machine: 1000 apart)"
        )
    return int(text)


def largest_offset() -> int:
    """The offset at which the last audio port is still a port."""
    return (65535 - Network().line_rtp_last) // _AUDIO_FACTOR


def network(offset: int) -> Network:
    """The default network with every port moved: single ones by ``offset``, audio by six times."""
    default = Network()
    moved: dict[str, TcpPort] = {
        name: getattr(default, name) + offset for name in _SINGLE_PORTS
    } | {name: getattr(default, name) + _AUDIO_FACTOR * offset for name in _AUDIO_PORTS}
    return Network.model_validate(moved)


def provisioning(offset: int) -> Provisioning:
    """The default provisioning with every port moved by ``offset``."""
    default = Provisioning()
    moved = {name: getattr(default, name) + offset for name in _PROVISIONING_PORTS}
    return Provisioning.model_validate(moved)


def site(offset: int) -> Site:
    """The configuration of a new box. Every call makes new passwords."""
    return Site(
        network=network(offset),
        provisioning=provisioning(offset),
        voicemail=Voicemail(for_everyone=True),
        extension=(
            _telephone("101", "Support 1"),
            _telephone("102", "Support 2"),
            _telephone("103", "Sales 1"),
            _telephone("104", "Sales 2"),
            Extension(number="201", name="Line telephone 1"),
            Extension(number="202", name="Line telephone 2"),
        ),
        line=(
            Line(name="fxo-1", kind=LineKind.TRUNK, route="ivr:main"),
            Line(name="fxo-2", kind=LineKind.TRUNK, route="ivr:main"),
            Line(name="fxs-1", kind=LineKind.STATION, extension="201"),
            Line(name="fxs-2", kind=LineKind.STATION, extension="202"),
            Line(name="gsm-1", kind=LineKind.MOBILE, route="ivr:main"),
        ),
        ivr=(
            Ivr(
                name="main",
                number="600",
                choice=(
                    Choice(digit="1", to="queue:support"),
                    Choice(digit="2", to="queue:sales"),
                    Choice(digit="3", to="extension:101"),
                ),
                otherwise="queue:support",
            ),
        ),
        queue=(
            Queue(name="support", number="601", title="Support", members=("101", "102")),
            Queue(name="sales", number="602", title="Sales", members=("103", "104")),
        ),
    )


def password() -> str:
    """A password that can be typed on a telephone: 79 bits."""
    return "".join(secrets.choice(_TYPED_ON_A_TELEPHONE) for _ in range(PASSWORD_LENGTH))


def _telephone(number: str, name: str) -> Extension:
    return Extension.model_validate({"number": number, "name": name, "password": password()})
