"""Supervision and the wallboard in Chromium: they follow by themselves, grades are told without
colour, nothing is taken from under a hand, and they are for everybody."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.link.agents import ListenerRow, QueueAlertRow
from firmware.link.rows import CallerRow
from firmware.model.permissions import Role
from firmware.store import users
from tests.browser import stage
from tests.browser.chromium import TELEPHONE, picture, sign_in, speak, visit
from tests.browser.conftest import Console
from tests.browser.test_accessibility import AXE, violations
from tests.browser.test_console import LANGUAGES

TELEVISION = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def centre(console: Console) -> Console:
    with stage.store(console.home) as db:
        mine = frozenset({"support"})
        users.create(db, "boss", stage.PASSWORD, Role.SUPERVISOR, extension="103", queues=mine)
    calm(console)
    return console


@pytest.fixture
def page(centre: Console, browser: Browser) -> Iterator[Page]:
    with visit(browser, centre.url) as page:
        sign_in(page, "boss", stage.PASSWORD)
        page.wait_for_selector(".rail")
        page.goto("/supervision")
        yield page
    calm(centre)


def calm(console: Console) -> None:
    console.daemons.post("queue.changed", stage.queue())
    console.daemons.post("agent.available", stage.agent("101", time.time()))


def busy(console: Console) -> None:
    """Somebody has waited for two minutes, and the agent talks."""
    now = time.time()
    waits = CallerRow(call="c1", caller="02199", since=now - 120.0, visit="c1/1")
    console.daemons.post("queue.changed", stage.queue("support", waits))
    console.daemons.post("call.began", stage.call("c9", now, place="queue:support"))
    console.daemons.post("agent.talking", stage.agent("101", now, state="talking", call="c9"))


def test_callers_states_and_alerts_come_by_themselves(centre, page):
    expect(page.locator("#pulse")).to_have_attribute("data-state", "live")
    expect(page.locator(".callers li")).to_have_count(0)
    busy(centre)
    expect(page.locator(".callers li")).to_have_count(1)
    expect(page.locator("[data-agent='101'] [data-how]")).to_have_count(4)
    expect(page.locator(".measured.bad").first).to_be_visible()
    alert = QueueAlertRow(
        id="slow/support", alert="slow", queue="support", figure="longest_wait", value=120.0,
        limit=60.0, since=time.time(),
    )  # fmt: skip
    centre.daemons.post("queue_alert.raised", alert)
    expect(page.locator("#part-alerts .notice")).to_have_count(1)
    centre.daemons.post("queue_alert.cleared", alert)
    expect(page.locator("#part-alerts .notice")).to_have_count(0)
    row = ListenerRow(id="w1", supervisor="103", agent="101", call="c9", how="listen", is_on=True)
    centre.daemons.post("listener.began", row)
    expect(page.locator("[data-agent='101'] button[data-how=listen]")).to_have_count(0)
    expect(page.locator("[data-agent='101'] button[data-how=take_over]")).to_have_count(1)
    centre.daemons.post("listener.ended", row)


def test_what_somebody_works_in_is_left_alone(centre, page):
    busy(centre)
    button = page.locator(".callers button").first
    button.focus()
    centre.daemons.post("queue.changed", stage.queue())
    page.wait_for_timeout(2500)
    expect(button).to_be_focused()
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    expect(page.locator(".callers li")).to_have_count(0)


def test_a_television_shows_the_wallboard_without_signing_in(centre, browser, page):
    page.goto("/supervision/screens")
    page.fill("[name=title]", "Hall")
    page.click("form.panel .button")
    address = page.locator("#address").inner_text()
    busy(centre)
    with visit(browser, centre.url, viewport=TELEVISION) as television:
        television.goto(address)
        tile = television.locator(".tile")
        expect(tile).to_have_attribute("data-grade", "beyond")
        # In shades of grey: another shape and another edge than a good one.
        expect(tile).to_have_css("border-top-style", "double")
        expect(tile.locator("h2 use")).to_have_attribute("href", _ends("#warning"))
        assert "02199" not in television.content()
        picture(television, "wallboard")
        calm(centre)
        expect(tile).to_have_attribute("data-grade", "good")
        expect(tile).to_have_css("border-top-style", "solid")
        expect(tile.locator("h2 use")).to_have_attribute("href", _ends("#tick"))


def test_in_three_languages_for_everybody(centre, page):
    busy(centre)
    found = []
    for path in ("/supervision", "/supervision/wallboard", "/supervision/screens"):
        for code, direction in LANGUAGES:
            page.goto("/supervision")
            speak(page, code)
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("dir", direction)
            picture(page, f"{path.rpartition('/')[2]}-{code}", whole=True)
            page.evaluate(AXE.read_text())
            found += [f"{path} {code}: {one}" for one in violations(page)]
        page.set_viewport_size(TELEPHONE)
        if page.evaluate("document.documentElement.scrollWidth") > TELEPHONE["width"]:
            found.append(f"{path} is wider than a telephone")
        page.set_viewport_size({"width": 1280, "height": 800})
    assert found == []


def _ends(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text) + "$")
