"""LEDs and button: every word has a look, every press one meaning."""

from __future__ import annotations

import pytest

from firmware.model.panel import LOOKS, Button, Gesture, Holding, Led, Look, is_lit
from firmware.model.power.state import PowerState


def pressed(button, at, seconds):
    button.press(at)
    return button.release(at + seconds)


def test_every_state_of_power_has_a_look():
    assert set(LOOKS) == set(Led)
    assert set(LOOKS[Led.POWER]) == set(PowerState)


@pytest.mark.parametrize(
    ("look", "share"),
    [(Look.OFF, 0), (Look.ON, 10), (Look.SLOW, 5), (Look.FAST, 5), (Look.DOUBLE, 2)],
)
def test_an_led_is_lit_for_its_part_of_each_second(look, share):
    for second in (0, 17, 100_000):
        assert sum(is_lit(look, second + tenth / 10) for tenth in range(10)) == share


@pytest.mark.parametrize(
    ("seconds", "gesture"),
    [
        (0.01, None),  # it bounced
        (0.3, Gesture.STATUS),
        (2.5, None),  # somebody hesitated
        (5.0, Gesture.HALT),
        (12.0, None),  # somebody leans against it
    ],
)
def test_what_a_press_asks_for_long_after_the_start(seconds, gesture):
    assert pressed(Button(started_at=0.0), 1000.0, seconds) is gesture


def test_a_reset_is_asked_for_after_the_start_and_confirmed():
    button = Button(started_at=0.0)
    assert pressed(button, 20.0, 11.0) is None
    assert button.holding(32.0) is Holding.CONFIRM
    assert pressed(button, 33.0, 0.3) is Gesture.RESET
    assert button.holding(34.0) is Holding.NOTHING


def test_a_reset_that_is_not_confirmed_is_forgotten():
    button = Button(started_at=0.0)
    pressed(button, 20.0, 11.0)
    assert button.holding(45.0) is Holding.NOTHING
    assert pressed(button, 45.0, 0.3) is Gesture.STATUS


def test_a_long_press_does_not_confirm_a_reset():
    button = Button(started_at=0.0)
    pressed(button, 20.0, 11.0)
    assert pressed(button, 33.0, 5.0) is None
    assert pressed(button, 40.0, 0.3) is Gesture.STATUS


def test_the_leds_say_what_letting_go_would_mean():
    button = Button(started_at=0.0)
    button.press(50.0)
    held = [button.holding(50.0 + s) for s in (0.2, 3.0, 5.0, 11.0)]
    assert held == [Holding.STATUS, Holding.NOTHING, Holding.HALT, Holding.RESET]
