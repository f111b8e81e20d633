"""The ``bench`` that a test of lines runs on, and what the suite writes down of itself."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hil.bench import Bench, BenchKind, missing
from tests.hil.board import BoardBench
from tests.hil.dahdi_bench import DahdiBench
from tests.hil.kernel_board import KernelBoard
from tests.hil.rig import QEMU_RIG, load
from tests.hil.sim_bench import SimBench
from tests.hil.sim_board import SimBoard

_COVERED = pytest.StashKey[list[dict[str, Any]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The command line: which bench, which rig, where to write what was covered."""
    parser.addoption("--bench", choices=[kind.value for kind in BenchKind], default="sim")
    parser.addoption("--rig", type=Path, default=None, help="a rig file, for --bench=metal")
    parser.addoption("--covered", type=Path, default=None, help="write what was covered there")


def pytest_configure(config: pytest.Config) -> None:
    """Our marks."""
    config.addinivalue_line("markers", "covers(feature): what of the lines this test proves")
    config.stash[_COVERED] = []


@pytest.fixture(scope="session")
def whole_bench(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The bench of this run."""
    kind = BenchKind(pytestconfig.getoption("--bench", "sim"))
    folder = tmp_path_factory.mktemp("bench")
    if kind is BenchKind.SIM:
        return SimBench(folder)
    rig: Path | None = pytestconfig.getoption("--rig", None)
    return DahdiBench(kind, load(rig or QEMU_RIG), folder)


@pytest.fixture
def bench(whole_bench: Bench) -> Iterator[Bench]:
    """The bench, for one test; what it opened is closed afterwards."""
    yield whole_bench
    whole_bench.settle()


@pytest.fixture
def board(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[BoardBench]:
    """The board, for one test."""
    kind = BenchKind(pytestconfig.getoption("--bench", "sim"))
    if kind is BenchKind.METAL:
        missing("somebody who presses buttons and draws plugs")
    made: BoardBench = SimBoard(tmp_path) if kind is BenchKind.SIM else KernelBoard(tmp_path)
    yield made
    made.settle()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Note for each mark ``covers`` how its test went."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    if report.when != "call" and report.passed:
        return
    why = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    item.config.stash[_COVERED] += [
        {"feature": mark.args[0], "test": item.name, "outcome": report.outcome, "why": why}
        for mark in item.iter_markers("covers")
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write it down."""
    path: Path | None = session.config.getoption("--covered", None)
    if path is not None:
        bench = session.config.getoption("--bench", "sim")
        text = json.dumps({"bench": bench, "covered": session.config.stash[_COVERED]}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
