"""``python -m firmware.prompts FOLDER``: speak what is new or changed into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from firmware.prompts.build import build
from firmware.prompts.catalogue import BadCatalogue
from firmware.prompts.voice import CannotSpeak


def main(folder: str) -> int:
    """Exit status: 0 done, 1 a voice or the catalogue is broken."""
    try:
        spoken, there_are = build(Path(folder))
    except (BadCatalogue, CannotSpeak) as error:
        sys.stderr.write(f"prompts: {error}\n")
        return 1
    sys.stdout.write(f"{spoken} of {there_are} prompts spoken into {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
