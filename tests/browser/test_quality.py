"""Evaluating beside the playing recording, and the knowledge base at the desk, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import judged, stage
from tests.browser.chromium import seen, sign_in, visit
from tests.browser.conftest import Console


@pytest.fixture(scope="module")
def judging(console: Console) -> Console:
    judged.add_quality(console.home)
    with stage.store(console.home) as db:
        db.execute("UPDATE users SET extension = '101' WHERE name = ?", [stage.USER])
    return console


@pytest.fixture
def page(judging: Console, browser: Browser) -> Iterator[Page]:
    with visit(browser, judging.url) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.wait_for_selector(".rail")
        yield page


def test_a_remark_takes_the_moment_the_player_is_at(page: Page) -> None:
    page.goto("/quality/calls/judged2")
    page.evaluate("document.querySelector('audio').load()")
    seen(page, lambda: page.evaluate("document.querySelector('audio').readyState >= 1"), "sound")
    page.evaluate("document.querySelector('audio').currentTime = 2.4")
    page.get_by_role("button", name="This moment").first.click()
    expect(page.locator("[name=moment-0]")).to_have_value("0:02")
    expect(page.locator("[name=words-0]")).to_be_focused()
    page.keyboard.type("A good question")
    for key, value in (("q1", "1"), ("q2", "5"), ("q3", "none")):
        page.locator(f"[name=answer-{key}][value='{value}']").check()
    page.get_by_role("button", name="Save the evaluation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100%")
    page.get_by_role("button", name="0:02").click()
    seen(
        page, lambda: page.evaluate("document.querySelector('audio').currentTime") >= 2, "it plays"
    )


def test_articles_are_found_while_one_types(page: Page) -> None:
    page.goto("/desk")
    page.get_by_role("searchbox").fill("invoi")
    found = page.locator(".knowledge-found")
    expect(found).to_contain_text("Refunds")
    found.get_by_text("Refunds").click()
    expect(found.locator("em")).to_have_text("invoice")
    page.get_by_role("searchbox").fill("zzz")
    expect(found).to_have_text(re.compile("No article has these words"))
