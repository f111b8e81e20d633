"""Voice quality: what one stream of audio was like, and how a listener would rate it.

The rating is the E-model's (ITU-T G.107) with its delay term as Cole and Rosenbluth put it
("Voice over IP performance monitoring", 2001, eq. 9) and the codecs' figures of ITU-T G.113
Appendix I. It knows the network's part only: it cannot hear a bad microphone or an echo.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_BEST_R = 93.2
"""A call without delay and loss, with everything else as G.107 assumes."""

_IMPAIRMENT = {"G729": (11.0, 19.0), "GSM": (20.0, 10.0)}
_LIKE_G711 = (0.0, 25.1)
"""Equipment impairment and robustness to loss (Ie, Bpl), G.113 Table I.1 and I.4. For a codec it
gives no figures for, those of G.711 with concealment are taken."""

_PACKET_MS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One direction of a stream: packets that came, packets that did not, or too late to be
    played, and how unevenly they came (RFC 3550 §6.4.1)."""

    packets: int = 0
    lost: int = 0
    late: int = 0
    jitter_ms: float = 0.0

    @property
    def loss(self) -> float:
        """The share that was not heard, from 0 to 1."""
        expected = self.packets + self.lost
        return min(1.0, (self.lost + self.late) / expected) if expected else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream of audio with one party: what we heard of it (``heard``), what it heard of us as
    far as its RTCP told (``told``), and the round trip, 0 where it did not tell."""

    codec: str
    heard: Way
    told: Way
    round_trip_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LegQuality:
    """What is kept of a leg. The ratings are 1 (nobody would bear it) to 4.4; 0: nothing came."""

    id: str  # the leg's
    call_id: str
    codec: str
    heard_packets: int
    heard_lost: int
    heard_late: int
    heard_jitter_ms: float
    heard_mos: float
    told_packets: int
    told_lost: int
    told_jitter_ms: float
    told_mos: float
    round_trip_ms: float
    peer: str = ""  # the telephone's number, the line or the trunk
    ended_at: float = 0.0  # Unix seconds


def mos(codec: str, way: Way, round_trip_ms: float) -> float:
    """How a listener would rate one direction: 1.0 to 4.4; 0.0 when nothing came."""
    if not way.packets:
        return 0.0
    delay_ms = round_trip_ms / 2 + 2 * way.jitter_ms + _PACKET_MS
    late = max(0.0, delay_ms - 177.3)
    delay_impairment = 0.024 * delay_ms + 0.11 * late
    impairment, robustness = _IMPAIRMENT.get(codec.upper(), _LIKE_G711)
    percent = 100 * way.loss
    loss_impairment = impairment + (95 - impairment) * percent / (percent + robustness)
    rating = _BEST_R - delay_impairment - loss_impairment
    if rating <= 0:
        return 1.0
    score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6
    return round(max(1.0, score), 2)


def of_leg(
    leg_id: str, call_id: str, streams: Iterable[Stream], *, peer: str = "", ended_at: float = 0.0
) -> LegQuality | None:
    """A leg's streams together (a re-INVITE begins a new one); None when it had no audio."""
    found = [stream for stream in streams if stream.heard.packets or stream.told.packets]
    if not found:
        return None
    heard = _together([stream.heard for stream in found])
    told = _together([stream.told for stream in found])
    longest = max(found, key=lambda stream: stream.heard.packets)
    round_trip_ms = max(stream.round_trip_ms for stream in found)
    return LegQuality(
        id=leg_id,
        call_id=call_id,
        codec=longest.codec,
        heard_packets=heard.packets,
        heard_lost=heard.lost,
        heard_late=heard.late,
        heard_jitter_ms=heard.jitter_ms,
        heard_mos=mos(longest.codec, heard, round_trip_ms),
        told_packets=told.packets,
        told_lost=told.lost,
        told_jitter_ms=told.jitter_ms,
        told_mos=mos(longest.codec, told, round_trip_ms),
        round_trip_ms=round(round_trip_ms, 1),
        peer=peer,
        ended_at=ended_at,
    )


def _together(ways: list[Way]) -> Way:
    packets = sum(way.packets for way in ways)
    weighted = sum(way.jitter_ms * way.packets for way in ways)
    return Way(
        packets=packets,
        lost=sum(way.lost for way in ways),
        late=sum(way.late for way in ways),
        jitter_ms=round(weighted / packets, 1) if packets else 0.0,
    )
