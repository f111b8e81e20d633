"""lined: read the configuration, open SIP and the link, build the lines, run."""

from __future__ import annotations

import contextlib
import functools
import logging
import sqlite3
import sys
import time
from collections.abc import Callable

from firmware import log as logs
from firmware import realtime
from firmware.config import emergency
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.schema import Line as LineConfig
from firmware.config.schema import LineDriver, LineKind, Site
from firmware.config.sections.lines import TrunkSignals
from firmware.lined.answering import AnsweringLine
from firmware.lined.attendance import Attendance
from firmware.lined.exchange import SipExchange
from firmware.lined.gateway import AnyLine, Gateway
from firmware.lined.learning.desk import LearningDesk
from firmware.lined.learning.loopback import LoopBacks
from firmware.lined.learning.plan import silence_of, with_learned
from firmware.lined.line import LineTimes, Surroundings
from firmware.lined.messages import Messages
from firmware.lined.mobile import MobileLine
from firmware.lined.patch import Patch
from firmware.lined.poller import Channel, Poller
from firmware.lined.reminders import Reminders
from firmware.lined.station import StationLine
from firmware.lined.trunk import TrunkLine
from firmware.lined.whereabouts import Found
from firmware.link.api import LinedApi
from firmware.link.mirror import follow
from firmware.link.server import Board, Server
from firmware.model.cause import Cause
from firmware.model.sms import LATE_S, SmsPart, SmsRecord
from firmware.sip import pump
from firmware.sip.pump import PumpLoop
from firmware.store import sms
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase
from firmware.store.writer import StoreWriter
from hw.dahdi.device import DahdiPort
from hw.dahdi.port import Port, PortKind
from hw.dahdi.sim import SimPort
from hw.hotplug.port import Hotplug
from hw.hotplug.sim import SimHotplug
from hw.hotplug.udev import UdevHotplug
from hw.hotplug.usb import SysfsPower
from hw.modem.port import ModemOwner, ModemPort
from hw.modem.sim_card import Pin
from hw.modem.tty import TtyModem
from hw.modem.voice import VoiceModem
from hw.modem.voice_port import VoicePort
from hw.signal.tone import plan_or_assumed

log = logging.getLogger(__name__)


class Lines:
    """Builds lines: the one place that chooses between simulated and real hardware."""

    def __init__(
        self,
        home: Home,
        loop: PumpLoop,
        exchange: SipExchange,
        board: Board,
        *,
        messages: Messages,
        attendance: Attendance,
    ) -> None:
        self._home = home
        self.reminders = Reminders()
        self._attendance = attendance
        self._messages = messages
        self._loop = loop
        self._exchange = exchange
        self._board = board

    def make(self, config: LineConfig, site: Site) -> AnyLine:
        """The line that ``config`` describes; its port is opened later, by the poller."""
        patch = Patch(self._exchange.stack.hand_over)
        self._exchange.add(config.name, patch)
        if (levels := config.signals or config.telephone) is not None:
            patch.receive_gain_db = levels.receive_gain_db
            patch.send_gain_db = levels.send_gain_db
        around = Surroundings(
            exchange=self._exchange,
            clock=self._loop,
            plan=with_learned(plan_or_assumed(_country(config, site)), config.learned),
            times=LineTimes(),
            post=self._board.post,
        )
        simulated = config.driver is LineDriver.SIMULATED
        if config.kind is LineKind.TRUNK and config.driver is LineDriver.SERIAL:
            return self._answering(config, patch, around)
        if config.kind is LineKind.TRUNK:
            channel = Channel(
                config.name,
                self._analogue(config, site, PortKind.FXO),
                patch,
                ahead_frames=_ahead(config),
            )
            return TrunkLine(
                config.name,
                channel,
                around,
                simulated=simulated,
                signals=config.signals,
                silence_s=silence_of(config.learned),
            )
        if config.kind is LineKind.MOBILE:
            return self._mobile(config, patch, around)
        channel = Channel(
            config.name,
            self._analogue(config, site, PortKind.FXS),
            patch,
            ahead_frames=_ahead(config),
        )
        extension = config.extension or ""
        owner = next((e.name for e in site.extension if e.number == extension), "")
        line = StationLine(
            config.name,
            channel,
            around,
            simulated=simulated,
            extension=extension,
            owner=owner,
            numbers=frozenset({*site.numbers, *emergency.numbers_of(site)}),
            is_reminded=lambda: extension in self.reminders,
            telephone=config.telephone,
        )
        self.reminders.watch(config.name, extension, line.messages_wait)
        return line

    def unmake(self, name: str) -> None:
        """Take a line's place in SIP and its modem's attendance away."""
        self._exchange.remove(name)
        self.reminders.unwatch(name)
        self._attendance.forget(name)

    def _mobile(self, config: LineConfig, patch: Patch, around: Surroundings) -> MobileLine:
        """A SIM; its modem is opened wherever it is plugged in at the time."""
        simulated = config.driver is LineDriver.SIMULATED
        pin = Pin(config.pin.get_secret_value() if config.pin is not None else "")

        def find() -> Found:
            if simulated:
                at, audio = self._home.wire(config.name), self._home.wire(f"{config.name}-audio")
                return Found(at=str(at), audio=str(audio), where="")
            return self._attendance.whereabouts.find(config.name, config.device)

        def open_modem(found: Found, owner: ModemOwner, *, restart: bool) -> ModemPort:
            return TtyModem(
                found.at, found.audio, pin=pin, imei=found.imei, owner=owner, restart=restart
            )

        keeper = self._attendance.keep(find, open_modem)
        channel = Channel(config.name, keeper.open, patch, ahead_frames=_ahead(config))
        line = MobileLine(
            config.name,
            channel,
            around,
            simulated=simulated,
            messages=self._messages,
            post_ussd=self._board.post,
        )
        keeper.tell_to(line.attempted)
        self._attendance.watch(config.name, channel)
        return line

    def _answering(self, config: LineConfig, patch: Patch, around: Surroundings) -> AnsweringLine:
        """A trunk line on a voice modem."""
        whereabouts = self._attendance.whereabouts

        def open_modem(found: Found, owner: ModemOwner, *, restart: bool) -> VoicePort:
            return VoiceModem(found.at, owner=owner, restart=restart)

        keeper = self._attendance.keep(
            lambda: whereabouts.find_single(config.name, config.device), open_modem
        )
        channel = Channel(config.name, keeper.open, patch)
        line = AnsweringLine(config.name, channel, around, simulated=False)
        keeper.tell_to(line.attempted)
        self._attendance.watch(config.name, channel)
        return line

    def _analogue(self, config: LineConfig, site: Site, kind: PortKind) -> Callable[[], Port]:
        flash_ms = (config.signals or TrunkSignals()).flash_ms
        if config.driver is LineDriver.SIMULATED:
            ring_ms = plan_or_assumed(site.office.country).ring_ms
            return lambda: SimPort(kind, self._home.wire(config.name), ring_ms, flash_ms=flash_ms)
        return lambda: DahdiPort(kind, config.device, flash_ms=flash_ms)


def _country(config: LineConfig, site: Site) -> str:
    """Whose tones a line has."""
    signals = config.signals
    return signals.country if signals is not None and signals.country else site.office.country


def _ahead(config: LineConfig) -> int:
    """How many frames are written ahead. A simulated port sends what it was given with the next
    frame, which is one ahead already."""
    return 0 if config.driver is LineDriver.SIMULATED else 1


def _hotplug() -> Hotplug:
    """What tells of modems that come and go."""
    try:
        return UdevHotplug()
    except OSError as error:
        log.warning("no udev here (%s): modems are known by path only", error)
        return SimHotplug()


def _remembered(home: Home) -> tuple[list[SmsPart], list[SmsRecord]]:
    """The messages that a restart interrupted. Lines work without the store, too."""
    since = time.time() - LATE_S
    try:
        with contextlib.closing(open_store(home)) as db:
            return sms.parts_since(db, since), sms.unfinished(db, since)
    except (sqlite3.Error, OSError, NewerDatabase) as error:
        log.error("the store cannot be read (%s): unfinished messages are not taken up", error)
        return [], []


def _learning(loop: PumpLoop, home: Home, board: Board) -> LearningDesk:
    """Where lines are learned; what is measured is reckoned in threads of its own."""
    return LearningDesk(
        work=functools.partial(loop.run_in_executor, None),
        clock=loop.time,
        wall_clock=time.time,
        post=board.post,
        folder=home.learning,
    )


def _loop_backs(loop: PumpLoop, board: Board) -> LoopBacks:
    """Where lines are looped back; reckoned in threads of its own, too."""
    return LoopBacks(
        work=functools.partial(loop.run_in_executor, None),
        wall_clock=time.time,
        post=board.post,
    )


async def run(loop: PumpLoop, home: Home) -> None:
    """Serve until told to stop."""
    _, site = load_current(home)
    board = Board()
    exchange = SipExchange(site.network, loop)
    writer = StoreWriter(home)
    messages = Messages(
        writer=writer,
        clock=loop,
        wall_clock=time.time,
        hand_over=exchange.stack.hand_over,
        post=board.post,
    )
    messages.start(*_remembered(home))
    hotplug = _hotplug()
    attendance = Attendance(
        hotplug=hotplug,
        power=SysfsPower(),
        hand_over=exchange.stack.hand_over,
        work=functools.partial(loop.run_in_executor, None),
        later=loop.call_later,
    )
    loop.add_reader(hotplug.fileno(), attendance.on_hotplug)
    lines = Lines(home, loop, exchange, board, messages=messages, attendance=attendance)
    poller = Poller(exchange.stack.hand_over, exchange.stack.clock.step)
    gateway = Gateway(
        board=board,
        poller=poller,
        clock=time.monotonic,
        load=lambda: load_current(home),
        make=lines.make,
        unmake=lines.unmake,
        messages=messages,
        learning=_learning(loop, home, board),
        loop_backs=_loop_backs(loop, board),
        packets_missed=exchange.packets_missed,
    )
    exchange.incoming = gateway.incoming
    server = Server(home.link("lined"), "lined", LinedApi, gateway, board)
    server.on_peer = gateway.on_peer
    gateway.reload()
    poller.start()
    await server.open()
    reminders = lines.reminders
    following = follow(home.link("switchd"), "lined", reminders.told, reminders.lost)
    reminding = loop.create_task(following)
    realtime.claim()
    log.info("lined is ready")

    await loop.told_to_stop()
    reminding.cancel()
    loop.remove_reader(hotplug.fileno())
    gateway.close()
    exchange.stack.hang_up_all(Cause.TEMPORARY_FAILURE)
    await server.close()
    exchange.close()
    writer.close()
    hotplug.close()


def main() -> int:
    """The program."""
    logs.set_up("lined", aside=True)
    return pump.run(lambda loop: run(loop, Home.of_environment()))


if __name__ == "__main__":
    sys.exit(main())
