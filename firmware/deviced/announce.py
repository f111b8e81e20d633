"""The status announcement: what a short press of the button lets a telephone say."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import math
import socket

from firmware.config.home import Home
from firmware.deviced.around import Around
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.status import BoxStatus
from firmware.model.power.keeper import PowerKeeper
from firmware.model.power.state import PowerState

log = logging.getLogger(__name__)

_TIMEOUT_S = 3.0
_FAR = ("192.0.2.1", 9)
"""Nobody (RFC 5737): which of our addresses would send there is known without sending."""

_ON_MAINS = frozenset({PowerState.MAINS, PowerState.RESTORED})
_SAID_OF_INTERNET = frozenset({"up", "limited", "down"})


def status_of(
    *, calls_possible: bool, around: Around, keeper: PowerKeeper, address: str
) -> BoxStatus:
    """How the box is, as it is said."""
    is_on_mains = keeper.state in _ON_MAINS
    minutes = None if is_on_mains else keeper.minutes_left
    return BoxStatus(
        calls_possible=calls_possible,
        lines=around.lines if around.lines != "none" else "",
        power="mains" if is_on_mains else "battery",
        minutes_left=None if minutes is None else max(0, math.floor(minutes)),
        internet=around.internet if around.internet in _SAID_OF_INTERNET else "",
        address=address,
    )


def address_of(configured: ipaddress.IPv4Address) -> str:
    """Where the console is reached in the office's network; "" when there is none."""
    if not configured.is_unspecified:
        return str(configured)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out, contextlib.suppress(OSError):
        out.connect(_FAR)
        return str(out.getsockname()[0])
    return ""


def announce(home: Home, extension: str, status: BoxStatus) -> None:
    """Have switchd ring the telephone and say it. Where it cannot, the LEDs have to do."""
    try:
        with Link(home.link("switchd"), "deviced", timeout_s=_TIMEOUT_S) as link:
            link.call(SwitchApi.announce_status, extension, status)
    except (LinkDown, Refused) as error:
        log.warning("the status is not announced at %s: %s", extension, error)
    else:
        log.info("the status is announced at %s: %s", extension, status)
