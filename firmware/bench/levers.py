"""Levers: what of the simulated world can be taken away and given back, as a list.

A new lever is one more ``Lever`` in the list that ``firmware.bench.main`` makes; the link and the
console show whatever is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from firmware.bench.far import FarEnd, TrunkFar
from firmware.bench.mobile import MobileFar
from firmware.link.bench import INTERNET, LeverRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """``throw`` is told whether it is pulled from now on. ``line`` is "" when it is no line's."""

    kind: str
    line: str
    is_pulled: Callable[[], bool]
    throw: Callable[[bool], None]

    @property
    def id(self) -> str:
        """What orders name."""
        return f"{self.kind}:{self.line}" if self.line else self.kind

    def row(self) -> LeverRow:
        """As the link shows it."""
        return LeverRow(id=self.id, kind=self.kind, line=self.line, pulled=self.is_pulled())


def levers_of(ends: Iterable[FarEnd]) -> list[Lever]:
    """Every lever of every line, and of what is around the box."""
    return [*(lever for end in ends for lever in _of(end)), _internet()]


def _of(end: FarEnd) -> list[Lever]:
    levers = [_cut(end)]
    if isinstance(end, MobileFar):
        levers.append(_modem(end))
    if isinstance(end, TrunkFar | MobileFar):
        levers.append(_attended(end))
    return levers


def _internet() -> Lever:
    """What is beyond the office's router: the edge follows the row and sees nothing of it."""
    is_cut = False

    def throw(pulled: bool) -> None:
        nonlocal is_cut
        is_cut = pulled

    return Lever(kind=INTERNET, line="", is_pulled=lambda: is_cut, throw=throw)


def _cut(end: FarEnd) -> Lever:
    def throw(pulled: bool) -> None:
        (end.cut if pulled else end.mend)()

    kind = "network" if isinstance(end, MobileFar) else "wire"
    return Lever(kind=kind, line=end.name, is_pulled=lambda: end.is_cut, throw=throw)


def _modem(end: MobileFar) -> Lever:
    def throw(pulled: bool) -> None:
        (end.pull_out if pulled else end.put_back)()

    return Lever(kind="modem", line=end.name, is_pulled=lambda: end.is_out, throw=throw)


def _attended(end: TrunkFar | MobileFar) -> Lever:
    def throw(pulled: bool) -> None:
        end.attended = pulled

    return Lever(kind="attended", line=end.name, is_pulled=lambda: end.attended, throw=throw)
