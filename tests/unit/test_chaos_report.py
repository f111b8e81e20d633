"""What a soak says of itself at its end."""

from __future__ import annotations

import time

from tests.chaos.report import Report


def test_it_counts_faults_calls_and_violations_and_knows_the_slowest():
    report = Report(rounds=3, calls=7)
    report.faults.update(["kill one", "kill one", "far end"])
    now = time.monotonic()
    for ago_s in (2.0, 9.0, 4.0):
        report.took("back", "kill one", now - ago_s)
    report.took("quiet", "kill one", now - 1.0)
    report.violations.append("round 2: the disk is full: silent")
    text = "\n".join(report.lines())
    assert "3 rounds" in text
    assert "7 calls" in text
    assert "   2  kill one; slowest: back 9.0 s, quiet 1.0 s" in text
    assert "   1  far end; slowest: nothing" in text
    assert "1 violations\n  round 2: the disk is full: silent" in text
