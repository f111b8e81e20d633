"""A flow in Chromium: drawn, connected by hand, broken, its problem seen on the node, mended and
applied; the same from right to left, and with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.config import history
from firmware.config.home import Home
from firmware.config.reading import read
from tests.browser import stage
from tests.browser.chromium import picture, sign_in, speak, visit
from tests.browser.conftest import started
from tests.browser.test_accessibility import AXE, violations
from tests.rig.ports import reserve_block
from web.settings.edit import apply_at_once

FLOW = """
flow:
  - name: front-{code}
    number: {number}
    languages: [en, fa]
    node:
      - name: top
        menu:
          saying: {{en: One for support., fa: برای پشتیبانی یک.}}
          choice: [{{digit: 1, to: wait}}, {{digit: 2, to: tell}}]
          otherwise: bye
      - name: wait
        queue: {{name: support}}
      - name: tell
        say: {{saying: {{en: It is late., fa: دیر است.}}, next: bye}}
      - name: bye
        hang_up: {{}}
"""


@dataclass(frozen=True)
class Office:
    """A console whose office has a flow for each language."""

    home: Home
    url: str


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with reserve_block() as ports:
        port = ports.network().console_port
        home = stage.make_home(tmp_path_factory.mktemp("box"), console_port=port)
        stage.add_user(home)
        flows = [
            read(FLOW.format(code=code, number=800 + n)).document["flow"][0]
            for n, code in enumerate(("en", "fa"))
        ]
        apply_at_once(home, user="test", reason="flows", change=lambda c: {**c, "flow": flows})
        with stage.Daemons(home):
            process = started(home)
            try:
                yield Office(home, f"http://127.0.0.1:{port}")
            finally:
                process.stop()


@pytest.fixture
def page(office: Office, browser: Browser) -> Iterator[Page]:
    with visit(browser, office.url) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.wait_for_selector(".rail")
        yield page


def opened(page: Page, code: str) -> None:
    if code != "en":
        speak(page, code)
    page.goto(f"/flows/front-{code}")
    page.wait_for_selector(".flow-view.is-drawn")


def card(page: Page, name: str):
    return page.locator(f"#node-{name}")


def arrows(page: Page) -> int:
    return page.locator(".flow-arrows path.arrow").count()


def inset(page: Page, name: str) -> float:
    """How far a node stands from the side where reading begins."""
    box, frame = card(page, name).bounding_box(), page.locator(".flow-view").bounding_box()
    if page.locator("html").get_attribute("dir") == "rtl":
        return frame["x"] + frame["width"] - box["x"] - box["width"]
    return box["x"] - frame["x"]


@pytest.mark.parametrize("code", ["en", "fa"])
def test_a_flow_is_drawn_connected_broken_mended_and_applied(office, page, code):
    opened(page, code)
    assert arrows(page) == 4
    assert inset(page, "top") < inset(page, "tell") < inset(page, "bye")
    picture(page, f"flow-{code}")

    page.locator(".flow-view").scroll_into_view_if_needed()
    card(page, "tell").locator("[data-way='say.next']").drag_to(card(page, "wait"))
    page.wait_for_selector("#node-tell [data-to=wait]")

    card(page, "bye").locator("h3 a").click()
    page.locator("form[action$='/remove'] button").click()
    expect(card(page, "top").locator(".wrong")).to_be_visible()
    expect(card(page, "tell").locator(".wrong")).to_have_count(0)
    page.evaluate(AXE.read_text())
    assert violations(page) == []
    picture(page, f"flow-broken-{code}")

    card(page, "top").locator("h3 a").click()
    page.locator("form:has(input[value='menu.otherwise']) select").select_option("wait")
    page.locator("form:has(input[value='menu.otherwise']) button").click()
    expect(page.locator(".flow-node .wrong")).to_have_count(0)

    page.goto("/settings/review")
    page.fill("#reason", "No goodbye")
    page.locator("form[action$='/apply'] button").first.click()
    page.wait_for_load_state()
    site = history.load_current(office.home)[1]
    flow = next(one for one in site.flow if one.name == f"front-{code}")
    assert [node.name for node in flow.node] == ["top", "wait", "tell"]
    assert (flow.node[0].menu.otherwise, flow.node[2].say.next) == ("wait", "wait")


def test_the_keyboard_moves_and_sizes_the_drawing(page):
    opened(page, "en")
    view, top = page.locator(".flow-view"), card(page, "top")
    view.focus()
    before = top.bounding_box()
    page.keyboard.press("-")
    smaller = top.bounding_box()
    assert smaller["width"] < before["width"]
    page.keyboard.press("ArrowDown")
    assert top.bounding_box()["y"] < smaller["y"]
    page.locator("[data-zoom=list]").click()
    expect(page.locator(".flow-view.is-drawn")).to_have_count(0)


def test_a_trial_is_pressed_through(page):
    page.goto("/flows/front-en/trial")
    page.locator("button[value='2']").click()
    expect(page.get_by_text("It is late.", exact=False)).to_be_visible()
