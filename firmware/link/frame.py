"""The frames of a link: one JSON object a line, told apart by their first key.

==========  ==================================================================
``hello``   first line of either side: ``{"hello": NAME, "protocol": 1}``
``call``    ``{"call": ID, "method": NAME, "params": {...}}``
``reply``   ``{"reply": ID, "result": ...}`` or
            ``{"reply": ID, "error": {"kind": ..., "text": ...}}``
``event``   ``{"event": NAME, "seq": N, "at": UNIX_SECONDS, "row": {...}}``
==========  ==================================================================

``subscribe`` is the one call every server answers itself: its result is a snapshot,
``{"seq": N, "rows": {KIND: [...]}}``, and events with greater ``seq`` follow on the same
connection. A receiver that sees a gap in ``seq`` asks for a new snapshot.
"""

from __future__ import annotations

from typing import Any

import msgspec

PROTOCOL = 1
LIMIT_BYTES = 4 * 1024 * 1024
"""The longest line either side accepts: a snapshot of the largest box is a tenth of it."""

Frame = dict[str, Any]


class BadFrame(ValueError):
    """The peer sent a line that is no frame: their fault, the connection is closed."""


def encode(frame: Frame) -> bytes:
    """One frame as a line. Values may be dataclasses."""
    return msgspec.json.encode(frame) + b"\n"


def decode(line: bytes) -> Frame:
    """The frame of one line.

    Raises:
        BadFrame: the line is not a JSON object.
    """
    try:
        frame: Frame = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFrame(f"not a frame: {error}") from error
    return frame
