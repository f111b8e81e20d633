"""What scenarios with real telephones share: the box they call, what they hear, what is left."""

from __future__ import annotations

import numpy as np

from firmware.config.schema import Site
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.until import until

HEAR_S = 1.2


def box_of_four(*, silence_s: float = 10.0, **changes: object) -> LeanBox:
    """Kamailio, its keeper and switchd, with the four telephones that a box is born with.
    ``changes`` are sections of the site."""

    def shape(site: Site) -> Site:
        switch = site.switch.model_copy(update={"silence_s": silence_s})
        return site.model_copy(update={"switch": switch, **changes})

    return LeanBox("kamailio", "edge", "switchd", shape=shape)


def assert_hears_now(phone: DeskPhone, call: str, tone_hz: int) -> None:
    """From now on it hears this tone and nothing else."""
    start_s = phone.heard(call).length_s
    until(
        lambda: phone.heard(call).length_s > start_s + HEAR_S + 0.3,
        HEAR_S + 4,
        f"{phone.account.number} hears for {HEAR_S} s",
    )
    sound = phone.heard(call).part(start_s + 0.3)
    purity = sound.purity(tone_hz)
    assert np.median(purity) > 0.95, (
        f"{phone.account.number} hears {sound.frequency_hz():.0f} Hz at "
        f"{sound.level_dbfs():.0f} dBFS, not {tone_hz} Hz"
    )


def assert_no_calls(box: Box) -> None:
    """Nothing is left: no call and no leg on switchd's board, within some seconds."""

    def empty() -> bool:
        with box.link("switchd") as link:
            rows = link.snapshot()
        return not rows.get("call") and not rows.get("leg")

    until(empty, 8, "every call and leg is gone")
