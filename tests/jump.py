"""A loop whose clock jumps: it never waits, time is at the next deadline at once.

A test of a 30 s ring time-out runs in a millisecond, and always the same way.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise AssertionError("everything waits, and for nothing that could happen")
            self.passed_s += timeout
        return ready


class JumpLoop(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed_s


def run(test: Coroutine[Any, Any, T]) -> T:
    """Run ``test`` to its end on a loop of its own."""
    with asyncio.Runner(loop_factory=JumpLoop) as runner:
        return runner.run(test)
