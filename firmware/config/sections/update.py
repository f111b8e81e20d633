"""The section ``update``: where newer releases come from, and when the box may restart into one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from firmware.config.sections.backup import ClockTime, Every
from firmware.config.types import FilePath, Section, Truth, WholeNumber, text
from firmware.model.update import SwitchPlan, SwitchWhen

Address = Annotated[
    str,
    text(
        r"^(https?://[!-~]{1,400})?$",
        "the address of a folder, as in https://updates.example/stable, or empty",
    ),
]


class Update(Section):
    """Updates. Without an address none is looked for; sticks are looked at anyway."""

    address: Address = ""  # of a channel: a folder with markaz-x86.json and the bundle it names
    ca: FilePath = ""  # PEM of who signed its certificate; none: the system's
    every: Every = Every.DAY
    automatic: Truth = False  # fetch and install what the address offers; else somebody says so
    from_stick: Truth = False  # install what a stick offers; else somebody says so
    rate_kbit: Annotated[WholeNumber, Field(ge=64, le=1000000)] = 2000  # of fetching: calls share
    switch: SwitchWhen = SwitchWhen.QUIET
    quiet_minutes: Annotated[WholeNumber, Field(ge=1, le=1440)] = 10
    hour: ClockTime = "03:30"  # in the office's time zone; it lasts an hour
    cut_calls: Truth = False  # at the hour's end, but never one for help

    @property
    def plan(self) -> SwitchPlan:
        """When the box may restart."""
        hours, minutes = map(int, self.hour.split(":"))
        return SwitchPlan(
            when=self.switch,
            quiet_min=self.quiet_minutes,
            hour_min=60 * hours + minutes,
            cut_calls=self.cut_calls,
        )
