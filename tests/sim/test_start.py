"""From supervisord's start to the first call that is answered and heard."""

from __future__ import annotations

from tests.bench.start import measure
from tests.rig.box import WholeBox
from tests.rig.until import overload

CALLS_S = 5.0


def test_calls_are_possible_soon_after_the_start() -> None:
    with WholeBox() as box:
        box.end()  # its ports stay reserved
        started = measure(box.home, box, first=False)
    assert 0 < started.took_s < CALLS_S * overload()
    assert {"supervisord", "switchd", "kamailio"} <= set(started.cpu_s)
