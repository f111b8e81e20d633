"""The settings in Chromium, in the three languages: an extension edited, the difference seen,
applied, found in the history, undone; two technicians who change the same; lists ordered by mouse
and by keyboard; a form in its parts without a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.model.permissions import Role
from firmware.store import users
from tests.bench.console_store import FIRST_NUMBER, large_office
from tests.browser import stage
from tests.browser.chromium import sign_in, speak, visit
from tests.browser.conftest import started
from tests.browser.test_accessibility import AXE, KEPT, violations
from tests.rig.ports import reserve_block
from web.leaf import PAGE_LENGTH

LANGUAGES = ("en", "fa", "ar")
COLLEAGUE, THEIR_PASSWORD = "reza", "another long password"
EXTENSIONS = 120
QUEUE = "/settings/queue/item?name=queue0"


@dataclass(frozen=True)
class Office:
    """A console of an office with many extensions, and two who set it up."""

    home: Home
    url: str

    @property
    def site(self) -> Site:
        return history.load_current(self.home)[1]

    def name_of(self, number: int) -> str:
        return next(one.name for one in self.site.extension if one.number == str(number))

    @property
    def members(self) -> list[str]:
        queue = next(one for one in self.site.queue if one.name == "queue0")
        return [str(member) for member in queue.members][:4]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with reserve_block() as ports:
        port = ports.network().console_port
        home = stage.make_home(tmp_path_factory.mktemp("box"), console_port=port)
        stage.add_user(home)
        with stage.store(home) as db:
            users.create(db, COLLEAGUE, THEIR_PASSWORD, Role.TECHNICIAN)
        text = large_office(EXTENSIONS) + f"network: {{console_port: {port}}}\n"
        history.apply(home, text, "test", "a large office")
        with stage.Daemons(home):
            process = started(home)
            try:
                yield Office(home, f"http://127.0.0.1:{port}")
            finally:
                process.stop()


@pytest.fixture
def page(office: Office, browser: Browser) -> Iterator[Page]:
    with visit(browser, office.url, troubles=("409", "422")) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.wait_for_selector(".rail")
        yield page


@pytest.fixture
def colleague(office: Office, browser: Browser) -> Iterator[Page]:
    with visit(browser, office.url, troubles=("409", "422")) as page:
        sign_in(page, COLLEAGUE, THEIR_PASSWORD)
        page.wait_for_selector(".rail")
        yield page


def kept(page: Page, code: str, name: str) -> None:
    """Nothing wrong by axe, and a picture of it."""
    page.evaluate(AXE.read_text())
    assert violations(page) == [], name
    (KEPT / code).mkdir(parents=True, exist_ok=True)
    page.screenshot(path=KEPT / code / f"settings-{name}.png", full_page=True)


def rename(page: Page, number: int, name: str) -> None:
    page.goto(f"/settings/extension/item?name={number}")
    page.fill("#name", name)
    page.locator(".settings-form .save button").click()
    page.wait_for_selector(".settings-list")


def apply(page: Page, reason: str) -> None:
    page.goto("/settings/review")
    page.fill("#reason", reason)
    page.locator("form[action$='/apply'] button").click()
    page.wait_for_selector("time")


def drop_draft(page: Page) -> None:
    page.goto("/settings/review")
    page.locator("form[action$='/discard'] button").click()
    page.wait_for_selector(".settings-groups")


@pytest.mark.parametrize(("code", "number"), list(zip(LANGUAGES, (2010, 2020, 2030), strict=True)))
def test_an_extension_is_edited_reviewed_applied_and_undone(office, page, code, number):
    was, name = office.name_of(number), "سارا احمدی"
    if code != "en":
        speak(page, code)
    page.goto("/settings/extension")
    expect(page.locator(".settings-list tbody tr")).to_have_count(PAGE_LENGTH)
    kept(page, code, "list")
    page.fill("#q", was)
    page.locator(".search button").click()
    page.locator(f".settings-list a[href*='name={number}']").first.click()
    page.fill("#name", "")
    page.locator(".settings-form .save button").click()
    expect(page.locator("#name-said .wrong")).to_be_visible()
    kept(page, code, "wrong")
    page.fill("#name", name)
    page.locator(".settings-form .save button").click()
    page.locator(".notices a[href$='/settings/review']").click()

    expect(page.locator(".changes .before")).to_have_text(was)
    expect(page.locator(".changes .after")).to_have_text(name)
    page.locator(".difference summary").click()
    expect(page.locator(".difference .plus")).to_contain_text(name)
    kept(page, code, "review")
    assert office.name_of(number) == was
    page.fill("#reason", f"{code}: a new colleague")
    page.locator("form[action$='/apply'] button").click()
    expect(page.locator(".notice.good")).to_be_visible()
    assert office.name_of(number) == name
    kept(page, code, "history")

    page.locator("table.rows tbody tr").first.locator("a").click()
    expect(page.locator(".changes .after")).to_have_text(name)
    kept(page, code, "version")
    page.locator("form[action$='/undo'] button").click()
    expect(page.locator(".changes .after")).to_have_text(was)
    apply(page, "undone")
    assert office.name_of(number) == was


@pytest.mark.parametrize(("code", "number"), list(zip(LANGUAGES, (2040, 2050, 2060), strict=True)))
def test_of_two_technicians_the_second_sees_what_both_changed(
    office, page, colleague, code, number
):
    if code != "en":
        speak(colleague, code)
    rename(page, number, "Theirs")
    rename(colleague, number, "Mine")
    rename(colleague, number + 1, "Untouched")
    apply(page, "first")
    colleague.goto("/settings/review")
    meanwhile = colleague.locator("section.panel:has(.changes)")
    expect(meanwhile).to_have_count(3)
    expect(meanwhile.nth(0).locator(".after")).to_have_text("Mine")  # what both changed
    expect(meanwhile.nth(1).locator(".after")).to_have_text("Theirs")
    expect(meanwhile.nth(2).locator(".after")).to_have_text(["Mine", "Untouched"])
    expect(colleague.locator("form[action$='/apply'] button")).to_be_disabled()
    kept(colleague, code, "conflict")
    colleague.locator("form[action$='/carry-over'] button").click()
    expect(colleague.locator(".notice.bad")).to_have_count(0)
    expect(colleague.locator(".changes .before").first).to_have_text("Theirs")
    apply(colleague, "second")
    assert (office.name_of(number), office.name_of(number + 1)) == ("Mine", "Untouched")


def fields(page: Page) -> Locator:
    return page.locator("ol.order input[name^='members.']:not([type=hidden])")


def order(page: Page) -> list[str]:
    return [field.input_value() for field in fields(page).all()][:4]


@pytest.mark.parametrize("code", LANGUAGES)
def test_members_are_ordered_by_mouse(office, page, code):
    if code != "en":
        speak(page, code)
    page.goto(QUEUE)
    before = order(page)
    rows = page.locator("ol.order > li.can-move")
    rows.nth(0).scroll_into_view_if_needed()
    target = rows.nth(2).bounding_box()
    rows.nth(0).locator(".handle").drag_to(
        rows.nth(2), target_position={"x": 40, "y": target["height"] - 3}
    )
    moved = [before[1], before[2], before[0], before[3]]
    assert order(page) == moved
    kept(page, code, "queue")
    page.locator(".settings-form .save button").click()
    page.wait_for_selector(".settings-list")
    apply(page, "another order")
    assert office.members == moved


def test_members_are_ordered_by_the_keyboard_which_stays_where_it_was(office, page):
    page.goto(QUEUE)
    before = order(page)
    up = page.locator("button[value='up:members.2']")
    up.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # it is the first already
    assert order(page) == [before[2], before[0], before[1], before[3]]
    expect(up).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert order(page) == [before[0], before[2], before[1], before[3]]
    fields(page).nth(0).focus()
    page.keyboard.press("Enter")  # keeps, as in any form
    page.wait_for_selector(".settings-list")
    apply(page, "by keyboard")
    assert office.members == [before[0], before[2], before[1], before[3]]


def test_without_a_script_the_buttons_do_it(office, browser):
    with visit(browser, office.url, java_script_enabled=False) as page:
        sign_in(page, stage.USER, stage.PASSWORD)
        page.goto(QUEUE)
        before = order(page)
        expect(page.locator(".handle")).to_have_count(0)
        page.locator("ol.order > li").nth(1).locator("button[value^='up:']").click()
        assert order(page)[:2] == [before[1], before[0]]
        page.goto(f"/settings/extension?q={FIRST_NUMBER + 77}")
        expect(page.locator(".settings-list tbody tr")).to_have_count(1)


def test_a_draft_is_dropped(office, page):
    rename(page, 2070, "Nobody")
    drop_draft(page)
    expect(page.locator(".notice.wait")).to_have_count(0)
    assert office.name_of(2070) == "Person 69"
