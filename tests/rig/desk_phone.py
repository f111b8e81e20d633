"""A desk telephone under test, with several calls at once: it holds, transfers and picks up.

Its calls have names: those it makes are named by the test, those it gets are "in1", "in2" ...
"""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path
from typing import Any

from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.child import Child
from tests.rig.ports import Block
from tests.rig.telephone import TONE_S, Account
from tests.rig.until import until

Mark = dict[str, Any]


class DeskPhone:
    """A running ``desk_phone_program``. Unless it ``obeys`` the headers that ask for it, it does
    not answer by itself. It loses ``loss_percent`` of the packets it gets."""

    def __init__(
        self,
        account: Account,
        folder: Path,
        ports: Block,
        *,
        tone_hz: int,
        obeys: bool = True,
        trace: bool = False,
        loss_percent: int = 0,
    ) -> None:
        self.account = account
        self.folder = folder
        self.tone_hz = tone_hz
        self._has_power = True
        folder.mkdir(parents=True)
        rtp_first, rtp_last = ports.rtp_range()
        plan = {
            "number": account.number,
            "password": account.password,
            "server": account.server,
            "folder": str(folder),
            "sip_port": ports.sip_port(),
            "rtp_first": rtp_first,
            "rtp_last": rtp_last,
            "tone": str(audio.write_tone(folder / "tone.wav", tone_hz, length_s=TONE_S)),
            "obeys": obeys,
            "trace": trace,
            "loss_percent": loss_percent,
        }
        self._child = Child(
            f"desk phone {account.number}",
            [sys.executable, "-m", "tests.rig.desk_phone_program", json.dumps(plan)],
            folder / "desk_phone.log",
            keyboard=True,
        )

    # -- orders ---------------------------------------------------------------------------

    def dial(self, number: str, call: str = "a", **headers: str) -> None:
        """Call a number of the box; ``Replaces_`` and the like become headers."""
        self._order("dial", call=call, number=number, headers=headers)

    def answer(self, call: str = "in1") -> None:
        """Answer a call that rings."""
        self._order("answer", call=call)

    def hang_up(self, call: str = "a", status: int = 0) -> None:
        """End a call, or refuse one that rings."""
        self._order("hang_up", call=call, status=status)

    def hold(self, call: str = "a", how: str = "sendonly") -> None:
        """Hold: by "sendonly", "inactive" or "0.0.0.0"."""
        self._order("hold", call=call, how=how)

    def resume(self, call: str = "a") -> None:
        """Take back."""
        self._order("resume", call=call)

    def press(self, digits: str, call: str = "a") -> None:
        """Press keys."""
        self._order("press", call=call, digits=digits)

    def transfer(self, number: str, call: str = "a", domain: str = "") -> None:
        """Send whoever is in ``call`` to ``number`` and be gone."""
        self._order("transfer", call=call, uri=f"sip:{number}@{domain or self.account.server}")

    def connect(self, call: str, other: str) -> None:
        """Bring the parties of two calls together and be gone."""
        self._order("connect", call=call, other=other)

    def stop(self) -> None:
        """Switch it off: it hangs up first.

        Raises:
            Died: it ended by itself, or ends badly.
        """
        if self._has_power:
            self._order("switch_off")
            if self._child.wait(8.0):
                self._child.check()

    def pull_the_plug(self) -> None:
        """Take its power away: it says nothing to anybody."""
        self._has_power = False
        self._child.kill()

    # -- what happens ---------------------------------------------------------------------

    def marks(self, call: str = "") -> list[Mark]:
        """What happened, in one call or in all."""
        lines = (line for line in self._child.output().splitlines() if line.startswith("{"))
        all_marks: list[Mark] = [json.loads(line) for line in lines]
        return [mark for mark in all_marks if not call or mark["call"] == call]

    def expect(self, mark: str, call: str = "a", timeout_s: float = 5.0, **also: Any) -> Mark:
        """Wait until it happened in ``call``, with these attributes.

        Raises:
            TooLate: it did not; the text has what did.
        """

        def seen() -> Mark | None:
            for one in self.marks(call):
                if one["mark"] == mark and also.items() <= one.items():
                    return one
            self._child.check()
            return None

        return until(
            seen,
            timeout_s,
            lambda: (
                f"telephone {self.account.number}, call {call}: '{mark}' {also or ''}; came: "
                f"{[(one['mark'], one.get('status')) for one in self.marks(call)]}"
            ),
        )

    def invitation(self, call: str = "in1") -> str:
        """The INVITE of a call it got."""
        return str(self.expect("invited", call)["message"])

    def has_ended(self, call: str) -> bool:
        """Whether a call is over."""
        return any(mark["mark"] == "ended" for mark in self.marks(call))

    def heard(self, call: str = "a") -> Sound:
        """What it heard in a call so far."""
        try:
            return audio.read(self.folder / f"{call}.wav")
        except (FileNotFoundError, wave.Error):  # pjsua writes nothing before it has 4 kB
            return audio.NOTHING

    def _order(self, what: str, **how: Any) -> None:
        self._child.type(json.dumps({"do": what, **how}))
