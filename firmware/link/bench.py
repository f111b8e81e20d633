"""The simulated world outside over the link: what a person at the bench's page can do, live.

``BenchApi`` (firmware.link.api) plays prepared scripts; this part of it acts on a call that goes
on, and throws *levers*: what can be cut and mended, one row each, so that a page needs to know
none of them beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

INTERNET = "internet"
"""The lever that stands for all that is beyond the office's router."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverRow:
    """Something that can be taken away and given back. Its events: there, thrown."""

    id: str  # "wire:fxo-1", or "mains" of what is no line's
    kind: str  # "wire", "network", "modem", "attended"
    line: str  # "" when it is no line's
    pulled: bool  # taken away; of "attended": somebody is asked before a call is answered


class OutsideApi(Protocol):
    """A part of ``BenchApi``. Every ``line`` raises KeyError when there is none of that name."""

    def press(self, line: str, digits: str) -> None:
        """Whoever is on the line presses keys now, as audible DTMF.

        Raises:
            ValueError: a digit is none.
            RuntimeError: nobody is on the line.
        """
        ...

    def say(self, line: str, file: str) -> None:
        """Whoever is on the line says the WAV file (8 kHz mono S16) from now on, again and again;
        "" is silence.

        Raises:
            ValueError: it is no such file.
            RuntimeError: nobody is on the line.
        """
        ...

    def talk(self, line: str, file: str) -> None:
        """Whoever is on the line says what is appended to a file of plain samples (8 kHz mono
        S16) as it grows; what is half a second late is left out.

        Raises:
            ValueError: it cannot be opened.
            RuntimeError: nobody is on the line.
        """
        ...

    def listen(self, line: str, file: str) -> None:
        """Record what is heard on the line from now on to a WAV file that grows every 20 ms.

        Raises:
            ValueError: it cannot be written.
            RuntimeError: nobody is on the line.
        """
        ...

    def answer(self, line: str) -> None:
        """Answer the call that the box makes on a trunk line or SIM.

        Raises:
            RuntimeError: nobody is called there.
        """
        ...

    def refuse(self, line: str) -> None:
        """Be busy for the call that the box makes, or leave a call with busy tone.

        Raises:
            RuntimeError: there is no call.
        """
        ...

    def reverse(self, line: str) -> None:
        """Reverse the polarity of a trunk line.

        Raises:
            RuntimeError: it is no trunk line.
        """
        ...

    def throw(self, lever: str, pulled: bool) -> None:
        """Take what the lever stands for away, or give it back.

        Raises:
            KeyError: no such lever.
        """
        ...
