"""Rolling out: telling the daemons that run about a newly accepted configuration.

A daemon that is down needs no telling: it reads the current version when it starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.config.home import Home
from firmware.daemons import ON_AN_IMAGE, daemons
from firmware.link.api import DaemonApi
from firmware.link.client import Link, LinkDown, Refused

DAEMONS = ("switchd", "lined", "provision", "outbox", "deviced", "update", "edge")
"""The daemons that act on the configuration. The edge is last: it drops registrations whose
password changed, and provisioning must reach those telephones before."""


class Uptake(StrEnum):
    TAKEN = "taken"  # it runs the new version
    DOWN = "down"  # it does not run; it reads the new version when it starts
    REFUSED = "refused"  # it said no, and why
    BEHIND = "behind"  # it said yes, and still runs another version


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one daemon did when it was told. ``text`` says why, when it did not take it up."""

    daemon: str
    uptake: Uptake
    text: str = ""


def roll_out(home: Home, number: int) -> tuple[Told, ...]:
    """Tell every daemon to take up version ``number``, and what came of it."""
    missing = set(ON_AN_IMAGE) - set(daemons())
    return tuple(_tell(home, daemon, number) for daemon in DAEMONS if daemon not in missing)


def _tell(home: Home, daemon: str, number: int) -> Told:
    try:
        with Link(home.link(daemon), "config") as link:
            link.call(DaemonApi.reload)
            running = link.call(DaemonApi.status).config_version
    except LinkDown as error:
        return Told(daemon=daemon, uptake=Uptake.DOWN, text=str(error))
    except Refused as error:
        return Told(daemon=daemon, uptake=Uptake.REFUSED, text=f"{error.kind}: {error}")
    if running != number:
        return Told(daemon=daemon, uptake=Uptake.BEHIND, text=f"it runs version {running}")
    return Told(daemon=daemon, uptake=Uptake.TAKEN)
