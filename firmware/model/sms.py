"""Short messages: what one is, what became of it, and how the parts of a long one are joined.

Pure. A part is what a SIM holds; a message is what a person reads. Parts of one message bear the
same reference, come in any order, late, twice, or never.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

WAIT_S = 900.0
"""How long the parts of a message are waited for; then what there is is shown."""

LATE_S = 7 * 86400.0
"""How long a part may still complete a message that was shown with a gap: networks keep what
they could not deliver for a week at most."""

GAP = "[…]"


class SmsState(StrEnum):
    RECEIVED = "received"
    INCOMPLETE = "incomplete"  # received; parts are missing and may still come
    UNREADABLE = "unreadable"  # received; the fault says why, its PDU is kept
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"  # the network has all of it
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsRecord:
    """One short message, as the store keeps it."""

    id: str
    line: str
    direction: str  # "inbound" | "outbound"
    number: str
    text: str
    at: float  # Unix seconds: received, or handed over to be sent
    state: SmsState
    fault: str = ""
    network_at: float | None = None  # the service centre's time, of a received one
    parts: int = 1
    unreported: str = ""  # references of sent parts whose report has not come: "17 18"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPart:
    """A received part, as it came. ``id`` is the same for the same PDU on the same line."""

    id: str
    sms_id: str
    line: str
    pdu: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part that has been read. ``reference`` is None for a message of one part."""

    id: str
    line: str
    number: str
    text: str
    at: float
    network_at: float | None
    reference: int | None = None
    count: int = 1
    position: int = 1


@dataclass(slots=True)
class _Group:
    first: Piece
    pieces: dict[int, Piece] = field(default_factory=dict)
    shown: bool = False


class Joiner:
    """Joins the pieces of messages. Times are those of the pieces; nothing here has a clock."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []

    def add(self, piece: Piece) -> tuple[str, SmsRecord | None]:
        """The id of the message that ``piece`` belongs to, and the message if it is to be shown
        now: it is whole, or has been shown with a gap before."""
        if piece.reference is None:
            return piece.id, _record(_Group(first=piece, pieces={1: piece}))
        group = self._group_of(piece)
        group.pieces[piece.position] = piece
        whole = len(group.pieces) == piece.count
        if whole:
            self._groups.remove(group)
        return group.first.id, _record(group) if whole or group.shown else None

    def due(self, now: float) -> list[SmsRecord]:
        """Messages whose parts have been waited for long enough."""
        self._groups = [g for g in self._groups if now - g.first.at < LATE_S]
        found = []
        for group in self._groups:
            if not group.shown and now - group.first.at >= WAIT_S:
                group.shown = True
                found.append(_record(group))
        return found

    def restore(self, pieces: Iterable[Piece], now: float) -> None:
        """Take up what was there before a restart. Messages that were shown are not again."""
        for piece in pieces:
            if piece.reference is not None:
                self.add(piece)
        for group in self._groups:
            group.shown = now - group.first.at >= WAIT_S

    def _group_of(self, piece: Piece) -> _Group:
        """References count to 255 only: a place that is taken, or another time, is of another
        message."""
        for group in self._groups:
            first = group.first
            same = (first.line, first.number, first.reference, first.count) == (
                piece.line,
                piece.number,
                piece.reference,
                piece.count,
            )
            if same and piece.position not in group.pieces and _near(first, piece):
                return group
        self._groups.append(_Group(first=piece))
        return self._groups[-1]


def _near(one: Piece, other: Piece) -> bool:
    """Whether both may have been sent together."""
    if one.network_at is None or other.network_at is None:
        return abs(one.at - other.at) < LATE_S
    return abs(one.network_at - other.network_at) < WAIT_S


def _record(group: _Group) -> SmsRecord:
    first = group.first
    texts = [group.pieces[n].text if n in group.pieces else GAP for n in range(1, first.count + 1)]
    missing = first.count - len(group.pieces)
    return SmsRecord(
        id=first.id,
        line=first.line,
        direction="inbound",
        number=first.number,
        text=_mended("".join(texts)),
        at=first.at,
        state=SmsState.INCOMPLETE if missing else SmsState.RECEIVED,
        fault=f"{missing} of {first.count} parts are missing" if missing else "",
        network_at=first.network_at,
        parts=first.count,
    )


def _mended(text: str) -> str:
    """``text`` with its surrogate pairs joined: a sender may have torn one between two parts."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def with_reference(message: SmsRecord, reference: int) -> SmsRecord:
    """``message`` with one more part that the network will report under ``reference``."""
    return replace(message, unreported=f"{message.unreported} {reference}".strip())


def without_reference(message: SmsRecord, reference: int) -> SmsRecord:
    """``message`` with that part reported."""
    left = message.unreported.split()
    left.remove(str(reference))
    return replace(message, unreported=" ".join(left))
