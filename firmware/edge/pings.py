"""Whether providers answer: what Kamailio's dispatcher found out by asking them with OPTIONS.

Its flags: A answers, T was silent but not yet for long, I is silent, D is disabled. It forgets all
of it at every reload and takes everybody for A then; the second letter is X until a question has
been answered or has stayed without an answer, and P from then on. Its times are whole
milliseconds, rounded down: a provider in the same building has 0 for all of them.
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
            answers = _answers(place["FLAGS"])
            rtt_ms = float(place["LATENCY"]["AVG"]) if answers else None
            yield (place["URI"], Ping(answers=answers, rtt_ms=rtt_ms))


def _answers(flags: str) -> bool | None:
    if flags.startswith(("I", "D")):
        return False
    return True if flags == "AP" else None
