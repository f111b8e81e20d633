"""The section ``group``: ring groups, several telephones behind one number."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from firmware.config.problem import Problem
from firmware.config.scalar import shown
from firmware.config.types import Decimal, Destination, Label, Name, Number, Seconds, Section, Truth
from firmware.model.ringing import Member, RingGroup, RingStrategy

Item = Mapping[str, Any]


class GroupMember(Section):
    """An extension that rings in a group, ``delay_s`` after the others where all ring."""

    number: Number
    delay_s: Annotated[Decimal, Field(ge=0, le=300)] = 0.0


class Group(Section):
    """A ring group: telephones that ring for one number until somebody answers."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    title: Label
    members: tuple[GroupMember, ...] = Field(min_length=1)
    strategy: RingStrategy = RingStrategy.ALL
    ring_timeout_s: Seconds = 30.0  # of the whole group, where all ring
    turn_s: Seconds = 12.0  # of each member in turn, where they are hunted through
    skip_busy: Truth = True  # a telephone in a call does not ring
    otherwise: Destination | None = None  # when nobody answers; none: the caller is told so

    @property
    def rule(self) -> RingGroup:
        """As the exchange runs it."""
        return RingGroup(
            name=self.name,
            title=self.title,
            members=tuple(Member(number=m.number, delay_s=m.delay_s) for m in self.members),
            strategy=self.strategy,
            ring_timeout_s=self.ring_timeout_s,
            turn_s=self.turn_s,
            skips_busy=self.skip_busy,
        )


def check(document: Item, extensions: Collection[str]) -> Iterator[Problem]:
    """Every problem of the groups' members."""
    groups = document.get("group")
    for index, group in enumerate(groups if isinstance(groups, list) else ()):
        if isinstance(group, dict):
            yield from _members(f"group[{index}]", group, extensions)


def _members(path: str, group: Item, extensions: Collection[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    members = group.get("members")
    for index, member in enumerate(members if isinstance(members, list) else ()):
        number = member.get("number") if isinstance(member, dict) else None
        if not isinstance(number, str):
            continue
        place = f"{path}.members[{index}].number"
        if number in first:
            reason = f"the same member twice: {first[number]} has it already"
            yield Problem(path=place, value=shown(number), reason=reason)
        first.setdefault(number, place)
        if number not in extensions:
            close = difflib.get_close_matches(number, sorted(extensions), n=1)
            yield Problem(
                path=place,
                value=shown(number),
                reason="no extension has this number",
                suggestion=f'did you mean "{close[0]}"?' if close else "",
            )
