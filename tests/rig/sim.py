"""What scenarios with real telephones share: the box they call, what they hear, what is left."""

from __future__ import annotations

import numpy as np

from firmware.config.schema import Site
from tests.rig.audio import Sound
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.until import until

HEAR_S = 1.2
_WITHIN_S = 6.0


def box_of_four(*, silence_s: float = 10.0, **changes: object) -> LeanBox:
    """Kamailio, its keeper and switchd, with the four telephones that a box is born with.
    ``changes`` are sections of the site."""

    def shape(site: Site) -> Site:
        switch = site.switch.model_copy(update={"silence_s": silence_s})
        return site.model_copy(update={"switch": switch, **changes})

    return LeanBox("kamailio", "edge", "switchd", shape=shape)


def assert_hears_now(phone: DeskPhone, call: str, tone_hz: int) -> None:
    """From now on it hears this tone and nothing else: within some seconds it has for a while."""
    start_s = phone.heard(call).length_s

    def sound() -> Sound:
        return phone.heard(call).part(start_s).part(-HEAR_S)

    def hears() -> bool:
        return sound().length_s >= HEAR_S and bool(np.median(sound().purity(tone_hz)) > 0.95)

    until(
        hears,
        HEAR_S + _WITHIN_S,
        lambda: (
            f"{phone.account.number} hears {tone_hz} Hz for {HEAR_S} s; at last it was "
            f"{sound().frequency_hz():.0f} Hz at {sound().level_dbfs():.0f} dBFS, "
            f"pure {sound().purity(tone_hz).round(2)}"
        ),
    )


def assert_no_calls(box: Box) -> None:
    """Nothing is left: no call and no leg on switchd's board, within some seconds."""

    def empty() -> bool:
        with box.link("switchd") as link:
            rows = link.snapshot()
        return not rows.get("call") and not rows.get("leg")

    until(empty, 8, "every call and leg is gone")
