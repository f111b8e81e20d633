"""The style sheets: contrast by WCAG 2.2 (1.4.3 and 1.4.11) light and dark, no sides, no words,
nothing of npm's that is not listed, and what a browser gets of them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import brotli
import pytest

import web
from tests.unit.web_fixtures import console
from web import design

SHEET = design.sheet().decode()
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


# -- both directions by one sheet -------------------------------------------------------------

WEB = Path(web.__file__).parent
OURS = sorted(
    path
    for path in WEB.rglob("*.css")
    # paper is WeasyPrint's, which knows no logical properties (test_web_reports looks at it)
    if "vendor" not in path.parts and path.name != "printed.css"
)
SIDED = re.compile(
    r"(?<![-\w])(?:"
    r"(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[a-z-]*"
    r"|border-(?:top|bottom)-(?:left|right)-radius|left|right|top|bottom|float|clear"
    r"|(?:min-|max-)?(?:width|height)|overflow-[xy]"
    r")\s*:|text-align:\s*(?:left|right)"
)
KNOWN_SIDED = ("overflow-x:",)  # overflow-inline is not in Chromium or Safari


def rules(path):
    """A sheet's declarations, without its comments and the conditions of its media."""
    source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"@(?:media|container)[^{]*", "", source)


@pytest.mark.parametrize("sheet", OURS, ids=lambda path: path.name)
def test_sheets_know_no_sides(sheet):
    """Right to left needs no second sheet as long as nothing is tied to a side."""
    found = [said for said in SIDED.findall(rules(sheet)) if said not in KNOWN_SIDED]
    assert found == []


@pytest.mark.parametrize("rule", ["a{left:0}", "a { margin-right: 1px; }", "a{text-align: left}"])
def test_the_pattern_finds_a_side(rule):
    assert SIDED.search(rule)


@pytest.mark.parametrize("rule", ["a{margin-inline:0}", "a{max-inline-size:1px}", ".left{gap:0}"])
def test_the_pattern_finds_no_side_where_none_is(rule):
    assert not SIDED.search(rule)


@pytest.mark.parametrize("sheet", OURS, ids=lambda path: path.name)
def test_sheets_have_no_words_of_their_own(sheet):
    contents = re.findall(r"(?<![-\w])content:\s*([^;]+);", rules(sheet))
    assert set(contents) <= {"attr(data-label)", '""'}


@pytest.mark.parametrize("sheet", OURS, ids=lambda path: path.name)
def test_no_sheet_asks_how_a_screen_is_held(sheet):
    """WCAG 2.2, 1.3.4: nothing works in one orientation only."""
    assert "orientation" not in sheet.read_text()


def test_every_component_is_in_the_one_sheet():
    assert {path.stem for path in (WEB / "static" / "design").glob("*.css")} == set(
        design.COMPONENTS
    )


# -- what comes from npm ----------------------------------------------------------------------

ASSETS = WEB / "assets"


def packages():
    wanted = json.loads((ASSETS / "package.json").read_text())
    return wanted["dependencies"] | wanted["devDependencies"]


def test_every_package_is_pinned_and_its_licence_listed():
    locked = json.loads((ASSETS / "package-lock.json").read_text())["packages"]
    listed = dict(
        re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", (ASSETS / "LICENCES.md").read_text(), re.M)
    )
    names = {name.removeprefix("node_modules/") for name in locked if name}
    assert names == set(packages()) == set(listed)
    for name, version in packages().items():
        lock = locked[f"node_modules/{name}"]
        assert lock["version"] == version
        assert lock["license"] == listed[name]
        assert lock["integrity"].startswith("sha512-")


def test_the_lock_names_no_machine():
    assert "http" not in re.sub(
        r'"(?:url|funding)": "[^"]+"', "", (ASSETS / "package-lock.json").read_text()
    )


def served():
    lines = re.sub(r"#.*", "", (ASSETS / "files.txt").read_text()).split("\n")
    return [line.split() for line in lines if line.strip()]


def test_every_file_is_of_a_listed_package_and_has_its_licence_beside_it():
    run = json.loads((ASSETS / "package.json").read_text())["dependencies"]
    targets = {target for _, target in served()}
    for source, target in served():
        assert any(source.startswith(f"{name}/") for name in run), source
        assert f"{target.split('/')[0]}/LICENSE" in targets


def test_the_set_up_fetched_exactly_these():
    vendor = WEB / "static" / "vendor"
    there = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert set(_meant()) == there - {"made-from"}


def _meant():
    """Every file of files.txt; of a folder its modules."""
    packages = WEB.parent / "build" / "assets" / "node_modules"
    for source, target in served():
        folder = packages / source
        if folder.is_dir():
            modules = {path.relative_to(folder) for path in folder.rglob("*.js")}
            yield from (f"{target}/{module}" for module in modules)
        else:
            yield target


def test_what_is_fetched_is_not_in_git():
    root = WEB.parent
    if not (root / ".git").exists():
        pytest.skip("no checkout")
    held = subprocess.run(
        ["git", "ls-files", "web/static/vendor"], cwd=root, capture_output=True, check=True
    )
    assert held.stdout == b""


# -- what a browser gets ----------------------------------------------------------------------


def test_the_sheet_comes_packed_and_is_kept(tmp_path):
    with console(tmp_path) as app:
        client = app.test_client()
        address = re.search(r'href="(/static/console\.css\?v=\w{12})"', client.get("/login").text)
        plain = client.get(address[1])
        packed = client.get(address[1], headers={"Accept-Encoding": "gzip, br"})
    assert plain.content_type == "text/css; charset=utf-8"
    assert brotli.decompress(packed.data) == plain.data == design.sheet()
    assert packed.headers["Content-Encoding"] == "br"
    assert "immutable" in packed.headers["Cache-Control"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


def test_what_the_sheet_asks_for_is_there(tmp_path):
    with console(tmp_path) as app:
        client = app.test_client()
        addresses = re.findall(r'url\("([^"]+)"\)', SHEET)
        assert addresses
        for address in addresses:
            with client.get(f"/static/{address}") as answer:
                assert answer.status_code == 200, address
                assert "immutable" in answer.headers["Cache-Control"]
