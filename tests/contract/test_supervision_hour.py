"""An hour of speech, music, fax and noise, and not one busy, congestion or dial tone in it for
the detector that ends calls, with every tone plan there is."""

from __future__ import annotations

import time

import pytest

from hw.signal.supervise import Supervision
from hw.signal.tone import plan_of
from tests.rig.corpus import pieces
from tests.unit.test_signal_supervise import ENDS, false_alarms, frames


@pytest.mark.scenario
@pytest.mark.timeout(300)
def test_an_hour_has_no_tone_in_it():
    assert false_alarms(60, seed=2) == []


def test_sixteen_lines_are_listened_to_with_a_tenth_of_a_processor():
    """CPU time, not time: other work on this machine does not count."""
    audio = [frame for piece in pieces(4, seed=4) for frame in frames(piece.audio)]
    ear = Supervision(plan_of("ir"), ENDS)
    begin_s = time.process_time()
    for frame in audio:
        ear.feed(frame)
    per_frame_s = (time.process_time() - begin_s) / len(audio)
    assert 16 * 50 * per_frame_s < 0.1
