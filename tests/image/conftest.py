"""The image under test: built before by ``make image``, started once for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image import net
from tests.image.box import ImageBox
from tests.image.machine import Machine, built


@pytest.fixture(scope="session")
def board() -> str:
    """Which board's image: BOARD, x86 when it is not set."""
    return os.environ.get("BOARD", "x86")


@pytest.fixture(scope="session")
def image(board: str) -> Path:
    """The built disk."""
    if not net.is_entered():
        pytest.skip("the image is tested by `make image-test`, in a network of its own")
    return built(board)


@pytest.fixture(scope="session")
def box(image: Path, board: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageBox]:
    """The box on its first start, in an office with a router. MACHINE names a folder that keeps it:
    with the disk of a run before, its life goes on there."""
    kept = os.environ.get("MACHINE")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("machine")
    router = net.start_router(tmp_path_factory.mktemp("router"))
    try:
        with Machine(board=board, image=image, folder=folder, cable=net.CABLE) as machine:
            yield ImageBox(machine)
    finally:
        router.kill()
        router.wait()
