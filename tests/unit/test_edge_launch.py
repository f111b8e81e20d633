"""What is left of an earlier Kamailio is cleared before the next one starts."""

from __future__ import annotations

import pytest

from firmware import processes
from firmware.edge import launch
from tests.unit.test_processes import MEEK, child


def test_one_that_was_forked_while_they_were_looked_for_is_killed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with child(MEEK) as first, child(MEEK) as second:
        found = iter([[first.pid], [second.pid], []])
        monkeypatch.setattr(processes, "started_with", lambda _arguments: next(found))
        launch.stop_leftovers(["kamailio"])
        assert (first.wait(), second.wait()) == (-9, -9)


def test_one_that_cannot_be_killed_does_not_keep_the_next_one_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[list[int]] = []

    def end(pids: list[int], *, grace_s: float) -> list[int]:
        tries.append(pids)
        return pids

    monkeypatch.setattr(processes, "started_with", lambda _arguments: [1])
    monkeypatch.setattr(processes, "end", end)
    launch.stop_leftovers(["kamailio"])
    assert tries == [[1]]
