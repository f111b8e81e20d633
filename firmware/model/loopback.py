"""The loop-back test of a trunk line: what it can come to."""

from __future__ import annotations

from enum import StrEnum


class LoopBackState(StrEnum):
    RUNNING = "running"
    PASSED = "passed"  # dial tone was heard, and our own sound came back
    FAILED = "failed"


class LoopBackFault(StrEnum):
    """Why it failed; the first five are also ``firmware.model.learning.Fault``."""

    NO_DIAL_TONE = "no_dial_tone"
    LINE_CUT = "line_cut"
    PORT_LOST = "port_lost"
    CALL_CAME_IN = "call_came_in"
    REMOVED = "removed"
    NO_ECHO = "no_echo"  # the line is heard; whether it hears us is not known
    BROKEN = "broken"  # a bug of ours: the log has it
