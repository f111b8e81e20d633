"""The bench in Chromium: orders without leaving the page, states as they change, keys from the
keyboard, and a microphone (Chromium's, which beeps) that talks to a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.config.home import Home
from tests.browser import stage
from tests.browser.chromium import picture, seen, sign_in, speak, visit
from tests.browser.conftest import started
from tests.browser.test_accessibility import AXE, violations
from tests.browser.test_console import LANGUAGES
from tests.rig.ports import reserve_block
from tests.unit.bench_outside import give_lines, outside
from web.wizard.progress import ORDER


@dataclass(frozen=True)
class Bench:
    """A console with the world outside, and no lined."""

    home: Home
    url: str


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with reserve_block() as ports:
        port = ports.network().console_port
        home = stage.make_home(tmp_path_factory.mktemp("box"), console_port=port)
        stage.add_user(home)
        give_lines(home)
        with stage.Daemons(home), outside(home):
            process = started(home)
            try:
                yield Bench(home, f"http://127.0.0.1:{port}")
            finally:
                process.stop()


@pytest.fixture
def page(bench: Bench, browser: Browser) -> Iterator[Page]:
    # Refusals are what some of these tests are about; Chromium writes each to its console.
    with visit(browser, bench.url, troubles=("409",)) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.wait_for_selector(".rail")
        page.goto("/bench")
        yield page


def far(page: Page, line: str):
    return page.locator(f"#far-{line}")


def state(page: Page, line: str, is_: str) -> None:
    expect(far(page, line)).to_have_attribute("data-state", is_)


def order(page: Page, line: str, name: str) -> None:
    far(page, line).locator(f"form[action$='/{name}'] button").first.click()


def test_a_line_rings_and_stops(page):
    far(page, "fxo-1").locator("input[name=number]").fill("09121234567")
    order(page, "fxo-1", "ring")
    state(page, "fxo-1", "ringing")
    expect(far(page, "fxo-1").locator(".state data")).to_have_attribute("value", "09121234567")
    order(page, "fxo-1", "answer")  # it is not the box that calls
    expect(page.locator("#problem")).to_be_visible()
    order(page, "fxo-1", "hang-up")
    state(page, "fxo-1", "idle")
    expect(page.locator("#problem")).to_be_hidden()


def test_a_lever_shows_its_other_side_once_pulled(page):
    card = far(page, "gsm-1")
    card.get_by_text("Pull the modem out").click()
    state(page, "gsm-1", "unplugged")
    expect(card.get_by_text("Pull the modem out")).to_be_hidden()
    card.get_by_text("Plug the modem in").click()
    state(page, "gsm-1", "idle")


def test_keys_are_pressed_from_the_keyboard(page):
    order(page, "fxs-1", "lift")
    state(page, "fxs-1", "talking")
    far(page, "fxs-1").locator(".pad button").first.focus()
    for key in "5#":
        page.keyboard.press(key)
    expect(far(page, "fxs-1").locator(".state bdi", has_text="5#")).to_be_visible()
    order(page, "fxs-1", "hang-up")
    state(page, "fxs-1", "idle")


def test_in_three_languages_and_on_a_telephones_screen(page):
    for code, direction in LANGUAGES:
        speak(page, code)
        expect(page.locator("html")).to_have_attribute("dir", direction)
        picture(page, f"bench-{code}", whole=True)
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, wide


@pytest.mark.parametrize("code", ["fa", "en"])
def test_axe_finds_nothing_here_and_in_the_set_up(page, code):
    speak(page, code)
    found = []
    for path in ("/bench", *(f"/setup/{step}" for step in ORDER)):
        page.goto(path)
        page.evaluate(AXE.read_text())
        found += [f"{path}: {one}" for one in violations(page)]
        page.set_viewport_size({"width": 360, "height": 740})
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            found.append(f"{path} is wider than a small telephone")
        page.set_viewport_size({"width": 1360, "height": 860})
        picture(page, f"{path.strip('/').replace('/', '-')}-{code}", whole=True)
    assert found == []


@pytest.fixture
def with_microphone(browser: Browser) -> Iterator[Browser]:
    from tests.browser.chromium import ARGUMENTS, PATH  # noqa: PLC0415 - beside what it adds to

    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    other = browser.browser_type.launch(executable_path=PATH, args=[*ARGUMENTS, *fake])
    try:
        yield other
    finally:
        other.close()


def test_a_microphone_talks_to_the_line(bench, with_microphone):
    with visit(with_microphone, bench.url, permissions=["microphone"]) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.wait_for_selector(".rail")
        page.goto("/bench")
        order(page, "fxs-1", "lift")
        state(page, "fxs-1", "talking")
        button = far(page, "fxs-1").locator("[data-talk]")
        button.click()
        said = bench.home.ram / "bench" / "fxs-1-talks.raw"
        seen(page, lambda: said.exists() and said.stat().st_size > 32000, "two seconds are said")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        order(page, "fxs-1", "hang-up")
        state(page, "fxs-1", "idle")
    whole = said.stat().st_size // 2 * 2
    samples = np.frombuffer(said.read_bytes()[:whole], "<i2")
    assert np.abs(samples).max() > 1000  # the beeps
