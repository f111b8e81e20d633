"""From the first page to a working office: a new box is set up in the browser, then somebody calls
in on the virtual bench, the telephone there is lifted, and what it hears is heard in the page."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import picture, seen, sign_in, visit
from tests.rig.box import WholeBox
from tests.rig.until import until

PASSPHRASE = "violet tractor beneath nine"
OFFICE, GREETING = "دفتر نمونه", "به دفتر نمونه خوش آمدید"
LINE, TELEPHONE, NUMBER = "fxo-1", "fxs-1", "201"
LONGEST_S = 600.0


def step(page: Page, name: str) -> None:
    expect(page).to_have_url(f"{page.url.split('/setup')[0]}/setup/{name}")


def go_on(page: Page, *, to: str) -> None:
    page.click("form.step .onward button:not([name=skip])")
    step(page, to)


def set_up(page: Page) -> None:
    """Every step of the wizard."""
    page.goto("/setup")
    step(page, "language")
    page.check("input[value=fa]")
    go_on(page, to="country")
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.select_option("#country", "ir")
    go_on(page, to="name")
    page.fill("#name", OFFICE)
    picture(page, "wizard-name")
    go_on(page, to="network")
    go_on(page, to="account")
    page.fill("#password", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    go_on(page, to="lines")
    learn_a_line(page)
    go_on(page, to="phones")
    page.click("form[action='/setup/phones/window'] button")
    step(page, "phones")
    go_on(page, to="extensions")
    page.locator(f"tr:has(input[value='{NUMBER}']) input[name=name]").fill("سارا")
    go_on(page, to="greeting")
    page.fill("#text", GREETING)
    page.select_option("#to", f"extension:{NUMBER}")
    go_on(page, to="test")


def learn_a_line(page: Page) -> None:
    """Its dial tone, which dials nothing."""
    line = page.locator("#part li", has_text=LINE)
    expect(line).to_be_visible()
    line.locator("summary").click()
    line.locator("form.fields button").click()
    expect(page.locator("progress")).to_be_visible()
    picture(page, "wizard-learning")
    expect(page.locator("progress")).to_have_count(0, timeout=40_000)
    expect(line.locator("[role=status]")).to_be_visible()
    line.locator("form[action$='/accept'] button").click()
    step(page, "lines")
    expect(page.locator(".problem")).to_have_count(0)


def call_in(page: Page) -> None:
    """Ring line 1 from the wizard; the call is seen there."""
    page.select_option("#line", LINE)
    page.click("form[action='/setup/test/bench'] button")
    expect(page.locator("#part .call")).to_be_visible(timeout=20_000)
    picture(page, "wizard-test")


def answer_on_the_bench(page: Page) -> None:
    """The telephone on the station line rings; lifted, it hears something."""
    page.goto("/bench")
    expect(page.locator(f"#far-{LINE}")).to_have_attribute("data-state", "talking", timeout=20_000)
    telephone = page.locator(f"#far-{TELEPHONE}")
    expect(telephone).to_have_attribute("data-state", "ringing", timeout=40_000)
    telephone.locator("form[action$='/lift'] button").click()
    expect(telephone).to_have_attribute("data-state", "talking")
    telephone.locator("[data-hear]").click()
    heard = page.locator("[data-stream]")
    expect(page.locator("#problem")).to_be_hidden()
    seen(page, lambda: int(heard.get_attribute("data-heard") or 0) > 8000, "a second is heard")
    picture(page, "bench-talk")
    telephone.locator("form[action$='/hang-up'] button").click()
    expect(telephone).to_have_attribute("data-state", "idle", timeout=10_000)
    expect(page.locator(f"#far-{LINE}")).to_have_attribute("data-state", "idle", timeout=20_000)


@pytest.mark.timeout(220)
def test_from_the_first_page_to_a_working_office(browser):
    with WholeBox() as box:
        until(lambda: box.status("lined").up_s > 2.5, 10.0, "the lines take ringing")
        url = f"http://127.0.0.1:{box.network.console_port}"
        with visit(browser, url) as page:
            began_at = time.monotonic()
            sign_in(page, "owner", box.owner_password)
            page.wait_for_selector(".rail")
            set_up(page)
            took_s = time.monotonic() - began_at
            call_in(page)
            answer_on_the_bench(page)
            page.goto("/setup/test")
            go_on(page, to="done")
            page.click("form.step .onward button")
            expect(page).to_have_url(f"{url}/")
            print(
                f"set up in {took_s:.1f} s, first call over after {time.monotonic() - began_at:.1f}"
            )
        assert took_s < LONGEST_S
        site = box.site
        assert (site.office.name, site.office.language) == (OFFICE, "fa")
        learned = next(one.learned for one in site.line if one.name == LINE)
        assert "dial" in {one.setting for one in learned or ()}
        [call] = box.calls()
        assert box.call(call.id).disposition == "answered"
        assert {leg.party for leg in box.legs(call.id)} >= {NUMBER}
