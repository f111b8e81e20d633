"""An outage of mains at a box with real telephones, played on its simulated board."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config.schema import Site
from firmware.link.api import DevicedApi, SwitchApi
from firmware.link.board import LedRow, PowerRow
from firmware.link.client import Refused
from tests.rig.box import Box, LeanBox
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until
from tests.rig.watch import Watch

FAST = {
    "lost_for_s": 0.5,
    "back_for_s": 1.0,
    "settle_s": 2.0,
    "low_minutes": 0.0,
    "critical_minutes": 0.0,
    "drain_s": 12.0,
    "finalise_s": 3.0,
}


def short_of_power(site: Site) -> Site:
    """States follow one another in seconds."""
    return site.model_copy(update={"power": site.power.model_copy(update=FAST)})


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "switchd", "deviced", shape=short_of_power) as running:
        yield running


@pytest.fixture
def power(box: Box) -> Iterator[Watch]:
    watch = box.watch("deviced")
    yield watch
    with box.link("deviced") as link:
        link.call(DevicedApi.restore_mains)
        link.call(DevicedApi.set_battery, percent=100.0)
    until(lambda: row(box).state == "mains", 30 * overload(), "mains are trusted again")


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made


def row(box: Box) -> PowerRow:
    with box.link("deviced") as link:
        (found,) = link.snapshot()["power"]
    assert isinstance(found, PowerRow)
    return found


def cut(box: Box, percent: float) -> None:
    with box.link("deviced") as link:
        link.call(DevicedApi.cut_mains)
        link.call(DevicedApi.set_battery, percent=percent)


def wait_for(box: Box, state: str) -> PowerRow:
    until(lambda: row(box).state == state, 25 * overload(), f"power is {state}")
    return row(box)


def test_at_rest_the_box_says_that_calls_can_be_made(box: Box, power: Watch) -> None:
    assert row(box).simulated

    def leds() -> dict[str, str]:
        with box.link("deviced") as link:
            found = link.snapshot().get("led", ())
        return {led.id: led.meaning for led in found if isinstance(led, LedRow)}

    until(lambda: leds().get("power") == "mains", 10 * overload(), "the LED says mains")
    until(lambda: "calls can be made" in box.log("deviced"), 10 * overload(), "the self-test")
    assert leds()["alarm"] != "deaf"


def test_while_the_battery_is_critical_new_calls_are_refused_aloud_and_talks_go_on(
    box: Box, power: Watch, phones: Telephones
) -> None:
    a, b = phones.baresip("101"), phones.baresip("102", auto_answer=True)
    c = phones.baresip("103")
    a.dial("102")
    a.expect("established")
    cut(box, 10.0)
    assert "drain" in wait_for(box, "critical").measures
    until(lambda: "power critical" in box.log("switchd"), 5 * overload(), "switchd knows")
    c.dial("102")
    c.expect("ended", 20 * overload())
    assert c.final_reply().status in {500, 503}  # a proxy may not pass a 503 on: RFC 3261 §16.7
    assert c.heard().length_s > 4.0
    assert c.heard().level_dbfs() > -45.0, "the reason was spoken"
    assert 183 in [reply.status for reply in c.replies()]
    with box.link("switchd") as link, pytest.raises(Refused, match="battery is nearly empty"):
        link.call(SwitchApi.dial, extension="103", number="102")
    assert "ended" not in a.marks()[a.marks().index("established") :]
    with box.link("deviced") as link:
        link.call(DevicedApi.restore_mains)
    wait_for(box, "restored")
    until(lambda: "power restored" in box.log("switchd"), 5 * overload(), "switchd knows")
    assert "ended" not in a.marks()[a.marks().index("established") :]
    b.hang_up()
    a.expect("ended")
    c.dial("102")
    c.expect("established")
    c.hang_up()


def test_switchd_outlives_deviced_and_the_other_way_round(box: Box, power: Watch) -> None:
    box.kill("deviced")
    assert box.answers("switchd")
    box.start("deviced")
    wait_for(box, "mains")
