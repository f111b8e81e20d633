"""``make demo``, as a test: the main job of the box, from audio up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.scenario
def test_the_demonstration_holds(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110.0,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((folder / "report.json").read_text())
    assert report["passed"]
    assert len(report["checks"]) > 40
    assert "Both talk" in [line["what"] for line in report["timeline"]]
