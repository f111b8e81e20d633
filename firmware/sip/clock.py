"""The conference bridge's clock in a daemon's own hands.

pjsua mixes every 20 ms when a thread of its own says so. A daemon that has a clock of its own,
as a line card has, steps the bridge itself: what it has just heard is on its way as RTP, and what
came as RTP is in its hands, when ``step`` returns, and no queue stands between two clocks. pjsua2
for Python gives the bridge's master port as a bare pointer only (``AudDevManager::setNoDev``), so
its ``pjmedia_port_get_frame`` is called by ctypes, in the library that pjsua2 is.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pjsua2 as pj

_FRAME_S = 0.02
_AUDIO = 1  # PJMEDIA_FRAME_TYPE_AUDIO
_THREAD = "lines"


class _Frame(ctypes.Structure):
    """``pjmedia_frame`` (pjmedia/frame.h)."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buf", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bit_info", ctypes.c_uint32),
    )


class BridgeClock:
    """Takes the bridge of ``endpoint`` away from pjsua's own clock."""

    def __init__(self, endpoint: pj.Endpoint, rate_hz: int) -> None:
        self._endpoint = endpoint
        self._samples = round(rate_hz * _FRAME_S)
        self._buffer = ctypes.create_string_buffer(2 * self._samples)
        self._port = ctypes.c_void_p(int(endpoint.audDevManager().setNoDev()))
        self._stamp = 0
        self._is_known = False
        library: Any = ctypes.CDLL(pj._pjsua2.__file__)
        self._get_frame = library.pjmedia_port_get_frame
        self._get_frame.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Frame))

    def step(self) -> None:
        """20 ms of all audio: every port gives and takes a frame. Always in the same thread."""
        if not self._is_known:
            self._endpoint.libRegisterThread(_THREAD)
            self._is_known = True
        frame = _Frame(
            type=_AUDIO,
            buf=ctypes.addressof(self._buffer),
            size=len(self._buffer),
            timestamp=self._stamp,
        )
        self._stamp += self._samples
        self._get_frame(self._port, ctypes.byref(frame))
