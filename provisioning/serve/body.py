"""Ranges of a body: what part of a file an HTTP request asks for (RFC 9110 §14)."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class NoSuchRange(ValueError):
    """The range lies outside the body: 416."""


def asked_range(header: str, length: int) -> tuple[int, int] | None:
    """First and last byte of the one range asked for; None asks for everything. Several ranges
    at once are answered with everything, as the RFC allows.

    Raises:
        NoSuchRange: it begins after the end.
    """
    match = _ONE_RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[1] == match[2] == "":
        return None
    first, last = match[1], match[2]
    if not first:
        count = min(int(last), length)
        if not count:
            raise NoSuchRange
        return length - count, length - 1
    if int(first) >= length:
        raise NoSuchRange
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) if last else length - 1, length - 1)


def continues(header: str) -> bool:
    """Whether a request wants a later part of a file only, without its beginning."""
    match = _ONE_RANGE.fullmatch(header.replace(" ", ""))
    return match is not None and match[1] not in ("", "0")
