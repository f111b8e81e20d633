"""Who is scheduled before all others: what carries audio, once it is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOOK = """
import os, threading
from firmware import realtime

def waits():
    gone = threading.Event()
    thread = threading.Thread(target=gone.wait)
    thread.start()
    return thread.native_id, gone.set

early, end_early = waits()
with realtime.for_new_threads():
    media, end_media = waits()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER, "what is set up is not in a hurry"
assert os.sched_getscheduler(media) == os.SCHED_RR
assert os.sched_getscheduler(early) == os.sched_getscheduler(0) == os.SCHED_OTHER
assert realtime.claim()
late, end_late = waits()
assert {os.sched_getscheduler(one) for one in (0, early, media, late)} == {os.SCHED_RR}
end_early(), end_media(), end_late()
"""


def _is_allowed() -> bool:
    code = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not _is_allowed(), reason="no real-time scheduling here")
def test_new_threads_first_then_all_of_them() -> None:
    order = [sys.executable, "-c", _LOOK]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
