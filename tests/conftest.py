"""What every test may ask for."""

from __future__ import annotations

import os

# Before anything imports numpy: what is measured here is small, and a thread for every processor
# that spins on it takes them from the calls that are being measured.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest

from firmware.config.schema import Site
from tests.rig.box import Box, LeanBox
from tests.rig.pulse import AWAY, Pulse
from tests.rig.telephones import Telephones

hypothesis.settings.register_profile("markaz", deadline=None)
hypothesis.settings.load_profile("markaz")
"""How long an example lasts says how busy the machine is, and not whether what it shows holds."""

RING_TIMEOUT_S = 3.0
"""So short that a test can wait for it, so long that a telephone in a test can be answered."""


def impatient(site: Site) -> Site:
    """The site of a box whose telephones ring for three seconds."""
    switch = site.switch.model_copy(update={"ring_timeout_s": RING_TIMEOUT_S})
    return site.model_copy(update={"switch": switch})


@pytest.fixture(scope="session")
def lean_box() -> Iterator[Box]:
    """Kamailio, its keeper and switchd, shared by all tests that kill none of them."""
    with LeanBox("kamailio", "edge", "switchd", shape=impatient) as box:
        yield box


@pytest.fixture
def telephones(lean_box: Box, tmp_path: Path) -> Iterator[Telephones]:
    """Telephones at the shared box."""
    with Telephones(lean_box, tmp_path) as made:
        yield made


_PULSE = pytest.StashKey[Pulse]()
_BEGAN = pytest.StashKey[float]()


@pytest.fixture(scope="session", autouse=True)
def pulse(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    """Whether the machine kept real time: for what is said of tests that failed."""
    with closing(Pulse(tmp_path_factory.mktemp("pulse"))) as pulse:
        pytestconfig.stash[_PULSE] = pulse
        yield pulse


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_BEGAN] = time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a test that failed how long a processor was away, and show its box's logs."""
    pulse = item.config.stash.get(_PULSE, None)
    if call.excinfo is not None and pulse is not None:
        item.user_properties.append((AWAY, pulse.away_s(item.stash[_BEGAN])))
    report = yield
    if report.when == "call" and report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Box):
                report.sections.append(("the box's logs", value.last_words()))
    return report
