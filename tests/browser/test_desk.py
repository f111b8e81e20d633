"""An agent's desk in Chromium: the caller comes up by themselves, nothing that is being written is
lost, and it is for everybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from firmware.config import document, history
from firmware.config.schema import Queue
from firmware.config.sections.crm import Crm
from firmware.config.sections.flows import Service
from firmware.config.sections.queues import OutcomeItem
from firmware.model.permissions import Role
from firmware.model.sms import SmsRecord, SmsState
from firmware.store import outcomes, rows, search, users
from tests.browser import stage
from tests.browser.chromium import DESKTOP, TELEPHONE, picture, seen, sign_in, speak, visit
from tests.browser.conftest import Console
from tests.browser.test_accessibility import AXE, violations
from tests.browser.test_console import LANGUAGES
from tests.unit.test_web_customer import CustomerSystem, answering


def _text(direction: str, number: str, text: str, state: SmsState, ident: str, at: float):
    return SmsRecord(
        id=ident, line="gsm-1", direction=direction, number=number, text=text, at=at, state=state
    )


QUEUE = Queue(
    name="support",
    title="پشتیبانی",
    members=("101",),
    outcome=(OutcomeItem(name="solved", title="حل شد"), OutcomeItem(name="again", title="Again")),
    outcome_required=True,
    script=("شماره فاکتور را بپرسید", "Say thanks"),
    text_callers=True,
)

TEXTS = tuple(
    partial(_text, *one)
    for one in (
        ("inbound", "+982188776655", "سلام، فاکتور ۱۲ کی می‌رسد؟", SmsState.RECEIVED),
        ("outbound", "02188776655", "It leaves tomorrow.", SmsState.DELIVERED),
        ("outbound", "02188776655", "رسید؟", SmsState.FAILED),
        ("inbound", "02188776655", "نه هنوز", SmsState.RECEIVED),
    )
)
"""What went between the box's SIM and the caller, seven hours apart."""


@pytest.fixture(scope="module")
def customers() -> Iterator[CustomerSystem]:
    with answering() as system:
        yield system


@pytest.fixture(scope="module")
def agents(console: Console, customers: CustomerSystem) -> Console:
    service = Service(name="crm", url=customers.url, timeout_s=1.0, cache_s=0.0)
    crm = Crm(service="crm", name="items[0].name", page_in_answer="items[0].url")
    site = history.load_current(console.home)[1]
    site = site.model_copy(update={"queue": (QUEUE,), "crm": crm, "service": (service,)})
    history.apply(console.home, document.dump(site, secrets=True), "test", "")
    with stage.store(console.home) as db:
        users.create(db, "sara", stage.PASSWORD, Role.AGENT, extension="101")
    now = time.time()
    stage.add_calls(
        console.home, stage.call_record("c1", now - 9000, caller="02188776655", agent="101")
    )
    with stage.store(console.home) as db:
        for number, text in enumerate(TEXTS):
            rows.save(db, text(f"s{number}", now - 90000 + 30000 * number))
    console.daemons.post("agent.available", stage.agent("101", now, state="available", call=""))
    console.daemons.post("queue.changed", stage.queue())
    return console


@pytest.fixture
def page(agents: Console, browser: Browser) -> Iterator[Page]:
    with visit(browser, agents.url) as page:
        sign_in(page, "sara", stage.PASSWORD)
        page.wait_for_selector(".rail")
        page.goto("/desk")
        yield page


def call_comes(console: Console, ident: str) -> None:
    now = time.time()
    console.daemons.post("call.began", stage.call(ident, now, place="queue:support"))
    console.daemons.post("agent.talking", stage.agent("101", now, state="talking", call=ident))


def call_goes(console: Console, ident: str) -> None:
    now = time.time()
    console.daemons.post("agent.available", stage.agent("101", now, state="available", call=""))
    console.daemons.post("call.ended", stage.call(ident, now, place="queue:support"))


def test_a_caller_comes_up_without_anybody_touching_the_page(agents, page):
    expect(page.locator("#desk-state .badge")).to_have_count(1)
    call_comes(agents, "live1")
    expect(page.locator(".caller .script li")).to_have_count(2)
    expect(page.locator(".wrap [name=outcome]")).to_have_count(2)
    call_goes(agents, "live1")


def test_the_customer_system_says_who_it_is_and_a_slow_one_holds_up_nothing(
    agents, page, customers
):
    call_comes(agents, "live5")
    expect(page.locator(".customer")).to_contain_text("Sara Ahmadi")
    address = page.locator(".customer a").get_attribute("href")
    assert address == "/customer?number=02188776655"
    customers.ready.clear()
    call_goes(agents, "live5")
    call_comes(agents, "live6")
    page.goto("/desk")
    expect(page.locator(".caller .script li")).to_have_count(2)
    expect(page.locator(".customer")).to_contain_text("does not answer")
    customers.ready.set()
    call_goes(agents, "live6")


def test_two_browsers_of_one_agent_show_the_same_and_the_later_outcome_counts(
    agents, page, browser
):
    call_comes(agents, "live7")
    with visit(browser, agents.url) as other:
        sign_in(other, "sara", stage.PASSWORD)
        other.wait_for_selector(".rail")
        other.goto("/desk")
        for number, one in enumerate((page, other)):
            expect(one.locator(".caller .script li")).to_have_count(2)
            one.locator(".wrap [name=outcome]").nth(number).check()
            one.locator(".wrap [accesskey=s]").click()
            expect(one.locator(".wrap [name=outcome]").nth(number)).to_be_checked()
        page.goto("/desk")
        expect(page.locator(".wrap [name=outcome]").nth(1)).to_be_checked()
        row = stage.agent("101", time.time(), state="paused", call="live7")
        agents.daemons.post("agent.paused", row)
        for one in (page, other):
            expect(one.locator("#desk-state .badge")).to_contain_text("break", ignore_case=True)
    call_goes(agents, "live7")


def test_a_call_is_written_up_by_the_keyboard_alone(agents, page):
    call_comes(agents, "live9")
    first, chosen = (page.locator(".wrap [name=outcome]").nth(n) for n in (0, 1))
    expect(page.locator(".caller .script li")).to_have_count(2)
    assert chosen.get_attribute("accesskey") == "2"  # (Playwright presses no access keys)
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(chosen).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("They will call again")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(chosen).to_be_checked()
    with stage.store(agents.home) as db:
        assert outcomes.last_of(db, "live9", "101") == "again"
        [note] = [one.text for _id, one in search.notes_of(db, "live9")]
        assert note == "They will call again"
    call_goes(agents, "live9")


def lefts(page: Page) -> list[float]:
    """Where each message begins from the left: all of one moment, for the page renews them."""
    return page.evaluate(
        "() => [...document.querySelectorAll('#desk-thread li')]"
        ".map((one) => one.getBoundingClientRect().left)"
    )


LEFT_BELOW = """() => {
  const thread = document.getElementById("desk-thread");
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight;
}"""


def test_the_messages_read_as_a_conversation_that_goes_on(agents, page):
    call_comes(agents, "live8")
    texts = page.locator("#desk-thread li")
    expect(texts).to_have_count(4)
    expect(page.locator("#desk-thread .badge.bad")).to_have_count(1)
    theirs, ours, *_ = lefts(page)
    assert theirs < ours  # in English the others speak at the left
    with stage.store(agents.home) as db:
        number = "+982188776655"
        rows.save(db, _text("inbound", number, "It is here", SmsState.RECEIVED, "s9", time.time()))
    expect(texts).to_have_count(5)
    seen(page, lambda: page.evaluate(LEFT_BELOW) < 2, "the newest message is in sight")
    speak(page, "fa")
    page.goto("/desk")
    theirs, ours, *_ = lefts(page)
    assert theirs > ours
    speak(page, "en")
    call_goes(agents, "live8")


def test_what_is_being_written_stays_when_the_next_call_comes(agents, page):
    call_comes(agents, "live2")
    page.locator(".wrap textarea").fill("half a sentence")
    call_comes(agents, "live3")
    page.wait_for_timeout(4000)
    expect(page.locator(".wrap textarea")).to_have_value("half a sentence")
    call_goes(agents, "live3")


def test_an_answer_that_breaks_off_is_asked_for_again(agents, page):
    broken = []

    def break_off(route):
        broken.append(route.request.url)
        route.fulfill(status=200, content_type="application/json", body='{"call": "li')

    page.route("**/desk/now*", break_off, times=1)
    seen(page, lambda: broken, "an answer has broken off")
    call_comes(agents, "live10")
    expect(page.locator(".caller")).to_be_visible()
    call_goes(agents, "live10")


def test_who_is_on_their_way_to_another_page_is_not_called_back_by_a_caller(agents, page):
    """The caller comes while the way to another page still lasts."""
    gone: list[Route] = []

    def hold(route):
        gone.append(route)

    page.route("**/language/fa", hold, times=1)
    page.locator(".switcher button[lang=fa]").click(no_wait_after=True)
    seen(page, lambda: gone, "the page is left")
    call_comes(agents, "live11")
    page.wait_for_event("response", lambda one: "/desk/now" in one.url and one.status == 200)
    page.wait_for_event("response", lambda one: "/desk/now" in one.url)  # the news was taken
    gone[0].continue_()
    expect(page.locator("html")).to_have_attribute("lang", "fa")
    expect(page.locator(".caller")).to_be_visible()
    speak(page, "en")
    call_goes(agents, "live11")


def test_in_three_languages_for_everybody(agents, page):
    call_comes(agents, "live4")
    found = []
    for code, direction in LANGUAGES:
        speak(page, code)
        page.goto("/desk")
        expect(page.locator("html")).to_have_attribute("dir", direction)
        expect(page.locator(".caller")).to_be_visible()
        picture(page, f"desk-{code}", whole=True)
        page.evaluate(AXE.read_text())
        found += [f"{code}: {one}" for one in violations(page)]
        page.set_viewport_size(TELEPHONE)
        picture(page, f"desk-{code}-telephone", whole=True)
        if page.evaluate("document.documentElement.scrollWidth") > TELEPHONE["width"]:
            found.append(f"{code}: wider than a telephone")
        page.set_viewport_size(DESKTOP)
    call_goes(agents, "live4")
    assert found == []
