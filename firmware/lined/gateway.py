"""The gateway: all lines of the box, and what the link may ask about them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from firmware.config import emergency
from firmware.config.schema import Line as LineConfig
from firmware.config.schema import Site
from firmware.lined.learning.desk import LearningDesk
from firmware.lined.learning.loopback import LoopBacks
from firmware.lined.line import Line
from firmware.lined.messages import Messages
from firmware.lined.meter import Meter
from firmware.lined.mobile import MobileLine
from firmware.lined.poller import Poller
from firmware.link.frames import AudioCounts, LineFrames
from firmware.link.learning import LearningStep
from firmware.link.lines import LineLevels
from firmware.link.rows import DaemonStatus
from firmware.link.server import Board
from firmware.model.cause import Cause
from firmware.sip.call import CallEvents, SipCall
from firmware.sip.message import Invitation
from firmware.version import VERSION
from hw.signal.tone import plan_or_assumed

log = logging.getLogger(__name__)

AnyLine = Line[Any]


class Gateway:
    """``make`` builds one line of the configuration, ``unmake`` takes its place in SIP away."""

    def __init__(
        self,
        *,
        board: Board,
        poller: Poller,
        clock: Callable[[], float],
        load: Callable[[], tuple[int, Site]],
        make: Callable[[LineConfig, Site], AnyLine],
        unmake: Callable[[str], None],
        messages: Messages,
        learning: LearningDesk,
        loop_backs: LoopBacks,
        packets_missed: Callable[[], tuple[int, int]] = lambda: (0, 0),
    ) -> None:
        self._board = board
        self._poller = poller
        self._clock = clock
        self._load = load
        self._make = make
        self._unmake = unmake
        self._messages = messages
        self._learning = learning
        self._loop_backs = loop_backs
        self._packets_missed = packets_missed
        self._started_s = clock()
        self._config_version = 0
        self._warnings: tuple[str, ...] = ()
        self._configs: dict[str, tuple[LineConfig, str]] = {}
        self._for_help: frozenset[str] = frozenset()
        self.lines: dict[str, AnyLine] = {}
        learning.lines = loop_backs.lines = self.lines

    # -- LinedApi -------------------------------------------------------------------------

    def status(self) -> DaemonStatus:
        """Who we are and how we are."""
        faults = (f"line {line.name}: {line.fault}" for line in self.lines.values() if line.fault)
        return DaemonStatus(
            name="lined",
            version=VERSION,
            pid=os.getpid(),
            up_s=self._clock() - self._started_s,
            config_version=self._config_version,
            warnings=(*self._warnings, *faults),
        )

    def reload(self) -> None:
        """Take up the newest configuration: lines that it does not change go on undisturbed."""
        number, site = self._load()
        others = repr((site.office, site.extension, site.numbers))
        wanted = {line.name: (line, others) for line in site.line}
        for name, was in list(self._configs.items()):
            if wanted.get(name) != was:
                self._remove(name)
        for name, config in wanted.items():
            if name not in self._configs:
                self._configs[name] = config
                line = self.lines[name] = self._make(config[0], site)
                line.post("added")
                self._learning.added(line)
                self._poller.add(line.channel)
        self._messages.lines = {
            name: line for name, line in self.lines.items() if isinstance(line, MobileLine)
        }
        self._config_version = number
        self._for_help = frozenset(emergency.numbers_of(site))
        plan = plan_or_assumed(site.office.country)
        self._warnings = () if plan.verified else (f"tones of {plan.country}: {plan.source}",)
        log.info("%d lines on configuration %d", len(self.lines), number)

    def send_sms(self, line: str, to: str, text: str) -> str:
        """Send a short message by a SIM."""
        if line in self.lines:
            self._sim(line)
        return self._messages.send(line, to, text)

    def ussd(self, line: str, code: str) -> None:
        """Send a USSD code."""
        self._sim(line).send_ussd(code)

    def cancel_ussd(self, line: str) -> None:
        """End a USSD session."""
        self._sim(line).cancel_ussd()

    def begin_learning(self, line: str, steps: tuple[LearningStep, ...]) -> None:
        """Let the wizard measure a trunk line; it never calls for help by mistake."""
        for one in steps:
            number = "".join(key for key in one.number if key.isdecimal())
            if number in self._for_help:
                raise ValueError(f"{one.number} calls for help: nothing is measured with it")
        self._learning.begin_learning(line, steps)

    def cancel_learning(self, line: str) -> None:
        """Stop the wizard."""
        self._learning.cancel_learning(line)

    def forget_learning(self, line: str) -> None:
        """Throw its proposals away."""
        self._learning.forget_learning(line)

    def loop_back(self, line: str) -> None:
        """Test both ways of a trunk line's audio."""
        self._loop_backs.begin(line)

    def levels(self, line: str) -> LineLevels:
        """How loud it is on a line."""
        patch = self._line(line).patch
        meter = patch.meter  # the poller's thread takes it away when nobody looks
        if meter is None:
            meter = patch.meter = Meter(self._clock)
        heard, said = meter.read()
        return LineLevels(line=line, heard_dbm0=_rounded(heard), said_dbm0=_rounded(said))

    def frames(self) -> AudioCounts:
        """How well the audio flows."""
        lost, late = self._packets_missed()
        return AudioCounts(
            lines=tuple(_frames_of(line) for line in self.lines.values()),
            rtp_lost=lost,
            rtp_late=late,
            slowest_turn_ms=round(1000 * self._poller.slowest_turn_s(), 1),
        )

    def _sim(self, name: str) -> MobileLine:
        line = self._line(name)
        if isinstance(line, MobileLine):
            return line
        raise RuntimeError(f"line {name} is a {line.kind} line and no SIM")

    def _line(self, name: str) -> AnyLine:
        line = self.lines.get(name)
        if line is None:
            known = ", ".join(sorted(self.lines)) or "none"
            raise KeyError(f"no line is called {name!r}; there are {known}")
        return line

    def _remove(self, name: str) -> None:
        del self._configs[name]
        line = self.lines.pop(name)
        line.close()
        self._poller.remove(line.channel)
        self._unmake(name)
        self._learning.removed(name)
        self._loop_backs.removed(name)
        self._board.post("line.removed", line.row())

    # -- the exchange ---------------------------------------------------------------------

    def incoming(self, dialog: SipCall, invitation: Invitation, _account: str) -> CallEvents:
        """A call from switchd: to a station line by its name, or out on a trunk line, which
        the header names."""
        name = invitation.line or invitation.called
        line = self.lines.get(name)
        cause = Cause.UNALLOCATED_NUMBER if line is None else line.take(dialog, invitation)
        if line is not None and cause is None:
            return line.events_of(dialog)
        assert cause is not None
        log.info("refused a call to %s: cause %d", name, cause)
        dialog.hang_up(cause)
        return _Refused()

    def on_peer(self, name: str, there: bool) -> None:
        """The link: a peer came or went. Without switchd no call goes on."""
        if name == "switchd" and not there:
            log.warning("switchd is gone: every line is freed")
            for line in self.lines.values():
                line.release()

    def close(self) -> None:
        """Free every line and close every port."""
        for line in self.lines.values():
            line.close()
        self._poller.stop()


def _rounded(level_dbm0: float | None) -> float | None:
    return None if level_dbm0 is None else round(level_dbm0, 1)


def _frames_of(line: AnyLine) -> LineFrames:
    missed, dropped, shortened = line.patch.slips
    return LineFrames(
        line=line.name,
        heard=line.channel.counts.heard,
        late=line.channel.counts.late,
        missed=missed,
        dropped=dropped,
        shortened=shortened,
    )


class _Refused:
    """The events of a dialog that was refused: nobody is interested."""

    def on_ringing(self) -> None: ...
    def on_progress(self) -> None: ...
    def on_answered(self) -> None: ...
    def on_held(self, held: bool) -> None: ...
    def on_digit(self, digit: str) -> None: ...
    def on_ended(self, cause: Cause, by_them: bool) -> None: ...
