"""``make image-test``: the built image in QEMU, with telephones around it.

python -m tests.image.run [ARGUMENTS OF PYTEST]
"""

from __future__ import annotations

import sys

import pytest

from tests.image import net


def main() -> int:
    """pytest's result."""
    net.enter()
    asked = sys.argv[1:]
    if not any(word.startswith("tests/") for word in asked):
        asked.append("tests/image")
    return int(pytest.main(["-q", "-s", "-p", "no:cacheprovider", *asked]))


if __name__ == "__main__":
    sys.exit(main())
