"""The one voice call of a modem: who rings, how a dialled call gets on, why it ended.

The families report progress differently (``^DSCI``, ``^ORIG``/``^CONN``/``^CEND``, ``VOICE
CALL:``, ``AT+CLCC``); their lines begin differently, so all are always listened for.
"""

from __future__ import annotations

import re
from typing import Protocol

from hw.modem import faults
from hw.modem.at import Command, Reply, Urc, fields
from hw.modem.dialect import Dialect
from hw.modem.port import (
    CallAnswered,
    CallDialled,
    CallEnded,
    CallRang,
    CallWaited,
    FarRang,
    ModemEvent,
)
from hw.modem.talk import Talk

_CALL_TIMEOUT_S = 60.0
_LIST_EVERY_S = 0.5
_CLIP_WAIT_S = 0.3
_AUDIO_AGAIN_S = 0.5
_AUDIO_TRIES = 24  # SIM7600 takes it only a while after the answer: 12 s (chan_quectel)
_DIALLED = frozenset("0123456789*#+")

_WITHHELD, _UNAVAILABLE = "1", "2"  # 27.007 §7.6, CLI validity

_RESULT_CAUSES = {"BUSY": 17, "NO ANSWER": 19}

_STAGES = (CallDialled, FarRang, CallAnswered)
_CLCC_STAGE = {"2": 0, "3": 1, "0": 2}  # stat: dialling, alerting, active
_DSCI_STAGE = {"2": 0, "7": 1, "3": 2}


class Audio(Protocol):
    """The audio port, as far as calls turn it on and off."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Calls:
    """``audio`` runs while a call is up or being made."""

    def __init__(self, talk: Talk, dialect: Dialect, audio: Audio) -> None:
        self._talk = talk
        self._dialect = dialect
        self._audio = audio
        self._id = "1"
        self._up = False  # dialled or answered by us
        self._stage = -1
        self._rings = False
        self._clipped = False
        self._asks_cause = False
        self._round = 0
        self._begins: Command | None = None
        hears = {
            "RING": lambda _urc: self._ring(),
            "+CRING": lambda _urc: self._ring(),
            "+CLIP": self._clip,
            "+CCWA": self._waits,
            "^DSCI": self._dsci,
            "^ORIG": lambda urc: self._staged(0, urc),
            "^CONF": lambda urc: self._staged(1, urc),
            "^CONN": lambda urc: self._staged(2, urc),
            "^CEND": self._cend,
            "VOICE CALL": self._simcom,
            "MISSED_CALL": lambda _urc: self._ended("missed"),
        }
        for head, then in hears.items():
            talk.hear(head, then)
        for result in ("NO CARRIER", "BUSY", "NO ANSWER"):
            talk.hear(result, lambda urc: self._ended(urc.line))

    # -- orders ---------------------------------------------------------------------------

    def dial(self, number: str) -> None:
        """See ``ModemPort.dial``."""
        if not number or set(number) - _DIALLED:
            raise ValueError(f"cannot dial {number!r}: digits, *, # and + only")
        self._begin(self._dialect.dial.format(number=number))
        if self._dialect.lists_calls:
            self._follow(self._round)

    def answer(self) -> None:
        """See ``ModemPort.answer``."""
        self._begin(self._dialect.answer)

    def hang_up(self) -> None:
        """See ``ModemPort.hang_up``."""
        if self._begins is not None:
            self._talk.withdraw(self._begins)  # or it would dial after it hung up
        self._leave()
        self._talk.ask("AT+CHUP", timeout_s=10.0, first=True)

    def tone(self, digit: str) -> None:
        """See ``ModemPort.send_tone``."""
        self._talk.ask(self._dialect.tone.format(digit=digit, call=self._id))

    @property
    def up(self) -> bool:
        """Whether there is a call that we made or answered."""
        return self._up

    def _begin(self, command: str) -> None:
        self._up, self._stage = True, -1
        self._round += 1
        self._audio.start()
        self._begins = self._talk.ask(command, self._begun, timeout_s=_CALL_TIMEOUT_S, first=True)

    def _begun(self, reply: Reply) -> None:
        if not reply.ok:
            self._refused(reply.result)
        elif self._rings or not self._dialect.audio_waits_for_answer:
            self._turn_on(self._round, _AUDIO_TRIES)

    def _turn_on(self, turn: int, tries: int) -> None:
        """Have the call's audio sent to the port; again while the modem is not ready to."""

        def done(reply: Reply) -> None:
            if not reply.ok and tries > 1:
                self._talk.later(_AUDIO_AGAIN_S, lambda: self._turn_on(turn, tries - 1))

        if self._dialect.audio_on and self._up and turn == self._round:
            self._talk.ask(self._dialect.audio_on, done)

    # -- a call comes ---------------------------------------------------------------------

    def _ring(self) -> None:
        self._rings, self._clipped = True, False
        self._talk.ask("AT+CLCC", self._listed, prefix="+CLCC:")

    def _rang(self, number: str, *, unknown: bool = False) -> None:
        if not self._up:
            self._rings = True
            self._talk.emit(CallRang(_number(number), unknown))

    def _rang_without_number(self) -> None:
        if self._rings and not self._clipped:
            self._rang("")

    def _clip(self, urc: Urc) -> None:
        """+CLIP: number,type,subaddr,satype,alpha,validity."""
        self._clipped = True
        values = fields(urc.line)
        validity = values[5] if len(values) > 5 else ""
        number = values[0] if values and validity != _WITHHELD else ""
        self._rang(number, unknown=not number and validity == _UNAVAILABLE)

    def _waits(self, urc: Urc) -> None:
        """+CCWA: number,type,class: somebody calls while we talk. (The answer of our own query
        has no quotes about its first value and is not unsolicited.)"""
        values = fields(urc.line)
        self._talk.emit(CallWaited(_number(values[0] if values else "")))

    def _listed(self, reply: Reply) -> None:
        """+CLCC: id,dir,stat,mode,mpty,number,type."""
        for line in reply.lines:
            values = fields(line)
            if len(values) < 4 or values[3] != "0":
                continue
            if values[1:3] == ["1", "4"]:
                if number := _number(values[5] if len(values) > 5 else ""):
                    self._rang(number)
                else:  # +CLIP says why, if it comes
                    self._talk.later(_CLIP_WAIT_S, self._rang_without_number)
            elif values[1] == "0":
                self._reached(_CLCC_STAGE.get(values[2], -1))

    # -- progress of ours -----------------------------------------------------------------

    def _follow(self, turn: int) -> None:
        if self._up and turn == self._round and self._stage < 2:
            self._talk.ask("AT+CLCC", self._listed, prefix="+CLCC:")
            self._talk.later(_LIST_EVERY_S, lambda: self._follow(turn))

    def _reached(self, stage: int) -> None:
        if not self._up or stage <= self._stage:
            return
        self._stage = stage
        event: ModemEvent = _STAGES[stage]()
        self._talk.emit(event)
        if stage == 2 and self._dialect.audio_waits_for_answer:
            self._turn_on(self._round, _AUDIO_TRIES)

    def _dsci(self, urc: Urc) -> None:
        """^DSCI: id,dir,state,type,number,numtype; state 4 incoming, 6 ended."""
        values = fields(urc.line)
        if len(values) < 4 or values[3] != "0":
            return  # not a voice call
        state, number = values[2], values[4] if len(values) > 4 else ""
        if state == "4" and number:
            self._rang(number)
        elif state == "4":
            self._ring()
        elif state == "6":
            self._ended("ended")
        else:
            self._reached(_DSCI_STAGE.get(state, -1))

    def _staged(self, stage: int, urc: Urc) -> None:
        self._id = (fields(urc.line) or ["1"])[0]
        self._reached(stage)

    def _simcom(self, urc: Urc) -> None:
        """VOICE CALL: BEGIN, VOICE CALL: END: 000017 (seconds)."""
        if "BEGIN" in urc.line:
            self._reached(2)
        elif "END" in urc.line:
            self._ended("ended")

    # -- the end --------------------------------------------------------------------------

    def _cend(self, urc: Urc) -> None:
        """^CEND:id,seconds,status,cause; the cause is missing when the modem itself ended it."""
        values = fields(urc.line)
        cause = int(values[3]) if len(values) > 3 and values[3].isdecimal() else 0
        self._over("ended", cause)

    def _ended(self, why: str) -> None:
        """The call is over. The network is only asked why when nobody had answered."""
        if self._asks_cause:
            return
        if why in _RESULT_CAUSES:
            self._over(why, _RESULT_CAUSES[why])
        elif self._up and self._stage < 2 and not self._rings and self._dialect.cause:
            self._ask_cause(why)
        else:
            self._over(why, 0)

    def _refused(self, result: str) -> None:
        if self._up and result == "NO CARRIER":
            self._ended(result)
        elif self._up:
            self._over(faults.words(result), _RESULT_CAUSES.get(result, 0))

    def _ask_cause(self, why: str) -> None:
        self._leave()
        self._asks_cause = True

        def told(reply: Reply) -> None:
            self._asks_cause = False
            cause = _cause(" ".join(reply.lines))
            said = " ".join(reply.lines).removeprefix("+CEER:").strip()
            self._talk.emit(CallEnded(why if said.isdecimal() or not said else said, cause))

        self._talk.ask(self._dialect.cause, told, prefix="+CEER:", timeout_s=2.0, first=True)

    def _over(self, why: str, cause: int) -> None:
        self._leave()
        self._talk.emit(CallEnded(why, cause))

    def _leave(self) -> None:
        if self._up and self._dialect.audio_off:
            self._talk.ask(self._dialect.audio_off)
        self._up = self._rings = False
        self._stage = -1
        self._round += 1
        self._audio.stop()


_CAUSE_WORDS = {
    "unassigned": 1,
    "unallocated": 1,
    "normal call clearing": 16,
    "busy": 17,
    "no user responding": 18,
    "no answer": 19,
    "user alerting": 19,
    "rejected": 21,
    "number format": 28,
    "invalid number": 28,
    "no circuit": 34,
    "out of order": 38,
    "temporary failure": 41,
    "congestion": 42,
}


def _cause(report: str) -> int:
    """The cause in a ``+CEER:`` line: makers write numbers or words (27.007 §6.10 leaves it
    open)."""
    lowered = report.lower()
    for phrase, cause in _CAUSE_WORDS.items():
        if phrase in lowered:
            return cause
    numbers = re.findall(r"\d+", report)
    return int(numbers[-1]) if numbers and 0 < int(numbers[-1]) < 128 else 0


def _number(text: str) -> str:
    return "".join(c for c in text if c in _DIALLED)
