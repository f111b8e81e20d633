"""A stand-in for switchd, a program of its own: one SIP stack, told what to do on its standard
input and saying what happens on its standard output, one line each.

Orders: ``answer``, ``progress``, ``ring``, ``refuse CAUSE``, ``hang_up``, ``digits 12``,
``hush``, ``record NAME``, ``dial CALLED LINE CALLER NAME``. They are for the newest call.
Every call hears a 1000 Hz tone until it is hushed; ``record`` writes what it says to
``NAME.wav`` in the folder given.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from firmware import realtime
from firmware.model.cause import Cause
from firmware.sip.call import SipCall
from firmware.sip.media import Recorder, Tone
from firmware.sip.message import Invitation
from firmware.sip.pump import PumpLoop
from firmware.sip.stack import AccountPlan, Stack, StackPlan


@dataclass(frozen=True)
class Steady:
    """1000 Hz without a pause."""

    freqs_hz: tuple[int, ...] = (1000,)
    cadence_ms: tuple[int, ...] = (1000, 0)


def say(*words: object) -> None:
    print(*words, flush=True)


class StandIn:
    """The newest call, and its events."""

    def __init__(self, loop: PumpLoop, folder: Path, ports: tuple[int, int, int]) -> None:
        own, lines, rtp = ports
        self._lines = lines
        account = AccountPlan(
            name="lines",
            peer=f"127.0.0.4:{lines}",
            via="",
            media_address="127.0.0.3",
            rtp_first=rtp,
            rtp_last=rtp + 40,
            is_ours=True,
        )
        plan = StackPlan(
            address="127.0.0.3", port=own, domain="127.0.0.3", accounts=(account,), rate_hz=8000
        )
        self._stack = Stack(plan, loop, self._incoming)
        self._tone = Tone("steady", Steady(), 8000)
        self._folder = folder
        self._call: SipCall | None = None

    def order(self, line: str) -> None:
        word, *rest = line.split()
        call = self._call
        match word:
            case "dial":
                called, name, caller, caller_name = rest
                self._keep(
                    self._stack.dial(
                        "lines",
                        f"sip:{called}@127.0.0.4:{self._lines}",
                        caller=caller,
                        caller_name=caller_name,
                        headers={"X-Markaz-Line": name},
                        events=self,
                    )
                )
            case "record" if call is not None:
                recorder = Recorder(self._folder / f"{rest[0]}.wav")
                self._stack.matrix.join(call.audio, recorder)
            case "hush" if call is not None:
                self._stack.matrix.part(self._tone, call.audio)
            case "refuse" if call is not None:
                call.hang_up(Cause(int(rest[0])))
            case "digits" if call is not None:
                call.send_digits(rest[0])
            case "answer" | "progress" | "ring" | "hang_up" if call is not None:
                getattr(call, word)()
            case _:
                say("cannot", line.strip())

    def _incoming(self, call: SipCall, invitation: Invitation, account: str) -> StandIn:
        sender = invitation.sender
        say("invite", invitation.called, invitation.line, sender.user, sender.name or "-")
        self._keep(call)
        call.ring()
        return self

    def _keep(self, call: SipCall) -> None:
        self._call = call
        self._stack.matrix.join(self._tone, call.audio)

    def close(self) -> None:
        self._stack.close()

    def on_ringing(self) -> None:
        say("ringing")

    def on_progress(self) -> None:
        say("progress")

    def on_answered(self) -> None:
        say("answered")

    def on_held(self, held: bool) -> None:
        say("held", held)

    def on_digit(self, digit: str) -> None:
        say("digit", digit)

    def on_heard(self, what: str) -> None:
        say("heard", what)

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        say("ended", cause.value, "by them" if by_them else "by us")


def main() -> None:
    folder = Path(sys.argv[1])
    ports = (int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    realtime.claim()
    loop = PumpLoop()
    asyncio.set_event_loop(loop)
    stand_in = StandIn(loop, folder, ports)

    typed = b""

    def on_typed() -> None:
        nonlocal typed
        some = os.read(sys.stdin.fileno(), 4096)
        if not some:
            loop.stop()
        *lines, typed = (typed + some).split(b"\n")
        for line in lines:
            stand_in.order(line.decode())

    loop.add_reader(sys.stdin.fileno(), on_typed)
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    say("ready")
    loop.run_forever()
    stand_in.close()
    sys.exit(1 if loop.failed else 0)


if __name__ == "__main__":
    main()
