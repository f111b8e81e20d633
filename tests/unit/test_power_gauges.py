"""Gauges against simulated chips that answer byte for byte as theirs do, whole and broken."""

from __future__ import annotations

import asyncio

import pytest

from hw.power.board import BoardSupply
from hw.power.chips import BusFault, SimBus, SimIna219, SimMax17040, SimPiJuice
from hw.power.gauges import BadAnswer, Ina219, Max17040, PiJuice
from hw.power.port import CannotCut, SupplySilent


def test_a_max17040_reads_as_its_data_sheet_says():
    chip = SimMax17040()
    chip.registers |= {0x02: bytes([0xC6, 0x40]), 0x04: bytes([0x57, 0x80])}  # as on the wire
    measured = Max17040(SimBus(chip)).read()
    assert measured.voltage_v == pytest.approx(3.965)  # 0xC64 = 3172 of 1.25 mV
    assert measured.charge_percent == pytest.approx(87.5)
    assert measured.mains is None


def test_an_ina219_reads_as_its_data_sheet_says():
    chip = SimIna219()
    chip.registers |= {0x02: bytes([0x40, 0x0A]), 0x01: bytes([0xEC, 0x78])}
    measured = Ina219(SimBus(chip)).read()
    assert measured.voltage_v == pytest.approx(8.196, abs=0.005)  # seen on a Waveshare HAT
    assert measured.current_a == pytest.approx(-0.5)
    assert measured.mains is False
    assert measured.charge_percent == pytest.approx(91.5, abs=0.2)


def test_an_ina219_beside_a_full_battery_says_mains():
    chip = SimIna219()
    chip.measure(voltage_v=8.3, current_a=-0.002)
    assert Ina219(SimBus(chip)).read().mains is True


def test_a_pijuice_reads_its_registers_low_byte_first():
    chip = SimPiJuice()
    chip.measure(mains=False, percent=42, voltage_v=3.7, temperature_c=-5)
    assert chip.registers[0x49][:2] == bytes([0x74, 0x0E])
    measured = PiJuice(SimBus(chip)).read()
    assert (measured.mains, measured.charge_percent, measured.voltage_v) == (False, 42.0, 3.7)
    assert (measured.temperature_c, measured.fault) == (-5.0, "")


def test_a_pijuice_whose_first_bit_was_lost_is_read_right():
    chip = SimPiJuice()
    chip.measure(mains=True, percent=99, voltage_v=4.1, temperature_c=25)
    status = 0b11000000  # 5 V come by the GPIO header
    chip.registers[0x40] = bytes([status & 0x7F, 0xFF ^ status])
    assert PiJuice(SimBus(chip)).read().mains is True


def test_a_pijuice_without_battery_says_so():
    chip = SimPiJuice()
    chip.measure(mains=True, percent=0, voltage_v=0.0, temperature_c=25, battery=3)
    measured = PiJuice(SimBus(chip)).read()
    assert measured.charge_percent is None
    assert measured.fault == "there is no battery"


def test_a_pijuice_is_told_to_wake_before_it_is_told_to_cut():
    chip = SimPiJuice()
    PiJuice(SimBus(chip)).cut(30)
    assert chip.written == [(0x63, bytes([0, 0xFF])), (0x62, bytes([30, 0xFF ^ 30]))]


CHIPS = [(SimMax17040, Max17040), (SimIna219, Ina219), (SimPiJuice, PiJuice)]


@pytest.mark.parametrize(("sim", "gauge"), CHIPS)
@pytest.mark.parametrize("fault", [BusFault.NACK, BusFault.STUCK, BusFault.ZEROS, BusFault.ONES])
def test_a_broken_bus_is_an_error_and_never_a_reading(sim, gauge, fault):
    chip = sim()
    chip.fault = fault
    with pytest.raises(OSError, match=r"error|timed out|reads 0x|checksum"):
        gauge(SimBus(chip)).read()


def test_a_garbled_pijuice_block_is_refused():
    chip = SimPiJuice()
    chip.fault = BusFault.GARBLED
    with pytest.raises(BadAnswer, match="register 0x40 has a wrong checksum"):
        PiJuice(SimBus(chip)).read()


def test_a_board_without_its_gauge_still_has_its_contact():
    chip = SimMax17040()
    chip.fault = BusFault.NACK
    supply = BoardSupply(Max17040(SimBus(chip)), lambda: False)
    measured = asyncio.run(supply.read())
    assert measured.mains is False
    assert measured.fault == "gauge: [Errno 121] Remote I/O error"


def test_a_board_with_nothing_but_a_silent_gauge_is_silent():
    chip = SimPiJuice()
    chip.fault = BusFault.STUCK
    with pytest.raises(SupplySilent, match="timed out"):
        asyncio.run(BoardSupply(PiJuice(SimBus(chip)), None).read())


def test_only_a_supply_that_gives_power_back_is_asked_to_cut():
    async def story():
        juice, bare = SimPiJuice(), SimMax17040()
        able = BoardSupply(PiJuice(SimBus(juice)), None)
        unable = BoardSupply(Max17040(SimBus(bare)), lambda: True)
        assert await able.can_cut()
        await able.cut(25)
        assert juice.written[-1][0] == 0x62
        assert not await unable.can_cut()
        with pytest.raises(CannotCut):
            await unable.cut(25)
        juice.fault = BusFault.NACK
        with pytest.raises(CannotCut, match="Remote I/O"):
            await able.cut(25)

    asyncio.run(story())
