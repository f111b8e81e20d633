"""Debian's Chromium, with a new empty profile, and a page that complains of what a user would
never see: errors in the console, blocked content, failed requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Browser, Page, sync_playwright

PATH = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=user-gesture-required",
]
SCREENS = Path("var/browser/stories")

DESKTOP = {"width": 1360, "height": 860}
TELEPHONE = {"width": 390, "height": 844}

T = TypeVar("T")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser, url: str, *, troubles: tuple[str, ...] = (), **options
) -> Iterator[Page]:
    """A page of a new profile at ``url``. ``troubles`` are pieces of the complaints a test
    provokes; any other complaint fails it."""
    options = {"viewport": DESKTOP, "locale": "en-GB", **options}
    context = browser.new_context(base_url=url, **options)
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(f"{page.url}: {said.text}")
            if said.type in ("error", "warning")
            else None
        ),
    )
    try:
        yield page
        unexpected = [said for said in complaints if not any(known in said for known in troubles)]
        assert unexpected == [], unexpected
    finally:
        context.close()


def sign_in(page: Page, user: str, password: str) -> None:
    """Fill in the login form, wherever the page is."""
    page.goto("/login")
    page.fill("#user", user)
    page.fill("#password", password)
    page.click(".login .button")


def speak(page: Page, code: str) -> None:
    """Choose a language with the switcher of the page, which a small screen keeps in the menu."""
    menu = page.locator(".menu summary")
    if menu.is_visible():
        menu.click()
    page.click(f".switcher button[lang={code}]")
    page.wait_for_selector(f"html[lang={code}]")


def seen(page: Page, condition: Callable[[], T], what: str, timeout_s: float = 8.0) -> T:
    """Wait until ``condition()`` is true. (Playwright's own wait_for_function evaluates text in
    the page, which the page's Content-Security-Policy forbids, as it should.)"""
    for _ in range(int(timeout_s * 20)):
        if result := condition():
            return result
        page.wait_for_timeout(50)
    raise AssertionError(f"{what}: not within {timeout_s:g} s")


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture of the page as var/browser/stories/NAME.png."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=whole)
