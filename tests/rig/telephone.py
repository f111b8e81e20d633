"""A real SIP telephone under test, whichever program it is.

Its life is told as *marks* in the order they came: "registered", "refused" (of a REGISTER),
"incoming", "ringing" (180 received), "early" (183 received), "established", "ended". ``expect``
consumes them, so a test reads as the call goes.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.child import Child
from tests.rig.until import TooLate

TONE_S = 120.0
"""How long a telephone speaks. When its file ends, baresip ends the call."""

_REPLY = re.compile(r"^SIP/2\.0 (\d{3}) ([^\r\n]*)\r?\n(.*?)\r?\n\r?\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a telephone registers with; ``server`` is "address:port"."""

    number: str
    password: str
    server: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One SIP response, from the telephone's own trace."""

    status: int
    phrase: str
    headers: Sequence[tuple[str, str]]

    def header(self, name: str) -> str:
        """The first value of a header, "" when it is not there."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")


class Telephone(ABC):
    """One telephone that says a tone of ``tone_hz`` in every call, ``tone_s`` long, and keeps what
    it hears."""

    def __init__(
        self, account: Account, folder: Path, tone_hz: int, tone_s: float = TONE_S
    ) -> None:
        self.account = account
        self.tone_hz = tone_hz
        self.folder = folder
        folder.mkdir(parents=True)
        self.tone = audio.write_tone(folder / "tone.wav", tone_hz, length_s=tone_s)
        self._marks: list[str] = []
        self._consumed = 0
        self._child: Child

    @property
    def pid(self) -> int:
        return self._child.pid

    # -- orders ---------------------------------------------------------------------------

    def dial(self, number: str) -> None:
        """Call a number of the box."""
        self._order_call(f"sip:{number}@{self.account.server}")

    @abstractmethod
    def answer(self) -> None:
        """Answer the call that rings."""

    @abstractmethod
    def hang_up(self) -> None:
        """End the call, or refuse the one that rings with 486."""

    @abstractmethod
    def hold(self) -> None:
        """Put the other side on hold."""

    @abstractmethod
    def resume(self) -> None:
        """Take the other side back."""

    def stop(self) -> None:
        """Switch it off."""
        self._child.stop()

    # -- what happens ---------------------------------------------------------------------

    def expect(self, mark: str, timeout_s: float = 5.0) -> None:
        """Wait for the next ``mark``; those before it are passed over.

        Raises:
            TooLate: it did not come; the text has those that did.
        """
        until = time.monotonic() + timeout_s
        while mark not in self._marks[self._consumed :]:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise TooLate(self._story(mark, timeout_s))
            self._marks += self._listen(min(left_s, 0.5))
            self._child.check()
        self._consumed = self._marks.index(mark, self._consumed) + 1

    def marks(self) -> list[str]:
        """Everything that happened to it so far."""
        self._marks += self._listen(0.0)
        return list(self._marks)

    @property
    def talks(self) -> bool:
        """Whether its last call was answered and goes on; it registers anew meanwhile."""
        return [mark for mark in self.marks() if mark != "registered"][-1:] == ["established"]

    def replies(self, method: str = "INVITE") -> list[Reply]:
        """Every response to its requests with ``method``, in order, without 100."""
        found = (_reply(match) for match in _REPLY.finditer(self._trace()))
        return [r for r in found if r.header("CSeq").endswith(method) and r.status > 100]

    def final_reply(self, method: str = "INVITE") -> Reply:
        """The last response to ``method`` that asked for nothing more."""
        finals = [r for r in self.replies(method) if r.status >= 200]
        return finals[-1]

    @abstractmethod
    def heard(self) -> Sound:
        """What it heard in its last call, so far."""

    @abstractmethod
    def _order_call(self, uri: str) -> None: ...

    @abstractmethod
    def _listen(self, timeout_s: float) -> list[str]:
        """The marks that came, after at most ``timeout_s`` seconds."""

    @abstractmethod
    def _trace(self) -> str:
        """All SIP messages, as text."""

    def _story(self, mark: str, timeout_s: float) -> str:
        came = ", ".join(self._marks) or "nothing"
        return (
            f"telephone {self.account.number}: no '{mark}' within {timeout_s:g} s; came: {came}\n"
            f"{self._child.last_words(60)}"
        )


def _reply(match: re.Match[str]) -> Reply:
    headers = []
    for line in match[3].splitlines():
        name, _, value = line.partition(":")
        headers.append((name.strip(), value.strip()))
    return Reply(status=int(match[1]), phrase=match[2].strip(), headers=headers)
