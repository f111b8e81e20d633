"""deviced: read the configuration, choose the board's parts, build, wire, run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from firmware import log as logs
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.sections.power import Power, PowerSource
from firmware.deviced.daemon import Deviced
from firmware.deviced.discharge import History
from firmware.deviced.hardware import Hardware
from firmware.link.api import DevicedApi
from firmware.link.server import Board, Server
from firmware.store import discharges
from firmware.store.db import open_store
from firmware.store.writer import StoreWriter
from hw import board as boards
from hw.health import sysfs
from hw.machine.command import SystemMachine
from hw.machine.sim import SimMachine
from hw.panel.gpio import GpioContact, GpioPanel, NoPins, kernel_pins
from hw.panel.sim import SimPanel
from hw.power.board import BoardSupply
from hw.power.gauges import Gauge, Ina219, Max17040, PiJuice
from hw.power.i2c import Bus, KernelBus
from hw.power.nut import NutSupply
from hw.power.port import Supply
from hw.power.sim import SimSupply
from hw.rtc.device import KernelRtc, MachineClock
from hw.watchdog.device import KernelWatchdog
from hw.watchdog.sim import SimWatchdog

log = logging.getLogger(__name__)

USUAL_ADDRESSES = {
    "max17040": Max17040.ADDRESS,
    "ina219": Ina219.ADDRESS,
    "pijuice": PiJuice.ADDRESS,
}

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def hardware_of(plan: Power, clock: Callable[[], float], folder: Path) -> Hardware:
    """The parts that the configuration names. ``folder`` is for what a library puts down. Pins
    that cannot be had are told, and done without: power may still be read from a gauge.

    Raises:
        UnknownBoard: there is no such board file.
        OSError: a bus or a pin cannot be opened.
    """
    board = boards.load(plan.board)
    if board.simulated:
        return _simulated(board, plan, clock)
    board, pins, fault = _with_pins(board, folder)
    return Hardware(
        title=board.title,
        supply=_supply(board, plan, pins),
        machine=SystemMachine(),
        panel=GpioPanel(board.panel, pins),
        watchdog=(
            KernelWatchdog(board.watchdog, board.watchdog_timeout_s) if board.watchdog else None
        ),
        look_at_health=sysfs.look,
        clocks=(KernelRtc(), MachineClock()),
        fault=fault,
    )


def _with_pins(board: boards.Board, folder: Path) -> tuple[boards.Board, object, str]:
    """The board as far as it can be had, gpiozero's factory, and why it is not all there."""
    if not board.has_pins:
        return board, None, ""
    try:
        return board, kernel_pins(folder), ""
    except NoPins as error:
        return board.without_pins(), None, f"{board.title}: {error}"


def _simulated(board: boards.Board, plan: Power, clock: Callable[[], float]) -> Hardware:
    played, panel = SimSupply(clock, lasts_s=plan.full_minutes * 60.0), SimPanel()
    real = plan.source is PowerSource.NUT  # a UPS may be real where the board is not
    return Hardware(
        title=board.title,
        supply=_nut(plan) if real else played,
        machine=SimMachine(),
        panel=panel,
        watchdog=SimWatchdog(clock, board.watchdog_timeout_s),
        look_at_health=sysfs.look,
        played_supply=None if real else played,
        played_panel=panel,
    )


def _supply(board: boards.Board, plan: Power, factory: object) -> Supply:
    if plan.source is PowerSource.NUT:
        return _nut(plan)
    pins = board.power
    if plan.source is PowerSource.NONE or not (pins.gauge or pins.mains_lost):
        return BoardSupply(None, None)
    bus = KernelBus(pins.bus) if pins.gauge else None
    contact = GpioContact(pins.mains_lost, factory) if pins.mains_lost else None

    def close() -> None:
        for part in (bus, contact):
            if part is not None:
                part.close()

    return BoardSupply(None if bus is None else _gauge(pins, bus), contact, close)


def _gauge(pins: boards.PowerPins, bus: Bus) -> Gauge:
    makers: dict[str, Callable[[int], Gauge]] = {
        "max17040": partial(Max17040, bus),
        "ina219": partial(Ina219, bus, cells=pins.cells, shunt_ohm=pins.shunt_ohm),
        "pijuice": partial(PiJuice, bus),
    }
    address = USUAL_ADDRESSES[pins.gauge] if pins.address is None else pins.address
    return makers[pins.gauge](address)


def _nut(plan: Power) -> NutSupply:
    server = plan.nut
    return NutSupply(
        host=server.host,
        port=server.port,
        ups=server.ups,
        user=server.user,
        password=server.password.get_secret_value(),
    )


def _boot_id() -> str:
    return _BOOT_ID.read_text().strip()


async def run(home: Home) -> None:
    """Serve until SIGTERM or SIGINT."""
    _version, site = load_current(home)
    boot = _boot_id()
    with closing(open_store(home)) as store:
        if died := discharges.close_open(store, boot):
            log.warning("the battery died %d times without a halt", died)
        past = discharges.newest(store)
    ledger, board = StoreWriter(home), Board()
    history = History(past, boot=boot, keep=ledger.put, clock=time.monotonic, wall=time.time)
    hardware = hardware_of(site.power, time.monotonic, home.run)
    deviced = Deviced(home, hardware, history, board, clock=time.monotonic, wall=time.time)
    server = Server(home.link("deviced"), "deviced", DevicedApi, deviced.control, board)
    loop = asyncio.get_running_loop()
    running = loop.create_task(deviced.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    await server.open()
    if hardware.fault:
        log.error("%s; no LED, button, lifeline or contact is there", hardware.fault)
    log.info("deviced is ready: %s", hardware.title)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        await server.close()
        await deviced.close()
        await asyncio.to_thread(ledger.close)


def main() -> int:
    """The program."""
    logs.set_up("deviced")
    asyncio.run(run(Home.of_environment()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
