"""The short messages that tell the owner of power. Texts are in ``notices.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from firmware.config.schema import Site
from firmware.model.letter import Channel, Letter
from firmware.model.power.state import Measure, PowerState, measures_in

CATALOGUE = Path(__file__).with_name("notices.toml")

_TOLD = (PowerState.ON_BATTERY, PowerState.CRITICAL, PowerState.RESTORED)

_DIGITS = {
    "fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
    "ar": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
}


def letter_about(
    state: PowerState,
    site: Site,
    *,
    minutes: float | None,
    percent: float | None,
    at: float,
) -> Letter | None:
    """What the owner is told when power becomes ``state``; None: nothing, or nobody to tell."""
    number = site.power.owner_number
    wanted = measures_in(PowerState.CRITICAL, site.power.policies)
    if number is None or state not in _TOLD or Measure.TELL_OWNER not in wanted:
        return None
    language = site.office.language
    digits = _DIGITS.get(language, {})
    body = _catalogue()[language][state].format(
        office=site.office.name,
        minutes=_shown(minutes).translate(digits),
        percent=_shown(percent).translate(digits),
    )
    return Letter(
        ident=f"power:{state}:{at:.0f}",
        channel=Channel.SMS,
        recipient=number,
        body=body,
        created_at=at,
    )


def _shown(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(CATALOGUE.read_text("utf-8"))
