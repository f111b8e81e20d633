"""An office with a call centre, and what its callers and agents do."""

from __future__ import annotations

import asyncio

from firmware.config.schema import Extension, Switch
from firmware.config.sections.queues import (
    CallbackOffer,
    Queue,
)
from firmware.model.queue_event import QueueEvent
from tests.unit.outside_bench import office
from tests.unit.switchd_bench import settle

PEOPLE = tuple(
    Extension(number=str(n), name=f"P{n}", password=f"not-a-secret-{n}", pin="2580")
    for n in (101, 102, 103, 104, 105)
)


def centre(agents=(), reasons=(), **rule):
    """An office with the queue 600, whose members are 101 and 102."""
    parts = {"name": "support", "number": "600", "title": "Support", "members": ("101", "102")}
    queues = (
        Queue(**(parts | {"wrap_up_s": 4.0} | rule)),
        Queue(name="sales", number="601", title="Sales", members=("103",)),
    )
    return office(
        extension=(*PEOPLE, Extension(number="201", name="Desk")),
        queue=queues,
        agent=agents,
        pause_reason=reasons,
        switch=Switch(max_calls=50, ring_timeout_s=20.0),
    )


def played(rig):
    return [
        line.removeprefix("play ").removesuffix(" en") for line in rig.studio.log if "play " in line
    ]


def events(rig, *names):
    kept = [r for r in rig.ledger.records if isinstance(r, QueueEvent)]
    return [one for one in kept if not names or one.name in names]


def uris(rig):
    return [d.uri.partition("@")[0].removeprefix("sip:") for d in rig.stack.dialled]


def agent(rig, number):
    return next(row for row in rig.rows("agent") if row.id == number)


def waiting(rig, queue="support"):
    return [c.caller for row in rig.rows("queue") if row.id == queue for c in row.waiting]


async def caller(rig, number="0912", queue="600", line="fxo-2"):
    """Somebody who waits in the queue."""
    dialog = rig.call(queue, sender=number, asserted=True)
    await settle()
    return dialog


async def code(rig, dialled, sender, keys=""):
    """Somebody dials a feature code and hears it out."""
    dialog = rig.call(dialled, sender=sender)
    await settle()
    for key in keys:
        dialog.leg.on_digit(key)
    await asyncio.sleep(8.0)
    return dialog


def hold_office(**rule):
    return centre(callback=CallbackOffer(digit="2", retry_s=(60.0,)), members=("101",), **rule)


async def promise(rig, number="104"):
    """A caller who has agreed on a callback."""
    one = await caller(rig, number)
    one.leg.on_digit("2")
    await settle()
    one.leg.on_digit("1")
    await settle()
    await asyncio.sleep(3.0)
    assert one.leg.is_gone
    return one
