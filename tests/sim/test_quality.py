"""What is kept of the voice quality of a call, with real telephones: which one is bad is seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware.model.quality import LegQuality
from firmware.store.db import open_store
from firmware.store.quality import by_peer
from tests.rig.box import Box
from tests.rig.sim import assert_no_calls, box_of_four
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.test_transfer import A, B, talk


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with box_of_four() as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


def qualities(box: Box) -> dict[str, LegQuality]:
    """The newest call's, by party."""
    with closing(open_store(box.home)) as db:
        rows = db.query(
            "SELECT legs.party AS party, leg_quality.* FROM leg_quality JOIN legs USING (id)"
        )
        return {row.pop("party"): LegQuality(**row) for row in rows}


def test_a_telephone_that_hears_badly_is_told_from_one_that_hears_well(
    phones: Telephones, box: Box
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B, loss_percent=20)
    talk(a, b)
    # RTCP comes every five seconds: two reports of what each telephone heard.
    until(lambda: a.heard("a").length_s > 11.0, 20, "eleven seconds are heard")
    a.hang_up()
    until(lambda: set(qualities(box)) == {A, B}, 10, "both legs' quality is kept")
    good, bad = qualities(box)[A], qualities(box)[B]
    for one in (good, bad):  # what the box heard
        assert one.heard_packets > 500
        assert one.heard_lost == 0
        assert one.heard_mos > 4.2
        assert 0.0 < one.round_trip_ms < 50.0
    assert good.told_lost == 0
    assert good.told_mos > 4.2
    assert 0.1 < bad.told_lost / (bad.told_packets + bad.told_lost) < 0.3
    assert bad.told_mos < 3.3
    with closing(open_store(box.home)) as db:
        worst, best = by_peer(db, since=0.0)
    assert (worst.peer, worst.poor_legs, worst.told_mos) == (B, 1, bad.told_mos)
    assert (best.peer, best.poor_legs) == (A, 0)
