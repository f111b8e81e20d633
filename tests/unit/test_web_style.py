"""The style sheet's colours: contrast by WCAG 2.2 (1.4.3 and 1.4.11), light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import web

SHEET = (Path(web.__file__).parent / "static" / "console.css").read_text()
TEXT, SHAPE = 4.5, 3.0

PAIRS = [
    *(
        (ink, ground, TEXT)
        for ink in ("ink", "ink-2")
        for ground in ("ground", "surface", "raised")
    ),
    *((tone, f"{tone}-wash", TEXT) for tone in ("good", "busy", "wait", "bad", "calm")),
    ("ink", "bad-wash", TEXT),
    ("ink", "wait-wash", TEXT),
    ("ink-2", "wait-wash", TEXT),
    ("ink", "accent-wash", TEXT),
    ("accent-ink", "accent", TEXT),
    ("accent", "surface", TEXT),
    ("rail-ink", "rail", TEXT),
    ("rail-ink-2", "rail", TEXT),
    ("rail-ink-2", "rail-wash", TEXT),
    ("good", "ground", TEXT),
    ("bad", "ground", TEXT),
    ("bad", "surface", TEXT),
    ("focus", "surface", SHAPE),
    ("focus", "ground", SHAPE),
    ("focus", "rail", SHAPE),
    ("field", "surface", SHAPE),
]


def tokens(scheme):
    light, dark = re.findall(r":root \{(.*?)\}", SHEET, flags=re.DOTALL)
    pattern = r"--([a-z0-9-]+): (#[0-9a-f]{6})"
    found = dict(re.findall(pattern, light))
    return found if scheme == "light" else found | dict(re.findall(pattern, dark))


def luminance(colour):
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(scheme, ink, ground, least):
    colours = tokens(scheme)
    lighter, darker = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    ratio = (lighter + 0.05) / (darker + 0.05)
    assert ratio >= least, f"{ratio:.2f}"
