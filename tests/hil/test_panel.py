"""The panel of each board on its pins: LEDs, button, lifeline, the contact that tells of mains."""

from __future__ import annotations

import pytest

from hw import board as boards
from hw.panel.gpio import GpioContact, GpioPanel, NoPins

PANELS = [name for name in boards.names() if boards.load(name).panel.leds]
CONTACTS = [name for name in boards.names() if boards.load(name).power.mains_lost]


@pytest.fixture
def panels(board):
    """Makes the panel of a board file; closed at the end."""
    made = []

    def make(name):
        made.append(GpioPanel(boards.load(name).panel, board.pins(name)))
        return made[-1]

    yield make
    for panel in made:
        panel.close()


@pytest.mark.covers("Panel: each LED is on its own pin")
@pytest.mark.parametrize("name", PANELS)
def test_each_led_lights_its_own_pin_and_no_other(board, panels, name):
    pins, panel = boards.load(name).panel, panels(name)
    for led in pins.leds:
        panel.show(led, lit=True)
        assert {one for one, pin in pins.leds.items() if board.is_high(pin)} == {led}
        panel.show(led, lit=False)
    assert not any(board.is_high(pin) for pin in pins.leds.values())


@pytest.mark.covers("Panel: the button is pressed and let go")
@pytest.mark.parametrize("name", PANELS)
def test_the_button_is_pressed_and_let_go(board, panels, name):
    button, panel = boards.load(name).panel.button, panels(name)
    rests_high = button.active == "low"
    assert not panel.is_pressed(), "an open contact is pulled to where it rests"
    for _time in range(3):
        board.drive(button.pin, high=not rests_high)
        assert panel.is_pressed()
        board.drive(button.pin, high=rests_high)
        assert not panel.is_pressed()


@pytest.mark.covers("Panel: the lifeline is held by pulses and falls when they stop")
@pytest.mark.parametrize("name", PANELS)
def test_the_lifeline_is_pulsed_while_it_is_held(board, panels, name):
    pins, panel = boards.load(name).panel, panels(name)
    assert pins.lifeline_by_pulses
    assert not board.is_high(pins.lifeline), "until software runs, the socket is the exchange's"
    seen = []
    for _time in range(6):
        panel.hold_lifeline(held=True)
        seen.append(board.is_high(pins.lifeline))
    assert seen == [True, False] * 3
    panel.hold_lifeline(held=True)
    panel.hold_lifeline(held=False)
    assert not board.is_high(pins.lifeline)


@pytest.mark.covers("Panel: closed, everything is out and the lifeline fallen")
def test_closed_everything_is_out(board):
    pins = boards.load("pi4-x728").panel
    panel = GpioPanel(pins, board.pins("pi4-x728"))
    panel.show("power", lit=True)
    panel.hold_lifeline(held=True)
    assert board.is_high(pins.leds["power"])
    assert board.is_high(pins.lifeline)
    panel.close()
    assert not board.is_high(pins.leds["power"])
    assert not board.is_high(pins.lifeline)


@pytest.mark.covers("Panel: a contact tells of mains")
@pytest.mark.parametrize("name", CONTACTS)
def test_the_contact_tells_of_mains_by_the_level_of_its_board(board, name):
    lost = boards.load(name).power.mains_lost
    contact = GpioContact(lost, board.pins(name))
    try:
        for _time in range(3):
            board.drive(lost.pin, high=lost.active == "high")
            assert contact() is False
            board.drive(lost.pin, high=lost.active == "low")
            assert contact() is True
    finally:
        contact.close()


@pytest.mark.covers("Panel, bad input: a pin that is taken is named")
def test_a_pin_that_is_taken_is_named(board):
    pins, factory = boards.load("pi4-x728").panel, board.pins("pi4-x728")
    first = GpioPanel(pins, factory)
    try:
        with pytest.raises(NoPins, match=f"GPIO{pins.leds['power']}"):
            GpioPanel(pins, factory)
    finally:
        first.close()
