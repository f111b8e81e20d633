"""Causes: why a call was refused or ended, as ITU-T Q.850 numbers.

SIP speaks status codes and the telephone network speaks Q.850. The exchange keeps the
Q.850 number and translates once, at the edge (RFC 3398 §7.2.4.1 and §8.2.6.1; the header
that carries it in SIP is RFC 3326 ``Reason``).
"""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    UNALLOCATED_NUMBER = 1
    PREEMPTION = 8  # the line is needed for an emergency call
    NORMAL_CLEARING = 16
    USER_BUSY = 17
    NO_USER_RESPONDING = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    CALL_REJECTED = 21
    ANSWERED_ELSEWHERE = 26  # Q.850: non-selected user clearing
    INVALID_NUMBER = 28
    NORMAL_UNSPECIFIED = 31
    NO_CIRCUIT = 34
    NETWORK_OUT_OF_ORDER = 38
    TEMPORARY_FAILURE = 41
    SWITCH_CONGESTION = 42
    BEARER_NOT_AVAILABLE = 58
    INTERWORKING = 127


_STATUS_OF = {
    Cause.UNALLOCATED_NUMBER: 404,
    Cause.PREEMPTION: 480,
    Cause.USER_BUSY: 486,
    Cause.NO_USER_RESPONDING: 408,
    Cause.NO_ANSWER: 480,
    Cause.SUBSCRIBER_ABSENT: 480,
    Cause.CALL_REJECTED: 603,
    Cause.ANSWERED_ELSEWHERE: 487,
    Cause.INVALID_NUMBER: 484,
    Cause.NORMAL_UNSPECIFIED: 480,
    Cause.NO_CIRCUIT: 503,
    Cause.NETWORK_OUT_OF_ORDER: 502,
    Cause.TEMPORARY_FAILURE: 503,
    Cause.SWITCH_CONGESTION: 503,
    Cause.BEARER_NOT_AVAILABLE: 488,
    Cause.INTERWORKING: 500,
    Cause.NORMAL_CLEARING: 487,
}

_CAUSE_OF = {
    400: Cause.TEMPORARY_FAILURE,
    401: Cause.CALL_REJECTED,
    403: Cause.CALL_REJECTED,
    404: Cause.UNALLOCATED_NUMBER,
    408: Cause.NO_USER_RESPONDING,
    410: Cause.UNALLOCATED_NUMBER,
    480: Cause.SUBSCRIBER_ABSENT,
    484: Cause.INVALID_NUMBER,
    486: Cause.USER_BUSY,
    487: Cause.NORMAL_CLEARING,
    488: Cause.BEARER_NOT_AVAILABLE,
    500: Cause.TEMPORARY_FAILURE,
    502: Cause.NETWORK_OUT_OF_ORDER,
    503: Cause.TEMPORARY_FAILURE,
    504: Cause.TEMPORARY_FAILURE,
    600: Cause.USER_BUSY,
    603: Cause.CALL_REJECTED,
    604: Cause.UNALLOCATED_NUMBER,
}


def status_of(cause: Cause) -> int:
    """The SIP final status that says ``cause`` before a call is answered."""
    return _STATUS_OF[cause]


def cause_of(status: int) -> Cause:
    """The cause behind a SIP final status; 2xx and codes nobody lists are normal clearing
    and interworking."""
    if status < 300:
        return Cause.NORMAL_CLEARING
    return _CAUSE_OF.get(status, Cause.INTERWORKING)


def reason_header(cause: Cause) -> str:
    """The value of an RFC 3326 ``Reason`` header. Telephones know by the one of its §3.1 that
    somebody else took the call, and show no missed call."""
    if cause is Cause.ANSWERED_ELSEWHERE:
        return 'SIP;cause=200;text="Call completed elsewhere"'
    return f"Q.850;cause={cause.value}"
