"""The gauges of UPS HATs on a bus, at the addresses of the board files."""

from __future__ import annotations

import asyncio

import pytest

from hw.power.board import BoardSupply
from hw.power.chips import BusFault, SimIna219, SimMax17040, SimPiJuice
from hw.power.gauges import BadAnswer, Ina219, Max17040, PiJuice
from hw.power.port import SupplySilent

CHIPS = [(SimMax17040, Max17040), (SimIna219, Ina219), (SimPiJuice, PiJuice)]
ABSENT = 0x37


@pytest.fixture
def gauge_on(board):
    """Makes a gauge on the bench's bus."""
    buses = []

    def make(kind, *place):
        buses.append(board.bus())
        return kind(buses[-1], *place)

    yield make
    for bus in buses:
        bus.close()


@pytest.mark.covers("Gauges: MAX17040 (X728, X1200): voltage and charge")
@pytest.mark.parametrize(
    ("voltage_v", "percent"), [(4.2, 100.0), (3.965, 87.5), (3.7, 40.0), (3.0, 0.5)]
)
def test_a_max17040_is_read(board, gauge_on, voltage_v, percent):
    chip = SimMax17040()
    chip.measure(voltage_v=voltage_v, percent=percent)
    board.place(chip)
    measured = gauge_on(Max17040).read()
    assert measured.voltage_v == pytest.approx(voltage_v, abs=0.001)
    assert measured.charge_percent == pytest.approx(percent, abs=0.01)


@pytest.mark.covers("Gauges: INA219 (Waveshare): voltage, current in and out, mains")
@pytest.mark.parametrize(
    ("voltage_v", "current_a", "mains"),
    [(8.2, 0.3, True), (8.3, -0.002, True), (7.4, -0.9, False), (6.1, -3.1, False)],
)
def test_an_ina219_is_read(board, gauge_on, voltage_v, current_a, mains):
    chip = SimIna219()
    chip.measure(voltage_v=voltage_v, current_a=current_a)
    board.place(chip)
    measured = gauge_on(Ina219).read()
    assert measured.voltage_v == pytest.approx(voltage_v, abs=0.004)
    assert measured.current_a == pytest.approx(current_a, abs=0.001)
    assert measured.mains is mains


@pytest.mark.covers("Gauges: PiJuice: mains, charge, voltage, temperature, fault")
@pytest.mark.parametrize(
    ("mains", "percent", "voltage_v", "temperature_c", "fault"),
    [(True, 100, 4.15, 25, 0), (False, 42, 3.7, -5, 0), (False, 3, 3.1, 61, 0x20)],
)
def test_a_pijuice_is_read(board, gauge_on, mains, percent, voltage_v, temperature_c, fault):
    chip = SimPiJuice()
    chip.measure(
        mains=mains, percent=percent, voltage_v=voltage_v, temperature_c=temperature_c, fault=fault
    )
    board.place(chip)
    measured = gauge_on(PiJuice).read()
    assert (measured.mains, measured.charge_percent) == (mains, percent)
    assert (measured.voltage_v, measured.temperature_c) == (voltage_v, temperature_c)
    assert measured.fault == ("PiJuice reports fault 0x20" if fault else "")


@pytest.mark.covers("Gauges: PiJuice is told to cut, and to wake with mains")
def test_a_pijuice_is_told_to_cut_and_to_wake(board, gauge_on):
    board.place(SimPiJuice())
    gauge_on(PiJuice).cut(30)
    assert board.written(PiJuice.ADDRESS, 0x63) == bytes([0, 0xFF])
    assert board.written(PiJuice.ADDRESS, 0x62) == bytes([30, 0xFF ^ 30])


@pytest.mark.covers("Gauges, bad input: nobody at the address")
@pytest.mark.parametrize("kind", [Max17040, Ina219, PiJuice])
def test_nobody_at_the_address_is_silence(board, gauge_on, kind):
    board.place(SimPiJuice())
    supply = BoardSupply(gauge_on(kind, ABSENT), None)
    with pytest.raises(SupplySilent, match="gauge: "):
        asyncio.run(supply.read())


@pytest.mark.covers("Gauges, bad input: a bus that reads as zeros or ones")
@pytest.mark.parametrize(("sim", "kind"), CHIPS)
@pytest.mark.parametrize("fault", [BusFault.ZEROS, BusFault.ONES])
def test_a_dead_bus_is_never_a_reading(board, gauge_on, sim, kind, fault):
    chip = sim()
    chip.fault = fault
    board.place(chip)
    with pytest.raises(BadAnswer):
        gauge_on(kind).read()


@pytest.mark.covers("Gauges, bad input: a garbled block is refused, the next good one read")
def test_a_garbled_block_is_refused(board, gauge_on):
    chip = SimPiJuice()
    chip.fault = BusFault.GARBLED
    board.place(chip)
    gauge = gauge_on(PiJuice)
    with pytest.raises(BadAnswer, match="wrong checksum"):
        gauge.read()
    chip.fault = BusFault.NONE
    board.place(chip)
    assert gauge.read().charge_percent == 100
