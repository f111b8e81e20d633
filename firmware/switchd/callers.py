"""Who calls from outside: the name the office knows them by, and whether they are let in.

The phonebook is looked up in memory; it is read from the disk when switchd starts and when
somebody changed it. While it cannot be read, the one that was read last stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from sqlite_utils import Database

from firmware.model.cause import Cause
from firmware.model.contact import Block, BlockAnswer
from firmware.phonebook import number
from firmware.phonebook.index import Phonebook
from firmware.store import contacts
from firmware.switchd.call import Call, Origin
from firmware.switchd.disk import Disk, DiskFault
from firmware.switchd.scripts.refuse import refuse, refuse_at_once

log = logging.getLogger(__name__)


class Callers:
    """The phonebook in use. ``country`` is asked at every reading: it may be reconfigured."""

    def __init__(self, disk: Disk, country: Callable[[], str]) -> None:
        self._disk = disk
        self._country = country
        self._reading: asyncio.Task[None] | None = None
        self._again = False
        self.book = Phonebook(country=country())

    def introduce(self, origin: Origin) -> Origin:
        """A call from outside with the caller's name and language as the phonebook has them,
        which people chose, and the network did not."""
        if not origin.line or (contact := self.book.find(origin.caller)) is None:
            return origin
        language = contact.language or origin.language
        return replace(origin, caller_name=contact.shown, language=language)

    def block_of(self, origin: Origin) -> Block | None:
        """Why a caller from outside is not let in; None when they are."""
        return self.book.block_of(origin.caller) if origin.line else None

    def is_vip(self, number: str) -> bool:
        """Whether the phonebook knows a number as that of somebody important."""
        contact = self.book.find(number) if number else None
        return contact is not None and contact.is_vip

    def refresh(self) -> None:
        """Read the phonebook anew; returns at once. Asked during a reading, it is read once more
        after it."""
        if self._reading is not None and not self._reading.done():
            self._again = True
            return
        self._reading = asyncio.get_running_loop().create_task(self.read())

    async def read(self) -> None:
        """Read the phonebook anew."""
        country, self._again = self._country(), False
        try:
            self.book = await self._disk.do(lambda db: _book(db, country))
        except DiskFault as error:
            log.error("the phonebook cannot be read; the last one stays: %s", error)
        else:
            log.info("phonebook: %d numbers", len(self.book))
        if self._again:
            await self.read()


async def turn_away(call: Call, block: Block) -> None:
    """End the call of somebody who is blocked.

    Raises:
        LegGone: the caller did not wait for the end of the announcement.
    """
    call.note("blocked", f"{block.kind} {block.value}".strip())
    if block.answer is BlockAnswer.UNUSED:
        await refuse(call, Cause.UNALLOCATED_NUMBER)
    else:
        await refuse_at_once(call, Cause.CALL_REJECTED)


def _book(db: Database, country: str) -> Phonebook:
    number.prepare()
    return Phonebook(contacts.everyone(db), contacts.blocks(db), country)
