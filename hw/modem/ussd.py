"""USSD sessions: codes like *140# to the network, its words, its questions (27.007 §7.15)."""

from __future__ import annotations

from hw.modem import alphabet, faults
from hw.modem.at import Reply, Urc, fields
from hw.modem.dialect import UssdForm
from hw.modem.port import UssdEnded, UssdHeard
from hw.modem.talk import Talk

_ANSWER_TIMEOUT_S = 60.0
_LONGEST = 182  # 7-bit characters in one message (24.090)

_OVER = {
    "2": "the network ended the session",
    "3": "another program answered",
    "4": "the network does not know the code",
    "5": "the network does not answer",
}


def check(code: str) -> None:
    """Refuse what cannot be sent.

    Raises:
        ValueError: it is no code, nor an answer that a network could have asked for.
    """
    plain = code.isascii() and code.isprintable() and '"' not in code and alphabet.fits(code)
    if not plain or not 0 < len(code) <= _LONGEST:
        raise ValueError(f"{code!r} is no USSD code: digits, * and #, or the answer asked for")


class Ussd:
    """One SIM's session; at most one is open."""

    def __init__(self, talk: Talk, form: UssdForm) -> None:
        self._talk = talk
        self._form = form
        self._round = 0
        self._waits = False
        talk.hear("+CUSD", self._heard)

    def send(self, code: str) -> None:
        """See ``ModemPort.ussd``."""
        check(code)
        written = code
        if self._form is UssdForm.PACKED:
            written = alphabet.pack(alphabet.septets_of(code)).hex().upper()
        self._waits = True
        self._round += 1
        round_now = self._round
        self._talk.ask(f'AT+CUSD=1,"{written}",15', self._taken, prefix="", timeout_s=30.0)
        self._talk.later(_ANSWER_TIMEOUT_S, lambda: self._too_late(round_now))

    def cancel(self) -> None:
        """See ``ModemPort.cancel_ussd``."""
        self._waits = False
        self._talk.ask("AT+CUSD=2", lambda _reply: self._talk.emit(UssdEnded("cancelled")))

    def _taken(self, reply: Reply) -> None:
        if not reply.ok and self._waits:
            self._waits = False
            self._talk.emit(UssdEnded(faults.words(reply.result)))

    def _too_late(self, asked: int) -> None:
        if self._waits and asked == self._round:
            self._waits = False
            self._talk.ask("AT+CUSD=2")
            self._talk.emit(UssdEnded("the network did not answer within a minute"))

    def _heard(self, urc: Urc) -> None:
        values = fields(urc.line)
        self._waits = False
        if len(values) >= 2 and values[1] and values[0] in ("0", "1", "2"):
            coding = int(values[2]) if values[2:3] and values[2].isdecimal() else 15
            text = text_of(values[1], coding, self._form)
            self._talk.emit(UssdHeard(text=text, asks=values[0] == "1"))
        elif values:
            self._talk.emit(UssdEnded(_OVER.get(values[0], "the session is over")))


def text_of(shown: str, coding: int, form: UssdForm) -> str:
    """What the network says. By the standard it is plain text, or hexadecimal when ``coding`` is
    UCS2; modems disagree about both, and some always say 15."""
    try:
        octets = bytes.fromhex(shown) if " " not in shown else b""
    except ValueError:
        octets = b""
    wide = octets.decode("utf-16-be", "replace") if len(octets) % 2 == 0 else ""
    if wide and _is_ucs2(coding):
        return wide
    if _speaks(wide):
        return wide
    return _septets(octets, shown) if octets and form is UssdForm.PACKED else shown


def _is_ucs2(coding: int) -> bool:
    """23.038 §5: UCS2 after a language mark, or in the general groups."""
    return coding == 0x11 or coding & 0xCC == 0x48


def _speaks(text: str) -> bool:
    """Whether it is words rather than digits or septets read as UTF-16, which give signs of many
    scripts: here Latin, Cyrillic, Arabic and Persian are words."""
    blocks = {ord(c) >> 8 for c in text if c.isalnum()}
    shown = all(c.isprintable() or c in "\r\n\u200c\u200d\u200e\u200f" for c in text)
    return len(text) >= 3 and shown and blocks <= {0x00, 0x04, 0x06, 0xFB, 0xFE}


def _septets(octets: bytes, shown: str) -> str:
    text = alphabet.text_of(alphabet.unpack(octets, 8 * len(octets) // 7)).rstrip("\r@")
    return text if all(c.isprintable() or c in "\r\n" for c in text) else shown
