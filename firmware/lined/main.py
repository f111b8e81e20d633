"""lined: read the configuration, open SIP and the link, build the lines, run."""

from __future__ import annotations

import functools
import logging
import sys
import time
from collections.abc import Callable

from firmware import log as logs
from firmware import realtime
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.schema import Line as LineConfig
from firmware.config.schema import LineDriver, LineKind, Site
from firmware.lined.exchange import SipExchange
from firmware.lined.gateway import AnyLine, Gateway
from firmware.lined.line import LineTimes, Surroundings
from firmware.lined.mobile import MobileLine
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel, Poller
from firmware.lined.station import StationLine
from firmware.lined.trunk import TrunkLine
from firmware.link.api import LinedApi
from firmware.link.server import Board, Server
from firmware.model.cause import Cause
from firmware.sip import pump
from firmware.sip.pump import PumpLoop
from hw.dahdi.port import Port, PortKind, PortLost
from hw.dahdi.sim import SimPort
from hw.modem.port import ModemLost, ModemPort
from hw.modem.tty import TtyModem
from hw.signal.tone import plan_or_assumed

log = logging.getLogger(__name__)


class Lines:
    """Builds lines: the one place that chooses between simulated and real hardware."""

    def __init__(self, home: Home, loop: PumpLoop, exchange: SipExchange, board: Board) -> None:
        self._home = home
        self._loop = loop
        self._exchange = exchange
        self._board = board

    def make(self, config: LineConfig, site: Site) -> AnyLine:
        """The line that ``config`` describes; its port is opened later, by the poller."""
        patch = Patch(self._exchange.stack.hand_over)
        self._exchange.add(config.name, patch)
        around = Surroundings(
            exchange=self._exchange,
            clock=self._loop,
            plan=plan_or_assumed(site.office.country),
            times=LineTimes(),
            post=self._board.post,
        )
        simulated = config.driver is LineDriver.SIMULATED
        if config.kind is LineKind.TRUNK:
            channel = Channel(config.name, self._analogue(config, site, PortKind.FXO), patch)
            return TrunkLine(config.name, channel, around, simulated=simulated)
        if config.kind is LineKind.MOBILE:
            modem = Channel(config.name, self._modem(config), patch)
            return MobileLine(config.name, modem, around, simulated=simulated)
        channel = Channel(config.name, self._analogue(config, site, PortKind.FXS), patch)
        owner = next((e.name for e in site.extension if e.number == config.extension), "")
        return StationLine(
            config.name,
            channel,
            around,
            simulated=simulated,
            extension=config.extension or "",
            owner=owner,
            numbers=frozenset(site.numbers),
        )

    def _modem(self, config: LineConfig) -> Callable[[], ModemPort]:
        if config.driver is LineDriver.SIMULATED:
            at, audio = self._home.wire(config.name), self._home.wire(f"{config.name}-audio")
            return lambda: TtyModem(str(at), str(audio))
        return lambda: TtyModem(config.device, audio_device(config.device))

    def _analogue(self, config: LineConfig, site: Site, kind: PortKind) -> Callable[[], Port]:
        if config.driver is LineDriver.SIMULATED:
            ring_ms = plan_or_assumed(site.office.country).ring_ms
            return lambda: SimPort(kind, self._home.wire(config.name), ring_ms)
        return functools.partial(_no_driver, config)


def audio_device(at: str) -> str:
    """The audio port of the modem whose command port is ``at``, a link of
    ``/dev/serial/by-id``: an EC25 has commands on interface 2 and audio on interface 1.

    Raises:
        ModemLost: the name does not say which interface it is.
    """
    head, found, tail = at.rpartition("-if02-")
    if not found:
        raise ModemLost(
            f"{at}: give the modem's command port by its name in /dev/serial/by-id, which "
            "ends in -if02-port0"
        )
    return f"{head}-if01-{tail}"


def _no_driver(config: LineConfig) -> Port:
    raise PortLost(
        f"line {config.name}: this release cannot drive {config.driver} {config.kind} ports; "
        'set driver = "simulated"'
    )


async def run(loop: PumpLoop, home: Home) -> None:
    """Serve until told to stop."""
    _, site = load_current(home)
    board = Board()
    exchange = SipExchange(site.network, loop)
    lines = Lines(home, loop, exchange, board)
    poller = Poller(exchange.stack.hand_over)
    gateway = Gateway(
        board=board,
        poller=poller,
        clock=time.monotonic,
        load=lambda: load_current(home),
        make=lines.make,
        unmake=exchange.remove,
    )
    exchange.incoming = gateway.incoming
    server = Server(home.link("lined"), "lined", LinedApi, gateway, board)
    server.on_peer = gateway.on_peer
    gateway.reload()
    poller.start()
    await server.open()
    log.info("lined is ready")

    await loop.told_to_stop()
    gateway.close()
    exchange.stack.hang_up_all(Cause.TEMPORARY_FAILURE)
    await server.close()
    exchange.close()


def main() -> int:
    """The program."""
    logs.set_up("lined")
    realtime.claim()
    return pump.run(lambda loop: run(loop, Home.of_environment()))


if __name__ == "__main__":
    sys.exit(main())
