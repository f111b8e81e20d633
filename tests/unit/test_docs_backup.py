"""The examples of docs/backup.md are site configurations, one for each place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.backup.make import place_of
from firmware.config import document
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected

DOC = (Path(__file__).parents[2] / "docs" / "backup.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)


@pytest.mark.parametrize(
    ("example", "place"),
    list(zip(EXAMPLES, ("FolderOnDisk", "FolderBySsh", "BucketByS3"), strict=True)),
)
def test_each_example_is_a_site_with_that_place(example: str, place: str, tmp_path: Path) -> None:
    site = document.parse(example)
    assert type(place_of(site, Home(tmp_path))).__name__ == place
    assert document.parse(document.dump(site, secrets=True)).backup == site.backup


@pytest.mark.parametrize("example", EXAMPLES)
def test_without_a_key_none_is_accepted(example: str) -> None:
    with pytest.raises(ConfigRejected, match=r"backup\.recipient"):
        document.parse(re.sub(r"  recipient: .*\n", "", example))
