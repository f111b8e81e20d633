"""The exchange as the queues see it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from firmware.link.server import Board
from firmware.model import acd
from firmware.model.dialplan import Dialplan
from firmware.switchd.call import Ledger
from firmware.switchd.disk import Disk
from firmware.switchd.outside import Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """``begin_callback`` starts the call that ``Dial`` orders,
    ``legs_of`` says how many legs a party has, ``kept`` waits for the disk."""

    board: Board
    ledger: Ledger
    disk: Disk
    clock: Callable[[], float]  # Unix seconds
    plan: Callable[[], Dialplan]
    outside: Callable[[], Outside]
    legs_of: Callable[[str], int]
    begin_callback: Callable[[acd.Dial], None]
    kept: Callable[[], Coroutine[Any, Any, bool]]
    today: Callable[[], date]  # by the office's clock
    is_dnd: Callable[[str], bool]
    desk_of: Callable[[str], str]  # the extension whose telephone a person uses
    drains: Callable[[], bool] = field(default=lambda: False)  # no new call may begin
    is_vip: Callable[[str], bool] = field(default=lambda _number: False)
