"""How long a processor of this machine was away: its host took it, or what else runs here.

A telephone that says something every 20 ms cannot while its processor is taken away. Every
processor has a pulse here, a thread that does nothing but wake up; a beat that came late tells.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tests.rig.child import Child

AWAY = "a processor was away for so many seconds"
"""The property of a report of a test that failed: the longest time while the test ran."""

BEAT_S = 0.02
LATE_S = 0.02
"""What is worth a line. A processor that is in use wakes a thread within a few milliseconds."""

_BEATS = "the pulse beats"


class Pulse:
    """The pulses of this machine's processors, from now on, kept in ``folder``."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.rig.pulse"]
        self._child = Child("pulse", command, folder / "pulse.log")
        self._child.expect(_BEATS, 10.0)

    def close(self) -> None:
        self._child.stop()

    def hold_up(self, for_s: float) -> None:
        """Stop it for so long, as if its processors were away."""
        self._child.send_signal(signal.SIGSTOP)
        time.sleep(for_s)
        self._child.send_signal(signal.SIGCONT)

    def away_s(self, since: float) -> float:
        """The longest time that a processor was away since then (``time.monotonic``); seconds."""
        whole = self._child.output().partition(f"{_BEATS}\n")[2].rpartition("\n")[0]
        late = [(float(at), float(late_s)) for at, late_s in map(str.split, whole.splitlines())]
        return max((late_s for at, late_s in late if at > since), default=0.0)


def _beat(processor: int, begun: threading.Barrier) -> None:
    os.sched_setaffinity(0, {processor})  # of this thread
    due = time.monotonic()
    begun.wait()
    while True:
        due += BEAT_S
        time.sleep(max(0.0, due - time.monotonic()))
        now = time.monotonic()
        if now - due > LATE_S:
            os.write(1, f"{now:.3f} {now - due:.3f}\n".encode())  # the threads' lines stay whole
            due = now


def main() -> None:
    processors = os.sched_getaffinity(0)
    begun = threading.Barrier(1 + len(processors))
    for processor in processors:
        threading.Thread(target=_beat, args=(processor, begun), daemon=True).start()
    begun.wait()
    os.write(1, f"{_BEATS}\n".encode())
    threading.Event().wait()


if __name__ == "__main__":
    main()
