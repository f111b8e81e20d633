"""DAHDI's user interface as numbers: ioctls, events, structures (``dahdi/user.h``, 2.11).

The numbers are those that a C program compiled against the header prints on a 64-bit machine;
``_IOC`` builds them from direction, number and size as Linux does everywhere but on MIPS,
PowerPC and SPARC. Structures are packed in the machine's own byte order.
"""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag

_READ, _WRITE = 2, 1


def _ioc(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | 0xDA << 8 | number


def _write(number: int, size: int = 4) -> int:
    return _ioc(_WRITE, number, size)


def _read(number: int, size: int = 4) -> int:
    return _ioc(_READ, number, size)


def _both(number: int, size: int) -> int:
    return _ioc(_READ | _WRITE, number, size)


INT = struct.Struct("=i")
PARAMS = struct.Struct("=12i40s11iI")
BUFFERS = struct.Struct("=6i")
DIALLING = struct.Struct("=i256s")
CADENCE = struct.Struct("=16i")

FLUSH = _write(0x03)
GET_PARAMS = _both(0x05, PARAMS.size)
SET_PARAMS = _write(0x05, PARAMS.size)
HOOK = _write(0x07)
GET_EVENT = _read(0x08)
SET_BUFFERS = _write(0x1B, BUFFERS.size)
DIAL = _write(0x1F, DIALLING.size)
ECHO_CANCEL = _write(0x21)
SET_LINEAR = _write(0x28)
SET_CADENCE = _write(0x2A, CADENCE.size)
ON_HOOK_TRANSFER = _write(0x33)
MESSAGES_WAITING = _both(0x5E, 4)

EVENT_PENDING_ERRNO = 500
"""ELAST: what reading and writing give while an event waits."""


class Hook(IntEnum):
    """What HOOK is told."""

    ON = 0
    OFF = 1
    FLASH = 3
    RING = 5
    RING_OFF = 6


class Event(IntEnum):
    """What GET_EVENT gives; a pulse digit is its character or-ed with ``PULSE_DIGIT``."""

    NONE = 0
    ON_HOOK = 1
    RING_OR_OFF_HOOK = 2
    WINK_FLASH = 3
    ALARM = 4
    NO_ALARM = 5
    DIAL_COMPLETE = 9
    RINGER_ON = 10
    RINGER_OFF = 11
    HOOK_COMPLETE = 12
    PULSE_START = 14
    POLARITY = 17
    RING_BEGIN = 18
    REMOVED = 20


PULSE_DIGIT = 0x10000

DIAL_REPLACE = 2

FLUSH_WRITE = 2
FLUSH_ALL = 7

POLICY_IMMEDIATE = 0

RED_ALARM = 8


class Signalling(IntFlag):
    """Two bits of a channel's signalling that tell its side. DAHDI names it after the *other*
    end: an FXO port speaks FXS signalling."""

    OF_FXS_PORT = 1 << 12
    OF_FXO_PORT = 1 << 13
