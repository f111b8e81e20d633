"""The phonebook in Chromium, in the three languages: somebody added, found, a file brought in and
taken away; and the password that is asked for once more before another's account is changed."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import stage
from tests.browser.chromium import speak, visit
from tests.browser.conftest import Console
from tests.browser.test_settings import LANGUAGES, kept
from web.system.proof import FRESH_S

FILE = "name,organisation,mobile,vip\nخالد العلي,شركة المثال,+98 912 000 {n:04},yes\n"


@pytest.fixture(params=LANGUAGES)
def page(request, console: Console, browser: Browser) -> Iterator[Page]:
    with visit(
        browser, console.url, storage_state=console.session, troubles=("403", "422")
    ) as page:
        page.goto("/contacts")
        if request.param != "en":
            speak(page, request.param)
        page.code = request.param
        yield page


def test_somebody_is_added_found_and_brought_in(page):
    number = f"0912 555 {LANGUAGES.index(page.code):04}"
    page.locator(".head a[href='/contacts/new']").click()
    page.fill("#name", f"سارا {page.code}")
    page.locator(".settings-form .save button").click()
    expect(page.locator(".notice.bad")).to_be_visible()  # there is no number
    page.fill("#number-1", number)
    page.select_option("#kind-1", "mobile")
    kept(page, page.code, "contact")
    page.locator(".settings-form .save button").click()
    page.fill("#q", number)
    page.locator(".search button").click()
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    expect(page.locator("table.rows tbody a")).to_have_text(f"سارا {page.code}")

    content = FILE.format(n=LANGUAGES.index(page.code)).encode()
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("form[action$='/bring-in'] button").click()
    expect(page.locator(".notice.good")).to_be_visible()
    kept(page, page.code, "phonebook")
    with page.expect_download() as download:
        page.locator("a[href='/contacts.csv']").click()
    rows = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    assert {"خالد العلي", f"سارا {page.code}"} <= {row["name"] for row in rows}


def test_the_password_is_asked_once_more_and_then_it_is_done(page, console):
    name = f"agent-{page.code}"
    with sqlite3.connect(console.home.store_db.parent / "console.sqlite") as db:
        db.execute("UPDATE signed_in SET began_at = began_at - ?", (FRESH_S + 60,))
        db.execute("DELETE FROM proven")
    page.goto("/users")
    page.fill("#name", name)
    page.locator("form[action$='/add'] button").click()
    kept(page, page.code, "proof")
    page.locator("input[name='own-password']").fill("wrong")
    page.locator("main form .actions button").click()
    expect(page.locator(".notice.bad")).to_be_visible()
    page.locator("input[name='own-password']").fill(stage.PASSWORD)
    page.locator("main form .actions button").click()
    expect(page.get_by_text(name).first).to_be_visible()
    page.goto("/users")
    expect(page.locator("table.rows").get_by_text(name, exact=True)).to_have_count(1)


def test_a_caller_is_blocked_and_let_in_again(page):
    number = f"0912 666 {LANGUAGES.index(page.code):04}"
    page.locator(".head a[href='/contacts/blocked']").click()
    page.locator(".settings-form .save button").click()
    expect(page.locator(".notice.bad")).to_be_visible()  # there is no number
    page.fill("#value", number)
    page.fill("#note", "<b>هر روز</b> زنگ می‌زند")
    page.locator(".settings-form .save button").click()
    row = page.locator("table.rows tbody tr")
    expect(row).to_have_count(1)
    expect(row.get_by_text("<b>هر روز</b> زنگ می‌زند")).to_be_visible()
    kept(page, page.code, "blocked")
    row.locator("button").click()
    expect(row).to_have_count(0)
