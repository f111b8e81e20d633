"""Log lines as an operator reads them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from firmware import log as logs


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_line_with_time_level_and_short_name(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("switchd")
    logging.getLogger("firmware.switchd.leg").info("leg %s %s", "17.2", "answered")
    logging.getLogger().warning("from the root")
    logging.getLogger("firmware.switchd.leg").debug("not shown")
    first, second = capsys.readouterr().err.splitlines()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"
    assert re.fullmatch(rf"{time} INFO switchd\.leg: leg 17\.2 answered", first)
    assert re.fullmatch(rf"{time} WARNING switchd: from the root", second)


def test_a_traceback_is_indented_below_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("edge")
    try:
        int("broken\nin two")
    except ValueError:
        logging.getLogger("firmware.edge").exception("it failed")
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR edge: it failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_set_up_twice_logs_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("edge")
    logs.set_up("edge")
    logging.getLogger("firmware.edge").info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1
