"""The far ends of simulated lines: each steps 20 ms at a time and reports what happened.

A far end lives in the pacing thread. The link's orders reach it between two steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from firmware.bench.party import Party, Phase, Script, Turn
from firmware.link.rows import FarRow
from hw.dahdi.exchanges import Exchange
from hw.dahdi.office import (
    Answered,
    BoxHungUp,
    CentralOffice,
    Dialled,
    Disconnected,
    FarAnswered,
    OfficeState,
)
from hw.dahdi.telephone import BellRang, BellStopped, Telephone
from hw.dahdi.wire import SILENCE, End, Feed, Loop, Socket, WireBroken
from hw.signal.caller_id import CallerId
from hw.signal.playout import Playout
from hw.signal.tone import TonePlan

Post = Callable[[str, FarRow], None]
"""Reports an event ("far.answered") with the far end's row after it."""

_JITTER_FRAMES, _MOST_FRAMES = 3, 10
_FRAMES_PER_S = 50


class FarEnd:
    """What all far ends have in common. ``wall_clock`` gives Unix seconds."""

    kind = ""

    def __init__(
        self, name: str, plan: TonePlan, post: Post, wall_clock: Callable[[], float]
    ) -> None:
        self.name = name
        self.number = ""
        self._plan = plan
        self._post = post
        self._wall_clock = wall_clock
        self._party: Party | None = None
        self._pressed = ""
        self._plugged = False

    @property
    def state(self) -> str:
        """What the row shows."""
        raise NotImplementedError

    def step(self) -> None:
        """20 ms go by."""
        raise NotImplementedError

    def ring(self, caller: CallerId, script: Script) -> None:
        """Call the box."""
        raise RuntimeError(
            f"{self.name} is a {self.kind} line: {caller.number or 'nobody'} cannot ring the box "
            f"on it to dial {script.digits!r}"
        )

    def lift(self, script: Script) -> None:
        """Lift the handset."""
        raise RuntimeError(
            f"{self.name} is a {self.kind} line: no handset to lift and dial {script.digits!r}"
        )

    def flash(self, digits: str) -> None:
        """Press the hook for an instant, and dial."""
        raise RuntimeError(
            f"{self.name} is a {self.kind} line: no hook to flash before it dials {digits!r}"
        )

    def become(self, exchange: Exchange, *, ring_s: float, talk_s: float) -> None:
        """Be a line of another exchange, whose subscribers answer after ``ring_s`` and leave
        ``talk_s`` after that; 0: they stay."""
        raise RuntimeError(
            f"{self.name} is a {self.kind} line and has no exchange of {exchange.plan.country} "
            f"whose subscribers answer after {ring_s:g} s and leave after {talk_s:g} s"
        )

    def text(self, number: str, text: str) -> None:
        """Send a short message to the box."""
        raise RuntimeError(
            f"{self.name} is a {self.kind} line: {number} cannot send {len(text)} characters to it"
        )

    def answer(self) -> None:
        """Answer the box's call."""
        raise RuntimeError(f"{self.name} is a {self.kind} line: lift its handset")

    def refuse(self) -> None:
        """Be busy."""
        raise RuntimeError(f"{self.name} is a {self.kind} line: nobody gives busy tone on it")

    def reverse(self) -> None:
        """Reverse the polarity."""
        raise RuntimeError(f"{self.name} is a {self.kind} line and is fed by no exchange")

    def press(self, digits: str) -> None:
        """Whoever is on the line presses keys."""
        party = self._present()
        party.press(digits)
        self._pressed = party.digits
        self.report("pressed")

    def say(self, file: Path | None) -> None:
        """Whoever is on the line says something else."""
        self._present().say(file)

    def talk(self, file: Path) -> None:
        """Whoever is on the line says what a file grows by."""
        self._present().talk(file)

    def listen(self, file: Path) -> None:
        """Record what is heard."""
        self._present().listen(file)

    def _present(self) -> Party:
        if self._party is None:
            raise RuntimeError(f"{self.name}: nobody is on the line ({self.state})")
        return self._party

    @property
    def is_cut(self) -> bool:
        """Whether the wire is cut."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """The far party hangs up."""
        raise NotImplementedError

    def cut(self) -> None:
        """Cut the wire, or take the network away."""
        raise NotImplementedError

    def mend(self) -> None:
        """Bring it back."""
        raise NotImplementedError

    def close(self) -> None:
        """The bench ends."""
        self.leave()

    def row(self, text: str = "") -> FarRow:
        """The far end as the link shows it."""
        return FarRow(
            text=text,
            id=self.name,
            kind=self.kind,
            state=self.state,
            number=self.number,
            digits=self._pressed,
            plugged=self._plugged,
            at=self._wall_clock(),
        )

    def report(self, event: str) -> None:
        """Tell the link."""
        self._post(f"far.{event}", self.row())

    def converse(self, heard: bytes) -> bytes:
        """20 ms of the party's half of the conversation."""
        party = self._party
        if party is None:
            return SILENCE
        before = party.phase
        spoken = party.step(heard)
        if before is not Phase.TALKING and party.phase is Phase.TALKING:
            self._pressed = party.digits
            self.report("spoke_digits")
        return spoken

    def leave(self) -> None:
        """The party's call is over."""
        party, self._party = self._party, None
        if party is not None:
            party.leave()


class _OnWire(FarEnd):
    """A far end on a simulated wire."""

    def __init__(
        self,
        name: str,
        plan: TonePlan,
        post: Post,
        wall_clock: Callable[[], float],
        wire: Path,
    ) -> None:
        super().__init__(name, plan, post, wall_clock)
        self._socket = Socket(wire)
        self._end: End | None = None
        self._audio = Playout(_JITTER_FRAMES, _MOST_FRAMES)

    def plugged_end(self) -> End | None:
        """The other end of the wire, a new one if it has been plugged in anew."""
        newest = self._socket.plugged()
        if newest is not None:
            self.unplug()
            self._end = newest
            self._plugged = True
            self.report("plugged")
        return self._end

    def unplug(self) -> None:
        """The other end is gone."""
        end, self._end = self._end, None
        if end is not None:
            end.close()
            self._audio.clear()
            self._plugged = False
            self.report("unplugged")

    def close(self) -> None:
        """The bench ends."""
        super().close()
        if self._end is not None:
            self._end.close()
        self._socket.close()


class TrunkFar(_OnWire):
    """The central office behind a trunk line, and one subscriber of it."""

    kind = "trunk"

    def __init__(
        self,
        name: str,
        plan: TonePlan,
        post: Post,
        wall_clock: Callable[[], float],
        wire: Path,
    ) -> None:
        super().__init__(name, plan, post, wall_clock, wire)
        self.office = CentralOffice(plan)
        self._loop = Loop()
        self._script = Script()
        self._talk_frames = self._talked_frames = 0

    @property
    def state(self) -> str:
        """The office's."""
        return "cut" if self.is_cut else str(self.office.state)

    @property
    def is_cut(self) -> bool:
        """The office's."""
        return self.office.is_cut

    @property
    def attended(self) -> bool:
        """Whether the box's calls wait for ``answer``."""
        return self.office.attended

    @attended.setter
    def attended(self, wanted: bool) -> None:
        self.office.attended = wanted

    def become(self, exchange: Exchange, *, ring_s: float, talk_s: float) -> None:
        """Be a line of another exchange."""
        if self.office.state is not OfficeState.IDLE:
            raise RuntimeError(f"{self.name}: the line is {self.office.state}")
        attended = self.attended
        self.office = exchange.office()
        self.office.attended = attended
        self.office.far_ring_s = ring_s
        self._plan = exchange.plan
        self._talk_frames = round(talk_s * _FRAMES_PER_S)
        self.report("changed")

    def ring(self, caller: CallerId, script: Script) -> None:
        """Call the box. The party's files are opened first, so that a wrong name is refused."""
        party = Party(script, self._plan)
        try:
            self.office.ring(caller)
        except RuntimeError as error:
            party.leave()
            raise RuntimeError(f"{self.name}: {error}") from error
        self._party, self._pressed, self.number = party, "", caller.number
        self.report("ringing")

    def answer(self) -> None:
        """The called subscriber lifts."""
        self.office.answer()

    def refuse(self) -> None:
        """The subscriber is busy, or leaves with busy tone."""
        self.office.refuse()
        self.leave()
        self.report("refused")

    def reverse(self) -> None:
        """Reverse the polarity."""
        self.office.reverse()
        self.report("reversed")

    def hang_up(self) -> None:
        """The subscriber hangs up."""
        was_ringing = self.office.state is OfficeState.RINGING
        self.office.hang_up()
        self.leave()
        self.report("gave_up" if was_ringing else "hung_up")

    def cut(self) -> None:
        """Cut the wire."""
        self.office.cut()
        self.report("cut")

    def mend(self) -> None:
        """Join it."""
        self.office.mend()
        self.report("mended")

    def step(self) -> None:
        """20 ms: what the box did to the line, what the office does."""
        end = self.plugged_end()
        if end is not None:
            try:
                for loop in end.loops():
                    self._loop = loop
                    self._audio.put(loop.audio)
            except WireBroken:
                self.unplug()
                end = None
        closed = end is not None and self._loop.closed
        heard = self._audio.take() or SILENCE
        spoken = self.converse(heard) if self.office.state is OfficeState.TALKING else SILENCE
        feed = self.office.step(Loop(closed=closed, audio=heard), spoken)
        self._follow()
        self._leave_in_time()
        if end is not None:
            end.send_feed(feed)

    def _leave_in_time(self) -> None:
        """A subscriber who was told how long to talk hangs up then."""
        talks = self.office.state is OfficeState.TALKING
        self._talked_frames = self._talked_frames + 1 if talks else 0
        if self._talk_frames and self._talked_frames == self._talk_frames:
            self.hang_up()

    def _follow(self) -> None:
        for event in self.office.events():
            match event:
                case Answered() | FarAnswered():
                    if self._party is None:
                        self._party = Party(self._script, self._plan)
                    self.report("answered")
                case Disconnected():
                    self.report("disconnected")
                case Dialled(number):
                    self.number, self._pressed = number, ""
                    self.report("dialled")
                case BoxHungUp():
                    self.leave()
                    self.report("released")


class StationFar(_OnWire):
    """The telephone on a station line, and its user."""

    kind = "station"

    def __init__(
        self,
        name: str,
        plan: TonePlan,
        post: Post,
        wall_clock: Callable[[], float],
        wire: Path,
    ) -> None:
        super().__init__(name, plan, post, wall_clock, wire)
        self.telephone = Telephone()
        self._is_cut = False
        self._feed = Feed()

    @property
    def state(self) -> str:
        """What the telephone is doing."""
        if self.is_cut:
            return "cut"
        if self.telephone.lifted:
            return "talking"
        return "ringing" if self.telephone.ringing else "idle"

    @property
    def is_cut(self) -> bool:
        """Whether the wire is cut."""
        return self._is_cut

    def lift(self, script: Script) -> None:
        """Answer, or wait for dial tone and dial."""
        if self.telephone.lifted:
            raise RuntimeError(f"{self.name}: the handset is off the hook already")
        answering = self.telephone.ringing
        turn = Turn.AFTER_SPEECH if answering else Turn.AFTER_DIAL_TONE
        self._party, self._pressed = Party(script, self._plan, turn), ""
        self.telephone.lift()
        self.report("answered" if answering else "lifted")

    def flash(self, digits: str) -> None:
        """Press the hook for an instant; with ``digits``, wait for dial tone and dial."""
        if self._party is None or not self.telephone.lifted:
            raise RuntimeError(f"{self.name}: the handset is on the hook")
        self._party.dial(digits)
        self._pressed = ""
        self.telephone.flash()
        self.report("flashed")

    def hang_up(self) -> None:
        """Put the handset back."""
        self.telephone.replace()
        self.leave()
        self.report("hung_up")

    def cut(self) -> None:
        """Cut the wire."""
        self._is_cut = True
        self.report("cut")

    def mend(self) -> None:
        """Join it."""
        self._is_cut = False
        self.report("mended")

    def step(self) -> None:
        """20 ms: what the box feeds, what the telephone does."""
        end = self.plugged_end()
        if end is not None:
            try:
                for feed in end.feeds():
                    self._feed = feed
                    self._audio.put(feed.audio)
            except WireBroken:
                self.unplug()
                end = None
        feed = self._feed if end is not None and not self._is_cut else Feed(battery=False)
        heard = self._audio.take() or SILENCE
        spoken = self.converse(heard) if self.telephone.lifted else SILENCE
        loop = self.telephone.step(feed, spoken)
        for event in self.telephone.events():
            if isinstance(event, BellRang):
                self.report("ringing")
            elif isinstance(event, BellStopped) and not self.telephone.lifted:
                self.report("gave_up")
        if end is not None:
            with contextlib.suppress(WireBroken):
                end.send_loop(Loop() if self._is_cut else loop)
