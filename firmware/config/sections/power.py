"""The section ``power``: where the box's power comes from, and what is done when it runs short."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, SecretStr

from firmware.config.problem import Problem
from firmware.config.types import Decimal, Name, Number, Seconds, Section, Server, TcpPort, text
from firmware.model.power.keeper import Limits
from firmware.model.power.state import Measure, Policies, PowerState

Item = Mapping[str, Any]

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Minutes = Annotated[Decimal, Field(ge=0, le=1440)]
UpsName = Annotated[str, text(r"^[A-Za-z0-9_.-]{1,64}$", "a UPS's name in ups.conf")]
NutUser = Annotated[str, text(r"^[!-~]{0,64}$", "a user's name without spaces")]


class PowerSource(StrEnum):
    BOARD = "board"  # what the board file says
    NUT = "nut"
    NONE = "none"  # mains alone, or nobody tells


class NutServer(Section):
    """An upsd, here or elsewhere. Without a user it is only read, and halts are never cut short."""

    host: Server = "127.0.0.1"
    port: TcpPort = 3493
    ups: UpsName = "ups"
    user: NutUser = ""
    password: SecretStr = SecretStr("")


class Power(Section):
    """Power and the policies of running short of it. Each state adds to those before it;
    emergency calls are made in all of them."""

    board: Name = "simulated"  # a file of hw/boards
    source: PowerSource = PowerSource.BOARD
    nut: NutServer = NutServer()
    owner_number: Number | None = None  # who is told by short message
    status_at: Number | None = None  # the extension that a short press of the button rings
    full_minutes: Annotated[Minutes, Field(gt=0)] = 30.0  # until the battery has shown it itself
    lost_for_s: Seconds = 2.0
    back_for_s: Seconds = 15.0
    settle_s: Seconds = 300.0
    low_percent: Percent = 40.0
    low_minutes: Minutes = 15.0
    critical_percent: Percent = 15.0
    critical_minutes: Minutes = 5.0
    drain_s: Seconds = 90.0  # how long calls may go on once nothing new begins
    finalise_s: Seconds = 30.0
    cut_s: Seconds = 60.0  # from the order to cut the power to the cut; longer than halting takes
    on_battery: tuple[Measure, ...] = (Measure.STOP_BACKGROUND, Measure.TELL_OWNER)
    low: tuple[Measure, ...] = (
        Measure.LOWER_MEDIA,
        Measure.NO_RECORDING,
        Measure.WARN_AGENTS,
    )
    critical: tuple[Measure, ...] = (Measure.WARN_CALLERS, Measure.DRAIN)

    @property
    def limits(self) -> Limits:
        """As the model takes them."""
        return Limits(
            lost_for_s=self.lost_for_s,
            back_for_s=self.back_for_s,
            settle_s=self.settle_s,
            low_percent=self.low_percent,
            low_minutes=self.low_minutes,
            critical_percent=self.critical_percent,
            critical_minutes=self.critical_minutes,
            drain_s=self.drain_s,
            finalise_s=self.finalise_s,
        )

    @property
    def policies(self) -> Policies:
        """As the model takes them."""
        return {
            PowerState.ON_BATTERY: frozenset(self.on_battery),
            PowerState.LOW: frozenset(self.low),
            PowerState.CRITICAL: frozenset(self.critical),
        }


def check(document: Item, extensions: Container[str]) -> Iterator[Problem]:
    """Every problem of the section: a worse state that begins before the better one, a telephone
    that is not there."""
    written = document.get("power")
    if not isinstance(written, dict):
        return
    status_at = written.get("status_at")
    if status_at and str(status_at) not in extensions:
        yield Problem(
            path="power.status_at", value=str(status_at), reason="no extension has this number"
        )
    for unit in ("percent", "minutes"):
        low = _number(written, f"low_{unit}", getattr(_DEFAULTS, f"low_{unit}"))
        critical = _number(written, f"critical_{unit}", getattr(_DEFAULTS, f"critical_{unit}"))
        if low is not None and critical is not None and critical > low:
            yield Problem(
                path=f"power.critical_{unit}",
                value=f"{critical:g}",
                reason=f"is above power.low_{unit}, which is {low:g}: low would never be reached",
            )


_DEFAULTS = Power()


def _number(written: Item, key: str, default: float) -> float | None:
    """What is written, or the default; None when its shape was refused already."""
    try:
        return float(written.get(key, default))
    except (TypeError, ValueError):
        return None
