"""The page of voicemail in Chromium: heard, marked, deleted, in three languages."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import boxes
from tests.browser.chromium import TELEPHONE, picture, seen, speak, visit

LANGUAGES = [("fa", "rtl", "صندوق‌ها"), ("ar", "rtl", "الصناديق"), ("en", "ltr", "Boxes")]

_numbers = itertools.count(1)


@pytest.fixture
def switchd(console) -> Iterator[None]:
    """switchd's mailroom instead of the silent stand-in."""
    console.daemons.stop("switchd")
    try:
        with boxes.mailroom(console.home):
            yield
    finally:
        console.daemons.start("switchd")


@pytest.fixture
def ident(console):
    ident = f"m{next(_numbers)}"
    boxes.add_message(console.home, ident)
    return ident


@pytest.fixture
def page_of(console, browser):
    """Opens the page of voicemail, signed in."""

    def visit_page(**options):
        return visit(browser, console.url, storage_state=console.session, **options)

    return visit_page


@pytest.mark.parametrize(("code", "direction", "word"), LANGUAGES)
def test_the_page_in_each_language(console, page_of, ident, code, direction, word):
    boxes.add_message(
        console.home, f"{ident}-old", state="saved", caller="102", caller_name="", length_s=75.0
    )
    boxes.add_message(console.home, f"{ident}-gone", state="deleted", deleted_at=time.time())
    with page_of() as page:
        page.goto("/voicemail?box=101")
        speak(page, code)
        expect(page.locator("#boxes-title")).to_have_text(word)
        assert page.evaluate("getComputedStyle(document.body).direction") == direction
        start = page.locator(f"#message-{ident} .c-start").bounding_box()
        do = page.locator(f"#message-{ident} .c-do").bounding_box()
        assert (start["x"] > do["x"]) == (direction == "rtl")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, f"voicemail-{code}", whole=True)
    with page_of(viewport=TELEPHONE) as page:
        page.goto("/voicemail?box=101")
        speak(page, code)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, f"voicemail-small-{code}", whole=True)


def test_a_message_is_heard_kept_deleted_and_taken_back(console, page_of, ident, switchd):
    with page_of() as page:
        page.goto("/voicemail?box=101")
        row = page.locator(f"#message-{ident}")
        row.locator("a.play").click()
        audio = page.locator("#player audio")
        seen(page, lambda: audio.evaluate("a => a.currentTime") > 0.3, "it plays")
        assert audio.evaluate("a => a.duration") == pytest.approx(3.0, abs=0.1)
        expect(page.locator("#player-caption")).to_contain_text("شرکت نمونه")
        row.get_by_role("button", name="Mark as heard").click()
        expect(row.locator(".badge")).to_have_text("Heard")
        row.get_by_role("button", name="Delete").click()
        expect(row.locator(".badge")).to_have_text("Deleted")
        assert boxes.states(console.home)[ident] == "deleted"
        row.get_by_role("button", name="Restore").click()
        expect(row.locator(".badge")).to_have_text("Heard")
        with page.expect_download() as download:
            row.get_by_text("Download").click()
        assert download.value.path().stat().st_size == 48044


def test_a_greeting_and_a_pin(console, page_of, switchd, tmp_path):
    message = boxes.add_message(console.home, f"m{next(_numbers)}", "102")
    with page_of() as page:
        page.goto("/voicemail?box=102")
        page.set_input_files("input[name=sound]", console.home.voicemail / message.path)
        page.select_option("select[name=greeting]", "busy")
        page.get_by_role("button", name="Use this greeting").click()
        expect(page.locator(".greeting audio")).to_have_count(1)
        page.fill("input[name=pin]", "7291")
        page.get_by_role("button", name="Set the PIN").click()
        expect(page.locator("[aria-labelledby=pin-title]")).to_contain_text("The box has a PIN.")
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(page.locator(".greeting audio")).to_have_count(0)


def test_without_the_exchange_the_page_shows_and_says_why_nothing_changed(console, page_of, ident):
    console.daemons.stop("switchd")
    try:
        with page_of(troubles=("409",)) as page:
            page.goto("/voicemail?box=101")
            page.locator(f"#message-{ident}").get_by_role("button", name="Delete").click()
            expect(page.locator("[role=alert]")).to_contain_text("The exchange does not answer")
        assert boxes.states(console.home)[ident] == "new"
    finally:
        console.daemons.start("switchd")
