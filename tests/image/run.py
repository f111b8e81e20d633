"""``make image-test``: the built image in QEMU, with telephones around it.

python -m tests.image.run [ARGUMENTS OF PYTEST]
"""

from __future__ import annotations

import os
import sys

import pytest

from tests.image import net
from tests.image.machine import built


def main() -> int:
    """pytest's result; 2 when there is no image to test."""
    board = os.environ.get("BOARD", "x86")
    if not built(board).exists():
        sys.stderr.write(f"{built(board)} is not there: run `make image BOARD={board}` first\n")
        return 2
    net.enter()
    asked = sys.argv[1:]
    if not any(word.startswith("tests/") for word in asked):
        asked.append("tests/image")
    return int(pytest.main(["-q", "-s", "-p", "no:cacheprovider", *asked]))


if __name__ == "__main__":
    sys.exit(main())
