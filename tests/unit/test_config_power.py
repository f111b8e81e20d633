"""The section ``power``: its defaults, what it refuses, what the model gets of it."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.model.power.state import Measure, PowerState


def refused(text):
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return str(caught.value)


def test_what_is_written_is_what_the_model_gets():
    site = document.parse(
        "power:\n  low_percent: 50\n  critical_percent: 20\n  low: [no_recording, drain]\n"
        "  source: nut\n  nut:\n    host: 192.168.1.5\n    ups: rack\n"
    )
    assert (site.power.limits.low_percent, site.power.limits.critical_percent) == (50.0, 20.0)
    assert site.power.policies[PowerState.LOW] == {Measure.NO_RECORDING, Measure.DRAIN}
    assert site.power.nut.ups == "rack"


def test_the_defaults_can_be_written_down_and_read_again():
    text = document.dump(Site(), secrets=True)
    assert document.parse(text).power == Site().power


def test_a_critical_level_above_the_low_one_is_refused():
    text = refused("power:\n  critical_minutes: 30\n")
    assert "power.critical_minutes" in text
    assert "above power.low_minutes, which is 15" in text


def test_a_measure_that_nobody_knows_is_refused():
    assert "drian" in refused("power:\n  low: [drian]\n")


def test_a_wrong_shape_is_reported_once():
    text = refused("power:\n  low_percent: many\n")
    assert text.count("power.low_percent") == 1
