"""What pjsua counted of a dialog's streams of audio."""

from __future__ import annotations

import pjsua2 as pj

from firmware.model.quality import Stream, Way


def stream_of(dialog: pj.Call, index: int) -> Stream | None:
    """A stream as it is now; None when the dialog has none of that index (any more)."""
    try:
        counted = dialog.getStreamStat(index)
        codec = dialog.getStreamInfo(index).codecName
    except pj.Error:
        return None
    heard, told, buffer = counted.rtcp.rxStat, counted.rtcp.txStat, counted.jbuf
    return Stream(
        codec=codec,
        heard=Way(
            packets=int(heard.pkt),
            lost=int(heard.loss),
            late=int(buffer.discard),
            jitter_ms=_mean_ms(heard.jitterUsec),
        ),
        told=Way(
            packets=max(0, int(told.pkt) - int(told.loss)),  # pjsua counts what we sent
            lost=int(told.loss),
            jitter_ms=_mean_ms(told.jitterUsec),
        ),
        round_trip_ms=_mean_ms(counted.rtcp.rttUsec),
    )


def _mean_ms(measured: pj.MathStat) -> float:
    return round(measured.mean / 1000, 1) if measured.n else 0.0
