"""What happened in a soak: counted while it lasts, told at its end."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.rig.until import overload


@dataclass(slots=True)
class Report:
    """Faults by kind, calls, how long it took until all was well again, and what did not hold."""

    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    violations: list[str] = field(default_factory=list)
    slowest: defaultdict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # what was waited for: by kind of fault the longest wait, seconds
    busiest: float = 1.0  # so many times as much work as processors
    began_s: float = field(default_factory=time.monotonic)

    def took(self, what: str, kind: str, since_s: float) -> None:
        """Something was waited for since ``since_s`` (monotonic)."""
        waited_s = time.monotonic() - since_s
        by_kind = self.slowest[what]
        by_kind[kind] = max(waited_s, by_kind.get(kind, 0.0))
        self.busiest = max(self.busiest, overload())

    def lines(self) -> list[str]:
        """As it is printed."""
        lasted_s = time.monotonic() - self.began_s
        load = f"up to {self.busiest:.1f} times as much work as processors"
        lines = [f"{self.rounds} rounds in {lasted_s:.0f} s; {self.calls} calls seen; {load}"]
        for kind, count in sorted(self.faults.items()):
            waits = [
                f"{what} {by_kind[kind]:.1f} s"
                for what, by_kind in sorted(self.slowest.items())
                if kind in by_kind
            ]
            lines.append(f"  {count:4d}  {kind}; slowest: {', '.join(waits) or 'nothing'}")
        lines.append(f"{len(self.violations)} violations")
        return lines + [f"  {violation}" for violation in self.violations]
