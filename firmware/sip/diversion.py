"""What a forwarded call's INVITE tells the telephone: who it was meant for, and why it came.

Older telephones and networks show ``Diversion`` (RFC 5806), newer ones ``History-Info``
(RFC 7044); each ignores the other's header, so both are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from firmware.model.personal import Diverted, ForwardKind, Trail
from firmware.sip.message import uri

_REASON = {
    ForwardKind.ALWAYS: "unconditional",
    ForwardKind.BUSY: "user-busy",
    ForwardKind.NO_ANSWER: "no-answer",
    ForwardKind.UNREACHABLE: "unavailable",
}
"""RFC 5806 §4."""

_STATUS = {
    ForwardKind.ALWAYS: 302,
    ForwardKind.BUSY: 486,
    ForwardKind.NO_ANSWER: 408,
    ForwardKind.UNREACHABLE: 503,
}
"""The status that would have forwarded the call: RFC 4458 §2.2, RFC 7044 §10.2."""


def headers(trail: Trail, to: str, domain: str) -> Mapping[str, str]:
    """The headers of an INVITE to the number ``to`` in ``domain``; none for a call that nobody
    forwarded."""
    if not trail.steps:
        return {}
    return {
        "Diversion": ", ".join(_diversion(step, domain) for step in reversed(trail.steps)),
        "History-Info": ", ".join(_history(trail, to, domain)),
    }


def _diversion(step: Diverted, domain: str) -> str:
    """One forward; the newest stands first (RFC 5806 §5)."""
    return f"<{uri(step.who, domain)}>;reason={_REASON[step.kind]};counter=1"


def _history(trail: Trail, to: str, domain: str) -> list[str]:
    """Everywhere the call has been, the first first (RFC 7044 §6)."""
    index, entries = "1", []
    for step in trail.steps:
        reason = quote(f"SIP;cause={_STATUS[step.kind]}", safe="")
        target = "" if index == "1" else ";mp=1"
        entries.append(f"<{uri(step.who, domain)}?Reason={reason}>;index={index}{target}")
        index += ".1"
    return [*entries, f"<{uri(to, domain)}>;index={index};mp=1"]
