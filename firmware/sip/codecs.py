"""Codecs in a session description: only some of them, in an order (RFC 4566, RFC 3551)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ALWAYS = frozenset({"telephone-event", "cn"})
_STATIC = {"0": "pcmu", "3": "gsm", "8": "pcma", "9": "g722", "18": "g729", "13": "cn"}
"""Payload types that need no rtpmap (RFC 3551 §6)."""


def with_codecs(sdp: str, codecs: Sequence[str]) -> str:
    """A session description whose audio has only ``codecs``, in their order, and what is no codec
    (keys pressed, comfort noise). One that has none of them stays as it is: better a codec too
    many than no call."""
    head, audio, rest = _audio(sdp)
    first = re.match(r"m=audio \S+ \S+ (.*)", audio)
    if first is None:
        return sdp
    names = dict(_STATIC)
    names |= {n: name.lower() for n, name in re.findall(r"a=rtpmap:(\d+) ([^/\s]+)", audio)}
    rank = {name.lower(): place for place, name in enumerate(codecs)}
    formats = first[1].split()
    kept = [f for f in formats if names.get(f, "") in rank]
    if not kept:
        return sdp
    kept.sort(key=lambda f: rank[names[f]])
    kept += [f for f in formats if names.get(f, "") in _ALWAYS]
    lines = [line for line in audio.splitlines() if _format_of(line) in ("", *kept)]
    lines[0] = lines[0].removesuffix(first[1].rstrip()) + " ".join(kept)
    return head + "\r\n".join(lines) + "\r\n" + rest


def _audio(sdp: str) -> tuple[str, str, str]:
    """What is before the audio, the audio, and what comes after."""
    sections = re.split(r"(?m)^(?=m=)", sdp)
    for index, section in enumerate(sections):
        if section.startswith("m=audio"):
            return "".join(sections[:index]), section, "".join(sections[index + 1 :])
    return sdp, "", ""


def _format_of(line: str) -> str:
    """The payload type that an attribute is of, "" when it is of none."""
    found = re.match(r"a=(?:rtpmap|fmtp):(\d+)\b", line)
    return found[1] if found else ""
