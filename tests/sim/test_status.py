"""A short press of the simulated board's button: a real telephone says how the box is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config.schema import Site
from firmware.link.api import DevicedApi
from firmware.switchd.main import PROMPTS
from tests.rig.box import Box, LeanBox
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until
from tests.sim.test_voicemail import says


@pytest.fixture(scope="module")
def office() -> Iterator[Box]:
    """A box whose button rings 101."""

    def shape(site: Site) -> Site:
        power = site.power.model_copy(update={"status_at": "101"})
        return site.model_copy(update={"power": power})

    with LeanBox("kamailio", "edge", "switchd", "deviced", shape=shape) as box:
        yield box


def test_a_press_of_the_button_has_the_status_said(office: Box, tmp_path: Path) -> None:
    language = office.site.office.language
    until(lambda: "calls can be made" in office.log("deviced"), 15 * overload(), "the self-test")
    with Telephones(office, tmp_path) as phones, office.link("deviced") as deviced:
        telephone = phones.baresip("101")
        deviced.call(DevicedApi.press, 0.5)
        telephone.expect("incoming", 10 * overload())
        telephone.answer()
        telephone.expect("established")

        def found(name: str) -> float:
            heard = telephone.heard()
            is_enough = heard.length_s > 3.0
            return says(heard, PROMPTS / language / f"{name}.wav") if is_enough else 0.0

        until(lambda: found("status_calls_possible") > 0.7, 20.0, "it says that calls are possible")
        until(lambda: found("status_power_mains") > 0.7, 20.0, "it says that mains are there")
        until(lambda: found("status_address/1") > 0.7, 20.0, "it says where the console is")
        assert found("status_internet_down") < 0.5  # nobody has asked for the internet here
        telephone.expect("ended", 60 * overload())
    assert "the status is announced at 101" in office.log("deviced")
