"""The items of the live page, computed from the board: pure.

An item is one thing that appears, changes and goes as a whole: a call, a line, a queue's card.
Comparing two lists of items tells what a browser must be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.daemons import daemons
from firmware.link.board import PowerRow
from firmware.link.internet import InternetRow
from firmware.link.phones import PhoneRow, WindowRow
from firmware.link.rows import AgentRow, CallRow, ExtensionRow, LegRow, LineRow, QueueRow, TrunkRow
from firmware.model.line import LineState
from web.live.alarms import Alarm, alarms_of
from web.live.board import Picture
from web.live.board import rows_of as _rows
from web.live.box import Backups, Disk, Health

NOT_IN_USE = frozenset({LineState.FAULT, LineState.CUT, LineState.IDLE, LineState.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """The notice that a daemon cannot be reached."""

    daemon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The figures at the top. None when the daemon that knows is away."""

    calls: int | None
    waiting: int | None
    lines_busy: int | None
    lines: int | None
    registered: int | None
    extensions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call; ``place_title`` is the queue's title or the person's name where it is now."""

    row: CallRow
    place_kind: str
    place_name: str
    place_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue with its callers, longest waiting first, and its agents."""

    row: QueueRow
    agents: tuple[AgentRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line."""

    row: LineRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """One extension; ``busy`` while a leg of a call stands for it."""

    row: ExtensionRow
    busy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """One SIP trunk."""

    row: TrunkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """One daemon of the box, and what it says of itself."""

    name: str
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The box's disk and backups."""

    disk: Disk | None
    backups: Backups | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """The telephones that the box configures."""

    adopted: int
    waiting: int  # seen, and nobody has said yet whose they are


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state of the box's power or internet. The last two are of a battery, None: not known."""

    kind: str  # "power", "internet"
    state: str
    charge_percent: float | None = None
    minutes_left: float | None = None


View = (
    Away | Totals | Call | Queue | Line | Extension | Trunk | Daemon | Storage | Phones | State
    | Alarm
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the page: ``list`` and ``id`` are element ids, ``order`` sorts the list."""

    list: str
    id: str
    order: str
    view: View


def items_of(picture: Picture) -> dict[str, Item]:
    """Every item of the page by id."""
    items = [
        *(
            Item(list="aways", id=f"away-{daemon}", order=daemon, view=Away(daemon=daemon))
            for daemon in picture.away
        ),
        *_alarms(picture),
        Item(list="totals", id="totals-all", order="", view=_totals(picture)),
        *_calls(picture),
        *_queues(picture),
        *_lines(picture),
        *_trunks(picture),
        *_extensions(picture),
        *_box(picture),
    ]
    return {item.id: item for item in items}


def _totals(picture: Picture) -> Totals:
    switch, lines, edge = (name not in picture.away for name in ("switchd", "lined", "edge"))
    rows_of_lines = _rows(picture, LineRow, "line")
    extensions = _rows(picture, ExtensionRow, "extension")
    waiting = sum(len(queue.waiting) for queue in _rows(picture, QueueRow, "queue").values())
    return Totals(
        calls=len(picture.rows.get("call", {})) if switch else None,
        waiting=waiting if switch else None,
        lines_busy=sum(row.state not in NOT_IN_USE for row in rows_of_lines.values())
        if lines
        else None,
        lines=len(rows_of_lines) if lines else None,
        registered=sum(row.registered for row in extensions.values()) if edge else None,
        extensions=len(extensions) if edge else None,
    )


def _calls(picture: Picture) -> Iterable[Item]:
    queues = _rows(picture, QueueRow, "queue")
    extensions = _rows(picture, ExtensionRow, "extension")
    for row in _rows(picture, CallRow, "call").values():
        kind, _, name = row.place.partition(":")
        title = ""
        if kind == "queue" and name in queues:
            title = queues[name].title
        elif kind == "extension" and name in extensions:
            title = extensions[name].name
        view = Call(row=row, place_kind=kind, place_name=name, place_title=title)
        order = f"{row.started_at:017.3f} {_natural(row.id)}"
        yield Item(list="calls", id=_element("call", row.id), order=order, view=view)


def _queues(picture: Picture) -> Iterable[Item]:
    agents = sorted(_rows(picture, AgentRow, "agent").values(), key=lambda row: _natural(row.id))
    for row in _rows(picture, QueueRow, "queue").values():
        members = tuple(agent for agent in agents if row.id in agent.queues)
        view = Queue(row=row, agents=members)
        yield Item(list="queues", id=_element("queue", row.id), order=_natural(row.id), view=view)


def _lines(picture: Picture) -> Iterable[Item]:
    for row in _rows(picture, LineRow, "line").values():
        yield Item(
            list="lines",
            id=_element("line", row.id),
            order=_natural(row.id),
            view=Line(row=row),
        )


def _extensions(picture: Picture) -> Iterable[Item]:
    legs = _rows(picture, LegRow, "leg").values()
    parties = {leg.party for leg in legs}
    for row in _rows(picture, ExtensionRow, "extension").values():
        yield Item(
            list="extensions",
            id=_element("extension", row.id),
            order=_natural(row.id),
            view=Extension(row=row, busy=row.id in parties),
        )


def _alarms(picture: Picture) -> Iterable[Item]:
    for alarm in alarms_of(picture):
        ident = _element(f"alarm-{alarm.kind}", alarm.subject)
        yield Item(list="alarms", id=ident, order=alarm.order, view=alarm)


def _trunks(picture: Picture) -> Iterable[Item]:
    for row in _rows(picture, TrunkRow, "trunk").values():
        ident = _element("trunk", row.id)
        yield Item(list="trunks", id=ident, order=_natural(row.id), view=Trunk(row=row))


def _box(picture: Picture) -> Iterable[Item]:
    """What is known of the box itself; what nobody has told yet is left out."""
    for state in standing(picture):
        yield Item(list="states", id=f"state-{state.kind}", order=state.kind, view=state)
    box = picture.box
    if box.disk is not None or box.backups is not None:
        storage = Storage(disk=box.disk, backups=box.backups)
        yield Item(list="storage", id="box-storage", order="", view=storage)
    if _rows(picture, WindowRow, "window"):
        states = [row.state for row in _rows(picture, PhoneRow, "phone").values()]
        phones = Phones(adopted=states.count("adopted"), waiting=states.count("seen"))
        yield Item(list="fleet", id="box-phones", order="", view=phones)
    for index, name in enumerate(daemons()):
        if name not in picture.away and name in box.daemons:
            daemon = Daemon(name=name, health=box.daemons[name])
            yield Item(list="daemons", id=f"daemon-{name}", order=str(index), view=daemon)


def standing(picture: Picture) -> Iterable[State]:
    """How the power and the internet stand, as far as something tells."""
    for power in _rows(picture, PowerRow, "power").values():
        if power.mains is not None:  # else the box has nothing that tells
            yield State(
                kind="power",
                state=power.state,
                charge_percent=power.charge_percent,
                minutes_left=power.minutes_left,
            )
    for internet in _rows(picture, InternetRow, "internet").values():
        yield State(kind="internet", state=internet.state)


def _element(kind: str, ident: str) -> str:
    """An element's id. What is not a plain letter or digit is spelled out, so that no two
    rows share one and the page's script may look it up as it is."""
    safe = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in ident)
    return f"{kind}-{safe}"


def _natural(ident: str) -> str:
    """An order in which "fxo-2" comes before "fxo-10", by plain comparison of strings."""
    parts, run = [], ""
    for letter in f"{ident}\0":
        if letter.isascii() and letter.isdigit():
            run += letter
            continue
        if run:
            parts.append(run.rjust(12, "0"))
            run = ""
        parts.append(letter)
    return "".join(parts).rstrip("\0")
