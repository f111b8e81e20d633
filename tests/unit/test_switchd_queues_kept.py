"""What the call centre remembers over a stop without a goodbye."""

from __future__ import annotations

import asyncio

from firmware.config.sections.queues import (
    Announcements,
    CallbackOffer,
    PauseReason,
)
from firmware.model.acd_piece import AcdPiece
from firmware.switchd.queues.memory import remembered
from tests.jump import run
from tests.unit.callcentre_bench import (
    agent,
    caller,
    centre,
    promise,
    uris,
    waiting,
)
from tests.unit.outside_bench import Outdoors
from tests.unit.switchd_bench import Rig, settle

# -- nothing on the path of an offer waits ----------------------------------------------------


def kept_by(rig):
    pieces = {}
    for record in rig.ledger.records:
        if isinstance(record, AcdPiece):
            pieces[record.id] = record
    return remembered(one for one in pieces.values() if one.piece)


class Restarted(Rig):
    """The exchange after a stop without a goodbye, with what its store has."""

    def __init__(self, site, kept):
        self.kept = kept
        super().__init__(site)

    def open(self):
        self.exchange.open(self.stack, self.studio, self.kept)


def test_after_a_crash_agents_callbacks_and_places_are_as_they_were():
    site = centre(
        members=("101", "102"),
        reasons=(PauseReason(name="lunch", digit="3", title="Lunch"),),
        callback=CallbackOffer(digit="2"),
        announce=Announcements(first_s=None),
    )

    async def before():
        rig = Outdoors(site)
        staff = rig.exchange.queues.staff
        staff.pause("101", "lunch")
        staff.log_out("102", by="test")
        await promise(rig, "104")
        await caller(rig, "105")
        await asyncio.sleep(1.0)
        await caller(rig, "103")
        await asyncio.sleep(1.5)  # the memory is written once a second
        return kept_by(rig)

    async def after(kept):
        await asyncio.sleep(10.0)
        rig = Restarted(site, kept)
        await settle()
        assert (agent(rig, "101").state, agent(rig, "101").reason) == ("paused", "lunch")
        assert agent(rig, "102").state == "logged_out"
        assert [row.callback for q in rig.rows("queue") for row in q.waiting] == ["104"]
        await caller(rig, "103")
        await asyncio.sleep(1.0)
        await caller(rig, "105")  # calls again later, and was before
        assert waiting(rig)[1:] == ["105", "103"]
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(1.0)
        assert uris(rig) == ["104"]  # the promise is kept

    kept = run(before())
    assert kept is not None
    run(after(kept))


def test_a_memory_that_cannot_be_read_does_not_keep_the_exchange_from_starting():
    async def story():
        broken = ({"now": 1.0, "version": 1, "agents": {"101": {"logged_in": "?"}}}, 1.0)
        rig = Restarted(centre(), broken)
        await settle()
        assert agent(rig, "101").state == "available"
        one = await caller(rig, "104")
        assert uris(rig) == ["101"]
        one.leave()
        await settle()

    run(story())
