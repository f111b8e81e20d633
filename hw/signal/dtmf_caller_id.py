"""Caller ID as dialled digits: some exchanges press it on the line, mostly before the first ring.

There is no checksum; codes frame the message (ETSI EN 300 659 and national rules, as listed in
spandsp's ``adsi.h``)::

    A number [D redirecting number] C   B 00 C unavailable   B 10 C withheld
        Belgium, Brazil, Denmark, Finland, Iceland, India, Netherlands, Saudi Arabia, Sweden,
        Uruguay
    A number #   D 1 # withheld   D 2 # international   D 3 # unavailable      Denmark, Netherlands
    D number C                                                                 Taiwan, Kuwait
    number #                          (``BARE``: only where it is asked for)   Denmark, Netherlands

A digit that was lost or came twice would make a wrong number look right, so a message whose
digits do not follow one another evenly is none.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from hw.signal.caller_id import Absence, CallerId
from hw.signal.dtmf import DtmfDetector, DtmfGenerator

_GAP_FRAMES = 25  # half a second without a digit: whatever comes is another message
_UNEVEN = 1.6
_FEWEST_EVEN = 4  # of two or three digits nobody can say what is even
_MOST_DIGITS = 40

_FRAMED = re.compile(
    r"^A(?P<caller>\d{2,20})(D\d{0,20})?(B\d{2})?C$|^A(?P<marked>\d{2,20})#$|^D(?P<sole>\d{3,20})C$"
)
_BARE = re.compile(r"^(?P<caller>\d{3,20})#$")
_WITHHELD = frozenset({"B10C", "D10C", "D1#"})
_UNAVAILABLE = frozenset({"B00C", "D00C", "D2#", "D3#"})


class DtmfForm(StrEnum):
    """How an exchange frames a number."""

    A_TO_C = "A{number}C"
    A_TO_HASH = "A{number}#"
    D_TO_C = "D{number}C"
    BARE = "{number}#"


_ABSENT = {
    DtmfForm.A_TO_C: {Absence.WITHHELD: "B10C", Absence.UNAVAILABLE: "B00C"},
    DtmfForm.A_TO_HASH: {Absence.WITHHELD: "D1#", Absence.UNAVAILABLE: "D3#"},
    DtmfForm.D_TO_C: {Absence.WITHHELD: "D10C", Absence.UNAVAILABLE: "D00C"},
    DtmfForm.BARE: {Absence.WITHHELD: "D1#", Absence.UNAVAILABLE: "D3#"},
}


@dataclass(frozen=True, slots=True)
class _Heard:
    digit: str
    at_frame: int


class DtmfCallerIdDecoder:
    """On-hook audio to caller ID, frame by frame of 20 ms. ``bare`` also takes numbers without
    a start code: after half a burst such a one is wrong, so only where the exchange sends them."""

    def __init__(self, *, bare: bool = False) -> None:
        self._bare = bare
        self._detector = DtmfDetector()
        self._heard: list[_Heard] = []
        self._frame = 0

    def feed(self, audio: bytes) -> CallerId | None:
        """The caller ID whose last digit was recognised in ``audio``."""
        self._frame += 1
        if self._heard and self._frame - self._heard[-1].at_frame > _GAP_FRAMES:
            self._heard.clear()
        for digit in self._detector.feed(audio):
            self._heard.append(_Heard(digit, self._frame))
            if digit not in "#C":
                continue
            message, self._heard = self._heard, []
            if found := self._caller_in(message):
                return found
        del self._heard[:-_MOST_DIGITS]
        return None

    def _caller_in(self, message: list[_Heard]) -> CallerId | None:
        text = "".join(heard.digit for heard in message)
        if text in _WITHHELD:
            return CallerId(absence=Absence.WITHHELD)
        if text in _UNAVAILABLE:
            return CallerId(absence=Absence.UNAVAILABLE)
        found = _FRAMED.match(text) or (_BARE.match(text) if self._bare else None)
        if found is None or not _is_even([heard.at_frame for heard in message]):
            return None
        return CallerId(number=next(number for number in found.groupdict().values() if number))


def _is_even(frames: list[int]) -> bool:
    """Whether no digit is missing between the others, or was heard twice."""
    steps = [later - earlier for earlier, later in itertools.pairwise(frames)]
    if len(steps) < _FEWEST_EVEN:
        return True
    usual = median(steps)
    return all(usual / _UNEVEN - 1 < step < usual * _UNEVEN + 1 for step in steps)


class DtmfCallerIdEncoder:
    """Caller ID to audio: digits of 70 ms, 70 ms apart, then silence."""

    def __init__(self, caller: CallerId, form: DtmfForm = DtmfForm.A_TO_C) -> None:
        self._generator = DtmfGenerator(on_ms=70, off_ms=70)
        self._generator.put(
            form.format(number=caller.number)
            if caller.number
            else _ABSENT[form][caller.absence or Absence.UNAVAILABLE]
        )

    @property
    def done(self) -> bool:
        """Whether all of it is out."""
        return not self._generator.busy

    def frame(self, samples: int = 160) -> bytes:
        """The next ``samples`` of audio (S16LE)."""
        return self._generator.frame(samples)
