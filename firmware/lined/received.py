"""Messages that come to the SIMs: kept, joined, shown, and only then deleted from the SIM."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from firmware.model.sms import LATE_S, Joiner, Piece, SmsPart, SmsRecord, SmsState
from hw.modem.pdu import BadPdu, Deliver, decode

log = logging.getLogger(__name__)


class Received:
    """``keep`` puts a record into the store; ``then_stored`` runs a function in the daemon's
    thread once all that was put is on the disk; ``show`` makes a message known."""

    def __init__(
        self,
        *,
        keep: Callable[[SmsRecord | SmsPart], None],
        then_stored: Callable[[Callable[[], None]], None],
        show: Callable[[str, SmsRecord], None],
        wall_clock: Callable[[], float],
    ) -> None:
        self._keep = keep
        self._then_stored = then_stored
        self._show = show
        self._wall_clock = wall_clock
        self._joiner = Joiner()
        self._known: dict[str, float] = {}
        self._gapped: set[str] = set()  # messages that were shown though parts are missing

    def restore(self, parts: list[SmsPart]) -> None:
        """Take up the parts of the last week: a crash may have left their message half, or left
        on the SIM what is in the store already."""
        self._known = {part.id: part.at for part in parts}
        pieces = [_piece(part.id, part.line, part.pdu, part.at) for part in parts]
        self._joiner.restore([p for p in pieces if isinstance(p, Piece)], self._wall_clock())

    def take(self, line: str, pdu: str, delete: Callable[[], None] | None) -> None:
        """A PDU came on ``line``; ``delete`` removes it from the SIM."""
        now = self._wall_clock()
        ident = hashlib.sha256(f"{line} {pdu.upper()}".encode()).hexdigest()[:20]
        if ident not in self._known:
            self._known[ident] = now
            self._add(ident, line, pdu, now)
        if delete is not None:
            self._then_stored(delete)

    def look(self) -> None:
        """Show the messages whose parts have been waited for long enough, and forget what is too
        old to matter. Call it every minute or so."""
        now = self._wall_clock()
        self._known = {ident: at for ident, at in self._known.items() if now - at < LATE_S}
        for message in self._joiner.due(now):
            self._gapped.add(message.id)
            self._keep(message)
            self._show("received", message)

    def _add(self, ident: str, line: str, pdu: str, at: float) -> None:
        piece = _piece(ident, line, pdu, at)
        if isinstance(piece, SmsRecord):
            log.warning("line %s: a message that cannot be read (%s) is kept", line, piece.fault)
            self._keep(SmsPart(id=ident, sms_id=ident, line=line, pdu=pdu, at=at))
            self._keep(piece)
            self._show("received", piece)
            return
        sms_id, message = self._joiner.add(piece)
        self._keep(SmsPart(id=ident, sms_id=sms_id, line=line, pdu=pdu, at=at))
        if message is not None:
            log.info("line %s: message %s of %d parts", line, message.id, message.parts)
            self._keep(message)
            self._show("changed" if message.id in self._gapped else "received", message)


def _piece(ident: str, line: str, pdu: str, at: float) -> Piece | SmsRecord:
    """The part as it reads, or a record that says why it cannot be read."""
    try:
        found = decode(pdu)
    except BadPdu as error:
        return _unreadable(ident, line, at, str(error))
    if not isinstance(found, Deliver):
        return _unreadable(ident, line, at, "not a message from the network")
    place = found.part
    return Piece(
        id=ident,
        line=line,
        number=found.sender,
        text=found.text,
        at=at,
        network_at=found.sent_at,
        reference=None if place is None else place.reference,
        count=1 if place is None else place.count,
        position=1 if place is None else place.position,
    )


def _unreadable(ident: str, line: str, at: float, why: str) -> SmsRecord:
    return SmsRecord(
        id=ident,
        line=line,
        direction="inbound",
        number="",
        text="",
        at=at,
        state=SmsState.UNREADABLE,
        fault=why,
    )
