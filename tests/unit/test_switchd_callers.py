"""Callers from outside are introduced by the phonebook's name, and blocked ones stay outside."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from firmware.model.cause import Cause
from firmware.model.contact import Block, BlockAnswer, BlockKind, Contact, ContactNumber
from firmware.model.record import Disposition
from firmware.store import contacts
from firmware.switchd.disk import DiskFault
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle

MARYAM = Contact(name="مریم احمدی", numbers=(ContactNumber(number="0912 111 1111"),), language="fa")


async def with_phonebook(*entries):
    """A rig whose phonebook has ``entries``, read as switchd reads it when told to."""
    rig = Rig()
    db = rig.exchange.callers._disk.db
    for entry in entries:
        (contacts.add if isinstance(entry, Contact) else contacts.block)(db, entry)
    rig.exchange.callers.refresh()
    await settle()
    return rig


def test_a_caller_from_outside_is_called_as_the_phonebook_calls_them():
    async def story():
        rig = await with_phonebook(MARYAM)
        rig.call("", sender="09121111111", line="fxo-1")
        await settle()
        assert rig.rows("call")[0].caller_name == "مریم احمدی"
        assert rig.studio.log[0] == "play welcome fa"  # the office's language is English

    run(story())


def test_the_name_is_shown_on_the_telephone_that_rings():
    async def story():
        rig = await with_phonebook(MARYAM)
        shown = []
        dial = rig.stack.dial
        rig.stack.dial = lambda *a, **k: shown.append(k["caller_name"]) or dial(*a, **k)
        caller = rig.call("", sender="09121111111", line="fxo-1")
        await settle()
        caller.leg.on_digit("2")  # to extension 102
        await settle()
        assert shown == ["مریم احمدی"]

    run(story())


def test_an_extension_keeps_its_own_name_and_is_never_blocked():
    async def story():
        rig = await with_phonebook(
            Contact(name="Somebody", numbers=(ContactNumber(number="102"),)),
            Block(kind=BlockKind.NUMBER, value="102"),
        )
        rig.call("101", sender="102")
        await settle()
        assert rig.rows("call")[0].caller_name == "Omar"

    run(story())


@pytest.mark.parametrize(
    ("block", "sender"),
    [
        (Block(kind=BlockKind.NUMBER, value="0912 111 1111"), "+989121111111"),
        (Block(kind=BlockKind.PATTERN, value="0912."), "09121111111"),
        (Block(kind=BlockKind.WITHHELD), ""),
    ],
)
def test_a_blocked_caller_is_refused_at_once_and_put_on_record(block, sender):
    async def story():
        rig = await with_phonebook(block)
        caller = rig.call("", sender=sender, line="fxo-1")
        await settle()
        assert caller.said == ["end CALL_REJECTED"]
        assert rig.studio.log == []
        record = rig.ledger.last_call
        assert (record.disposition, record.cause) == (Disposition.BUSY, Cause.CALL_REJECTED)
        assert f"blocked {block.kind} {block.value}".strip() in rig.ledger.story

    run(story())


def test_a_blocked_caller_may_hear_that_the_number_is_not_in_use():
    async def story():
        rig = await with_phonebook(Block(kind=BlockKind.WITHHELD, answer=BlockAnswer.UNUSED))
        caller = rig.call("", sender="anonymous", line="fxo-1")
        await settle()
        assert caller.said == ["183"]
        await asyncio.sleep(3)
        assert caller.said == ["183", "end UNALLOCATED_NUMBER"]
        assert rig.studio.log[0] == "play unknown_number en"

    run(story())


def test_somebody_else_is_let_in():
    async def story():
        rig = await with_phonebook(Block(kind=BlockKind.NUMBER, value="09122222222"))
        caller = rig.call("", sender="09121111111", line="fxo-1")
        await settle()
        assert caller.said == ["200"]

    run(story())


def test_a_store_that_cannot_be_read_leaves_the_last_phonebook(caplog):
    async def story():
        rig = await with_phonebook(MARYAM)
        callers = rig.exchange.callers

        async def broken(work):
            raise DiskFault("disk I/O error") from sqlite3.OperationalError()

        callers._disk.do = broken
        callers.refresh()
        await settle()
        assert callers.book.find("09121111111").name == "مریم احمدی"
        assert "the last one stays: disk I/O error" in caplog.text

    run(story())


def test_a_change_during_a_reading_is_read_as_well():
    async def story():
        rig = await with_phonebook()
        callers = rig.exchange.callers
        db, may_go_on = callers._disk.db, asyncio.Event()

        async def slow(work):
            book = work(db)
            await may_go_on.wait()
            return book

        callers._disk.do = slow
        callers.refresh()
        await settle()
        contacts.add(db, MARYAM)
        callers.refresh()
        may_go_on.set()
        await settle()
        assert callers.book.find("09121111111") is not None

    run(story())
