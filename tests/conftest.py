"""What every test may ask for."""

from __future__ import annotations

import os

# Before anything imports numpy: what is measured here is small, and a thread for every processor
# that spins on it takes them from the calls that are being measured.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from firmware.config.schema import Site
from tests.rig.box import Box, LeanBox
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the box's logs with a test that failed on it."""
    report = yield
    if report.when == "call" and report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Box):
                report.sections.append(("the box's logs", value.last_words()))
    return report
