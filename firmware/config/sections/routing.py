"""The sections ``inbound``, ``outbound``, ``line_group`` and ``emergency``: routing as data.

A *way* is the name of a line, a SIM, a group of lines or a SIP trunk.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from firmware.config.types import (
    Destination,
    Name,
    Number,
    Seconds,
    Section,
    Truth,
    WholeNumber,
    text,
)
from firmware.model.calendar import CalendarState
from firmware.model.routing import GroupOrder, Permission

PatternText = Annotated[
    str,
    text(
        r"^[0-9XZN.!*#+,\[\]-]{1,64}$",
        'a pattern of digits, X (0-9), Z (1-9), N (2-9), sets as in [1-4,7], "." at the end for '
        "one digit or more, or a range as in 8000-8099",
    ),
]

Digits = Annotated[str, text(r"^[0-9*#+]{0,32}$", "up to 32 of the digits 0-9, *, # and +")]


class LineGroup(Section):
    """Trunk lines and SIMs that are as good as one another: one way out."""

    name: Name
    lines: tuple[Name, ...] = Field(min_length=1)
    order: GroupOrder = GroupOrder.LINEAR


class Inbound(Section):
    """Where some calls from outside go. What is left out takes anything; the first that fits is
    taken, a call that fits none goes where its line's or trunk's own ``route`` says."""

    name: Name
    ways: tuple[Name, ...] = ()
    did: tuple[PatternText, ...] = ()  # the number that was called
    caller: tuple[PatternText, ...] = ()
    withheld: Truth = False  # only callers who show no number
    calendar: Name | None = None
    when: CalendarState = CalendarState.OPEN
    to: Destination


class Outbound(Section):
    """Numbers outside, and the ways to call them by, the cheapest first.

    The first route that fits decides. ``strip`` digits are taken from the front of the number,
    then ``add`` is put there.
    """

    name: Name
    patterns: tuple[PatternText, ...] = Field(min_length=1)
    permission: Permission = Permission.NATIONAL
    extensions: tuple[Number, ...] = ()  # none: every extension
    calendar: Name | None = None
    when: CalendarState = CalendarState.OPEN
    strip: Annotated[WholeNumber, Field(ge=0, le=16)] = 0
    add: Digits = ""
    ways: tuple[Name, ...] = Field(min_length=1)
    pin: SecretStr | None = None
    caller_id: Number | None = None
    max_calls: Annotated[WholeNumber, Field(ge=0, le=250)] = 0  # at once; 0: any number
    max_minutes: Annotated[WholeNumber, Field(ge=0, le=1440)] = 0  # of a call; 0: for ever


class Emergency(Section):
    """Emergency calls. The numbers of the office's country are known; ``numbers`` adds to them.

    ``ways`` are the surest first; none: trunk lines, then SIMs, then SIP trunks. ``notify`` are
    extensions that are rung when somebody makes an emergency call.
    """

    numbers: tuple[Number, ...] = ()
    ways: tuple[Name, ...] = ()
    notify: tuple[Number, ...] = ()
    caller_id: Number | None = None


class Dialling(Section):
    """What holds for every call to a number outside."""

    permission: Permission = Permission.INTERNATIONAL  # of extensions that have none of their own
    max_calls: Annotated[WholeNumber, Field(ge=1, le=250)] = 3  # of one extension, at once
    ring_timeout_s: Seconds = 90.0
