"""The SIM in a modem and the network around it: PIN, registration, operator, field strength."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from hw.modem import faults
from hw.modem.at import Reply, fields
from hw.modem.dialect import Dialect
from hw.modem.port import OperatorNamed, Registered, SignalMeasured, Unregistered
from hw.modem.talk import Talk

log = logging.getLogger(__name__)

_SIGNAL_EVERY_S = 30.0
_BUSY_AGAIN_S = 2.0
_ABSENT_AGAIN_S = 30.0
_SIM_BUSY = 14
_ALL_TRIES = 3

_IN_NETWORK = {"1": False, "5": True}  # +CREG stat: home, roaming
_OUTSIDE = {
    "0": "no network, and not searching",
    "2": "searching for a network",
    "3": "the network refuses the SIM",
    "4": "network state unknown",
}
_WANTS = {
    "SIM PUK": "the SIM is blocked: it wants its PUK; unblock it in a telephone",
    "SIM PIN2": "the SIM wants PIN2; unblock it in a telephone",
    "SIM PUK2": "the SIM wants PUK2; unblock it in a telephone",
    "PH-SIM PIN": "the SIM is bound to another telephone",
    "PH-NET PIN": "the modem is bound to another network",
}


@dataclass(slots=True)
class Pin:
    """A SIM's PIN, shared by all drivers that will ever open its modem: once refused it is not
    tried again, because the third refusal blocks the SIM."""

    code: str = ""
    refused: bool = False


class SimCard:
    """``ready`` is called once the SIM can be used."""

    def __init__(self, talk: Talk, dialect: Dialect, pin: Pin, ready: Callable[[], None]) -> None:
        self._talk = talk
        self._dialect = dialect
        self._pin = pin
        self._ready = ready
        self._is_ready = False
        self._asks_again = False
        talk.hear("+CREG", lambda urc: self._registration(fields(urc.line)))
        talk.hear("+CPIN", lambda urc: self._state(fields(urc.line)))
        talk.hear("^SIMST", lambda _urc: self.start())  # Huawei: the SIM came or went

    def start(self) -> None:
        """Ask how the SIM is."""
        self._talk.ask("AT+CPIN?", self._asked, prefix="+CPIN:", timeout_s=10.0)

    def _asked(self, reply: Reply) -> None:
        if reply.ok and reply.lines:
            self._state(fields(reply.lines[0]))
            return
        self._is_ready = False
        number = faults.cme_number(reply.result)
        if number != _SIM_BUSY:
            self._out(f"the SIM cannot be used: {faults.words(reply.result)}")
        self._again(_BUSY_AGAIN_S if number == _SIM_BUSY else _ABSENT_AGAIN_S)

    def _again(self, delay_s: float) -> None:
        def now() -> None:
            self._asks_again = False
            self.start()

        if not self._asks_again:
            self._asks_again = True
            self._talk.later(delay_s, now)

    def _state(self, values: list[str]) -> None:
        state = values[0] if values else ""
        if state == "READY":
            if not self._is_ready:
                self._is_ready = True
                self._enter()
            return
        self._is_ready = False
        if state == "SIM PIN":
            self._wants_pin()
        else:
            self._out(_WANTS.get(state, f"the SIM wants {state or 'something unknown'}"))

    # -- the PIN --------------------------------------------------------------------------

    def _wants_pin(self) -> None:
        if not self._pin.code:
            self._out("the SIM wants its PIN: set pin of this line")
        elif self._pin.refused:
            self._out(
                "the SIM refused the PIN; it is not tried again, as the third error blocks it"
            )
        else:
            dialect = self._dialect
            self._talk.ask(dialect.tries_left, self._tries_known, prefix=dialect.tries_prefix)

    def _tries_known(self, reply: Reply) -> None:
        """A PIN is only tried while nobody has got it wrong before. Where the modem does not say,
        once."""
        if self._pin.refused:
            return
        values = fields(reply.lines[0]) if reply.lines else []
        at = self._dialect.tries_at
        left = values[at] if len(values) > at else ""
        if left.isdecimal() and int(left) < _ALL_TRIES:
            self._pin.refused = True
            self._out(
                f"the SIM wants its PIN, and only {left} tries are left: enter it in a telephone"
            )
            return
        self._pin.refused = True  # until it is taken: a power cut now must not cost a second try
        self._talk.ask(f'AT+CPIN="{self._pin.code}"', self._pin_answered, timeout_s=15.0)

    def _pin_answered(self, reply: Reply) -> None:
        self._pin.refused = not reply.ok
        if reply.ok:
            self._again(_BUSY_AGAIN_S)
        else:
            self._out(
                f"the SIM refused the PIN: {faults.words(reply.result)}; it is not tried again"
            )

    # -- the network ----------------------------------------------------------------------

    def _enter(self) -> None:
        self._talk.ask("AT+CREG=2")
        self._talk.ask("AT+COPS=3,0", timeout_s=60.0)
        self._talk.ask("AT+CREG?", self._creg, prefix="+CREG:")
        self._talk.ask("AT+CLIP=1", timeout_s=15.0)
        self._talk.ask("AT+CCWA=1", timeout_s=30.0)
        self._talk.ask("AT+CSSN=1,1", timeout_s=15.0)
        self._talk.ask('AT+CSCS="GSM"')
        self._talk.ask("AT+CUSD=1", timeout_s=15.0)
        self._ready()
        self._measure()

    def _creg(self, reply: Reply) -> None:
        for line in reply.lines:
            self._registration(fields(line)[1:])

    def _registration(self, values: list[str]) -> None:
        if not values:
            return
        state = values[0]
        if state not in _IN_NETWORK:
            self._out(_OUTSIDE.get(state, f"network state {state}"))
            return
        self._talk.emit(Registered(_IN_NETWORK[state]))
        self._talk.ask("AT+COPS?", self._operator, prefix="+COPS:", timeout_s=60.0)

    def _operator(self, reply: Reply) -> None:
        """+COPS: mode,format,name,technology."""
        for line in reply.lines:
            values = fields(line)
            if len(values) > 2 and values[2]:
                self._talk.emit(OperatorNamed(values[2]))

    def _measure(self) -> None:
        if self._is_ready:
            self._talk.ask("AT+CSQ", self._signal, prefix="+CSQ:")
            self._talk.later(_SIGNAL_EVERY_S, self._measure)

    def _signal(self, reply: Reply) -> None:
        for line in reply.lines:
            values = fields(line)
            # 27.007 §8.5: 0 is -113 dBm, 31 is -51 dBm, 99 is not known.
            if values and values[0].isdecimal() and int(values[0]) <= 31:
                self._talk.emit(SignalMeasured(-113 + 2 * int(values[0])))

    def _out(self, why: str) -> None:
        self._talk.emit(Unregistered(why))
