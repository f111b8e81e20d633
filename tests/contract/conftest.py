"""A provisioning daemon for the tests of one file; who wants another has a ``box`` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.provisioned import AGENT, FILE, MAC, Provisioned


@pytest.fixture(scope="module")
def box() -> Iterator[Provisioned]:
    with Provisioned() as made:
        yield made


@pytest.fixture
def fresh(box: Provisioned) -> Provisioned:
    """The box with nobody on record and the window shut."""
    box.begin_anew()
    return box


@pytest.fixture
def own(fresh: Provisioned) -> str:
    """A telephone's own address, with its token."""
    fresh.admit(MAC, "101")
    return f"{fresh.base}p/{fresh.token(MAC, FILE, AGENT)}/"
