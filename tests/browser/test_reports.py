"""The pages of reports in Chromium: the course drawn, the way down to a call, in three languages
and on a telephone's screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from firmware.store import rows
from tests.browser.chromium import TELEPHONE, picture, speak, visit
from tests.browser.stage import add_calls, call_record, store
from tests.unit.test_store_figures import DAY, the_day

THE_DAYS = "/reports?from=2026-11-16&to=2026-11-22&calendar=gregorian&compare=before"
LANGUAGES = [("fa", "rtl", "مجموع"), ("ar", "rtl", "المجموع"), ("en", "ltr", "Total")]


@pytest.fixture(scope="module")
def busy(console):
    """The day that was worked out by hand."""
    with store(console.home) as db:
        for one in the_day():
            rows.save(db, one)
    add_calls(console.home, call_record("call-A", DAY, queue="support"))
    return console


@pytest.fixture
def page_of(busy, browser):
    """Opens a page, signed in."""

    def visit_page(**options):
        return visit(browser, busy.url, storage_state=busy.session, **options)

    return visit_page


DRAWN = """() => {
  const canvas = document.querySelector("#course canvas");
  const dots = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let at = 3; at < dots.length; at += 4) inked += dots[at] > 0;
  return inked;
}"""


@pytest.mark.parametrize(("code", "direction", "total"), LANGUAGES)
def test_the_report_in_each_language(page_of, code, direction, total):
    with page_of() as page:
        page.goto(THE_DAYS)
        speak(page, code)
        expect(page.locator("tfoot th")).to_have_text(total)
        assert page.evaluate("getComputedStyle(document.body).direction") == direction
        page.wait_for_selector("#course canvas")
        assert page.evaluate(DRAWN) > 1000
        picture(page, f"reports-{code}", whole=True)
        first = page.locator("table.report-table tbody tr td").first.bounding_box()
        head = page.locator("table.report-table tbody tr th").first.bounding_box()
        assert (first["x"] > head["x"]) == (direction == "ltr")


def test_from_a_figure_down_to_the_call(page_of):
    with page_of() as page:
        page.goto(f"{THE_DAYS}&by=agent")
        page.get_by_role("link", name="101").click()
        expect(page.locator("tbody tr")).to_have_count(2)
        page.locator("#call-call-A a.plain").click()
        expect(page).to_have_url(re.compile(r"/calls/call-A$"))


def test_filters_stay_in_the_address(page_of):
    with page_of() as page:
        page.goto(THE_DAYS)
        page.get_by_label("Told apart by").select_option("line")
        page.get_by_text("Only these").click()
        page.locator("select[name=disposition]").select_option("abandoned")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("tfoot td").first).to_contain_text("3")
        address = page.url
        page.goto("/reports")
        page.goto(address)
        expect(page.locator("table.report-table tbody th")).to_have_text("fxo-2")
        assert page.locator("select[name=disposition]").input_value() == "abandoned"


def test_on_a_telephones_screen_only_the_table_is_wider(page_of):
    with page_of(viewport=TELEPHONE) as page:
        page.goto(THE_DAYS)
        page.wait_for_selector("#course canvas")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, "reports-telephone")


def test_without_a_script_the_table_says_all(page_of):
    with page_of(java_script_enabled=False) as page:
        page.goto(THE_DAYS)
        expect(page.locator("tfoot td").first).to_contain_text("9")
