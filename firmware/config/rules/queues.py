"""Rules of the call centre: members, tiers, ways out, keys, pause reasons."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.config.problem import Problem
from firmware.config.reading import MASK
from firmware.config.rules.parts import Item, items, missing, repeated, section, texts
from firmware.config.scalar import shown

_CALLBACK_DIGIT = "2"


def agents(document: Item) -> frozenset[str]:
    """The numbers of agents who have a section of their own."""
    return frozenset(
        str(agent["number"]) for _path, agent in items(document, "agent") if agent.get("number")
    )


def destinations(document: Item) -> Iterator[tuple[str, str | None]]:
    """The path and the text of each place that callers are led to."""
    for path, queue in items(document, "queue"):
        for key in ("overflow", "exit"):
            for place, item in items(queue, key):
                yield f"{path}.{place}.to", item.get("to")


def check(document: Item, known: Item) -> Iterator[Problem]:
    """Every problem of these sections."""
    people = known["extension"] | known["agent"]
    for path, queue in items(document, "queue"):
        for place, member in texts(path, queue, "members"):
            if member not in people:
                reason = "no extension has this number"
                yield missing(place, member, reason, people)
        yield from _places(path, queue)
        yield from _keys(path, queue)
        yield from repeated(
            [(f"{path}.{p}.reason", o["reason"]) for p, o in _written(queue, "overflow", "reason")],
            "a second way out for this reason",
        )
        yield from _targets(path, queue)
    yield from _agents(document, known)
    for key in ("name", "digit"):
        pairs = [(f"{p}.{key}", r[key]) for p, r in _written(document, "pause_reason", key)]
        yield from repeated(pairs, f"a second pause reason of this {key}")


def _written(document: Item, name: str, key: str) -> Iterator[tuple[str, Item]]:
    return ((path, item) for path, item in items(document, name) if item.get(key))


def _places(path: str, queue: Item) -> Iterator[Problem]:
    members = queue.get("members")
    here = set(members if isinstance(members, list) else ())
    pairs = [(f"{path}.{p}.member", i["member"]) for p, i in _written(queue, "place", "member")]
    yield from repeated(pairs, "the same member twice")
    for place, member in pairs:
        if member not in here:
            yield missing(place, member, "is no member of this queue", map(str, here))


def _keys(path: str, queue: Item) -> Iterator[Problem]:
    pairs = [(f"{path}.{p}.digit", i["digit"]) for p, i in _written(queue, "exit", "digit")]
    callback = section(queue, "callback")
    if "callback" in queue and queue["callback"] is not None:
        digit = callback.get("digit", _CALLBACK_DIGIT)
        if digit:
            pairs.append((f"{path}.callback.digit", digit))
    yield from repeated(pairs, "this key a second time")


def _targets(path: str, queue: Item) -> Iterator[Problem]:
    for place, item in items(queue, "overflow"):
        if item.get("to") and item["to"] == f"queue:{queue.get('name')}":
            yield Problem(
                path=f"{path}.{place}.to",
                value=shown(item["to"]),
                reason="leads back into the same queue, again and again",
                suggestion="name another queue, an extension or voicemail",
            )


def _agents(document: Item, known: Item) -> Iterator[Problem]:
    pairs = [(f"{p}.number", a["number"]) for p, a in _written(document, "agent", "number")]
    yield from repeated(pairs, "a second agent of this number")
    for path, agent in items(document, "agent"):
        number, telephone = agent.get("number"), agent.get("telephone")
        if number and number not in known["extension"] and "telephone" not in agent:
            yield Problem(
                path=f"{path}.telephone",
                reason=f'is missing: no extension is "{number}"',
                suggestion="write telephone: NUMBER, as it would be dialled inside",
            )
        if telephone and telephone == number:
            yield Problem(
                path=f"{path}.telephone",
                value=shown(telephone),
                reason="is the agent's own number",
                suggestion="leave it out",
            )
        calendar = agent.get("calendar")
        if calendar and calendar not in known["calendar"]:
            reason = "no calendar has this name"
            yield missing(f"{path}.calendar", calendar, reason, known["calendar"])
        pin = agent.get("pin")
        if pin is not None and not (pin != MASK and pin.isascii() and pin.isdigit()):
            yield Problem(path=f"{path}.pin", value=MASK, reason="must be digits: it is keyed in")
