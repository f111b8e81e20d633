"""The E-model against the figures it was published with."""

from __future__ import annotations

import pytest

from firmware.model.quality import Stream, Way, mos, of_leg


@pytest.mark.parametrize(
    ("codec", "loss_percent", "round_trip_ms", "expected"),
    [
        ("PCMA", 0, 0, 4.40),  # G.107 §B: R = 93.2 is a MOS of 4.41
        ("PCMA", 0, 300, 4.31),  # 170 ms one way, below the knee of 177.3 ms
        ("PCMA", 0, 800, 2.91),  # 420 ms one way: R = 93.2 - 10.1 - 26.7
        ("G729", 0, 0, 4.11),  # Ie = 11
        ("PCMU", 2, 0, 4.20),  # Bpl = 25.1: Ie,eff = 7.0
        ("PCMU", 20, 0, 2.61),
        ("G729", 20, 0, 1.96),
    ],
)
def test_mos(codec: str, loss_percent: int, round_trip_ms: float, expected: float) -> None:
    way = Way(packets=100 - loss_percent, lost=loss_percent)
    assert mos(codec, way, round_trip_ms) == pytest.approx(expected, abs=0.06)


def test_nothing_heard_is_rated_zero_and_nothing_borne_is_one() -> None:
    assert mos("PCMA", Way(), 0.0) == 0.0
    assert mos("PCMA", Way(packets=1, lost=99), 5000.0) == 1.0


def test_more_of_anything_bad_is_never_better() -> None:
    ratings = [
        mos("PCMA", Way(packets=1000 - lost, lost=lost, jitter_ms=jitter), delay)
        for lost, jitter, delay in [
            (0, 0, 0),
            (10, 0, 0),
            (10, 30, 0),
            (10, 30, 400),
            (900, 30, 400),
        ]
    ]
    assert ratings == sorted(ratings, reverse=True)


def test_the_streams_of_a_leg_count_together() -> None:
    def stream(codec: str, packets: int, lost: int, jitter_ms: float) -> Stream:
        way = Way(packets=packets, lost=lost, jitter_ms=jitter_ms)
        return Stream(codec=codec, heard=way, told=Way(), round_trip_ms=packets / 100)

    quality = of_leg("1.1", "1", [stream("PCMA", 100, 0, 1.0), stream("G722", 300, 4, 5.0)])
    assert quality is not None
    assert (quality.codec, quality.heard_packets, quality.heard_lost) == ("G722", 400, 4)
    assert quality.heard_jitter_ms == 4.0
    assert quality.round_trip_ms == 3.0
    assert quality.told_mos == 0.0
    assert of_leg("1.1", "1", []) is None
    assert of_leg("1.1", "1", [stream("PCMA", 0, 0, 0.0)]) is None
