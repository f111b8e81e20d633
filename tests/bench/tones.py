"""``python -m tests.bench.tones [MINUTES]``: what ends calls by tone, on sound that has none.

Prints how much there was, of which kinds, how many tones each of two detectors heard in it, and
what they cost: ``Supervision``, which lined ends calls by, and spandsp's alone
(``ToneDetector``).
"""

from __future__ import annotations

import collections
import sys
import time
from collections.abc import Callable
from typing import Protocol

from hw.signal.supervise import Supervision
from hw.signal.tone import ToneDetector, TonePlan
from tests.rig.corpus import Piece, pieces
from tests.unit.test_signal_supervise import PLANS, frames

_NAMES = ("busy", "congestion", "dial")
_LINES = 16


class Ear(Protocol):
    def feed(self, audio: bytes) -> str: ...


def _alarms(
    corpus: list[Piece], make: Callable[[TonePlan], Ear]
) -> tuple[collections.Counter[str], float]:
    """False alarms by kind of sound, with every plan, and CPU seconds a frame."""
    alarms: collections.Counter[str] = collections.Counter()
    begin_s, count = time.process_time(), 0
    for piece in corpus:
        cut = frames(piece.audio)
        for plan in PLANS:
            ear = make(plan)
            alarms[piece.kind] += sum(bool(ear.feed(frame)) for frame in cut)
            count += len(cut)
    return +alarms, (time.process_time() - begin_s) / count


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    corpus = list(pieces(minutes, seed=2))
    kinds = collections.Counter(piece.kind for piece in corpus)
    seconds = sum(piece.seconds for piece in corpus)
    print(f"{seconds / 60:.0f} minutes, {len(PLANS)} tone plans; pieces of 12 s:")
    print("  " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    for title, make in (
        ("Supervision", lambda plan: Supervision(plan, _NAMES)),
        ("spandsp super_tone_rx", lambda plan: ToneDetector(plan, ("busy", "congestion"))),
    ):
        alarms, frame_s = _alarms(corpus, make)
        cost = 100 * _LINES * 50 * frame_s
        print(
            f"{title}: {alarms.total()} false alarms {dict(alarms) or ''}; "
            f"{frame_s * 1e6:.1f} us a frame, {cost:.2f} % of a core for {_LINES} lines"
        )


if __name__ == "__main__":
    main()
