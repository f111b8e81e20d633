"""Coming in and roles in Chromium: the owner sets up a second factor and comes in with it, adds an
agent, who sees only their own; the audit trail tells all of it, in three languages."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import TELEPHONE, picture, sign_in, speak, visit
from tests.browser.conftest import Console
from tests.browser.stage import PASSWORD, USER

LANGUAGES = ("fa", "ar", "en")
LATIN = {ord(digit): str(n % 10) for n, digit in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_agent_is_added_and_sees_only_their_own(console: Console, browser: Browser, code: str):
    name = f"سارا {code}"
    with visit(browser, console.url, storage_state=console.session) as owner:
        owner.goto("/users")
        speak(owner, code)
        owner.fill("#name", name)
        owner.check("#role-agent")
        owner.select_option("#extension", "101")
        picture(owner, f"users-{code}", whole=True)
        owner.locator("form[action='/users/add'] button").click()
        password = owner.locator("main code").inner_text()
        with visit(browser, console.url, troubles=("403",)) as agent:
            sign_in(agent, name, password)
            agent.wait_for_selector(".rail")
            shown = agent.locator(".rail nav a").evaluate_all("all => all.map(a => a.pathname)")
            assert "/calls" in shown
            assert not {"/users", "/audit", "/phones", "/settings"} & set(shown)
            with agent.expect_response(re.compile("/users$")) as refused:
                agent.goto("/users")
            assert refused.value.status == 403
        owner.goto("/audit")
        expect(owner.locator("tbody tr").first).to_contain_text(name)
        picture(owner, f"audit-{code}", whole=True)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_second_factor_is_set_up_and_asked_for(console: Console, browser: Browser, code: str):
    with visit(browser, console.url, viewport=TELEPHONE) as page:
        sign_in(page, USER, PASSWORD)
        page.wait_for_selector(".rail")
        page.goto("/account/factor")
        totp = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
        image = page.locator("img.qr").evaluate("img => img.complete && img.naturalWidth")
        assert image > 100
        assert fits(page)
        picture(page, f"factor-{code}", whole=True)
        used = totp.now()
        page.fill("#code", used)
        page.fill("#current", PASSWORD)
        page.locator("form[action='/account/factor'] button").click()
        recovery = page.locator(".codes .secret").all_inner_texts()
        assert len(recovery) == 10
    with visit(browser, console.url, troubles=("401",)) as page:
        sign_in(page, USER, PASSWORD)
        page.wait_for_url("**/login/code*")
        speak_at_login(page, code)
        page.fill("#code", used)
        page.locator("main form button").click()
        expect(page.locator("[role=alert]")).to_be_visible()
        clock = page.locator("[role=alert]").inner_text().translate(LATIN)
        assert time.strftime("%H:") in clock
        picture(page, f"code-{code}")
        page.fill("#code", totp.at(time.time() + 30))
        page.locator("main form button").click()
        page.wait_for_selector(".rail")
        page.goto("/account")
        picture(page, f"account-{code}", whole=True)
        page.fill("#current-factor", PASSWORD)
        page.locator("button[formaction='/account/factor/remove']").click()
        page.wait_for_url("**done=factor")
    with visit(browser, console.url) as page:
        sign_in(page, USER, PASSWORD)
        page.wait_for_selector(".rail")


def speak_at_login(page: Page, code: str) -> None:
    """Choose the language before the code was given."""
    speak(page, code)
    page.goto("/login/code")
