"""Whether providers answer: what Kamailio's dispatcher found out by asking them with OPTIONS.

Its flags: A answers, T was silent but not yet for long, I is silent, D is disabled; the second
letter says whether it is asked. It forgets all of it at every reload.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.edge import kamailio_rpc


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """What is known of one address. ``answers`` is None while it is not known."""

    answers: bool | None
    rtt_ms: float | None


def look(rpc_socket: Path) -> Mapping[str, Ping]:
    """Every address that is asked, by its URI.

    Raises:
        NoAnswer: Kamailio is not there.
        KamailioRefused: it has no list.
    """
    return dict(_pings(kamailio_rpc.call(rpc_socket, "dispatcher.list", [])))


def _pings(result: Mapping[str, Any]) -> Iterator[tuple[str, Ping]]:
    for record in result.get("RECORDS", ()):
        for target in record["SET"]["TARGETS"]:
            place = target["DEST"]
            latency = place["LATENCY"]
            yield (
                place["URI"],
                Ping(
                    answers=_answers(place["FLAGS"], latency),
                    rtt_ms=float(latency["AVG"]) if latency["AVG"] else None,
                ),
            )


def _answers(flags: str, latency: Mapping[str, Any]) -> bool | None:
    if flags.startswith(("I", "D")):
        return False
    if flags.startswith("A") and (latency["AVG"] or latency["MAX"] or latency["EST"]):
        return True
    return None
