"""The page of telephones in Chromium: a technician adopts one, lays out its keys and gives it a
wallpaper by clicks, in three languages and on a small screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.link.api import ProvisionApi
from firmware.store import users
from firmware.store.db import open_store
from tests.browser.chromium import TELEPHONE, picture, seen, sign_in, speak, visit
from tests.browser.stage import PASSWORD, USER
from tests.browser.test_console import LANGUAGES, box, local
from tests.contract.provisioned import FILE, MAC, Provisioned, curl, password_of, token_in

ASKED = {"en": "Asked, not adopted", "fa": "درخواست کرده", "ar": "طلب"}
ROW = f"#phone-{MAC}"


@pytest.fixture(scope="module")
def office() -> Iterator[Provisioned]:
    with Provisioned("web") as made:
        db = open_store(made.home)
        users.create(db, USER, PASSWORD)
        db.close()
        yield made


@pytest.fixture
def page(office: Provisioned, browser: Browser) -> Iterator[Page]:
    """Signed in, nobody on record."""
    office.begin_anew()
    with visit(browser, f"http://127.0.0.1:{office.network.console_port}") as opened:
        sign_in(opened, USER, PASSWORD)
        opened.wait_for_selector(".rail")
        yield opened


def adopted(office: Provisioned) -> str:
    """A Yealink with its files; its own address."""
    office.admit(MAC, "101", model="T46G")
    return f"{office.base}p/{token_in(curl(office.base + FILE).text)}/{FILE}"


def no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def overlapping(page: Page) -> list[str]:
    """Controls that lie over one another: nobody could click one of them."""
    found: list[str] = page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll("main button, main input, main select")]
                .filter(e => e.offsetParent !== null && e.type !== "hidden")
                .map(e => [e, e.getBoundingClientRect()]);
            const over = [];
            for (const [a, p] of boxes) for (const [b, q] of boxes)
                if (a !== b && p.left < q.right - 1 && q.left < p.right - 1
                    && p.top < q.bottom - 1 && q.top < p.bottom - 1)
                    over.push(`${a.outerHTML.slice(0, 60)} over ${b.outerHTML.slice(0, 60)}`);
            return over;
        }"""
    )
    return found


def test_from_plugging_in_to_the_whole_configuration(office: Provisioned, page: Page) -> None:
    """The telephone asks; it appears by itself; two clicks later it has everything."""
    page.goto("/phones")
    curl(office.base + FILE)
    expect(page.locator(ROW)).to_contain_text("Yealink T46G", timeout=8_000)
    expect(page.locator(ROW)).to_contain_text("Asked, not adopted")
    page.click("button:has-text('Open the window')")
    expect(page.locator("button:has-text('Shut the window')")).to_be_visible()
    token = token_in(curl(office.base + FILE).text)
    expect(page.locator(ROW)).to_contain_text("Waits for its extension", timeout=8_000)
    page.locator(ROW).locator("select").select_option("101")
    page.locator(ROW).locator("button").click()
    page.wait_for_load_state()
    own = curl(f"{office.base}p/{token}/{FILE}").text
    assert password_of(office.site, "101") in own
    page.goto(f"/phones/{MAC}")
    expect(page.locator("main")).to_contain_text("Up to date")
    page.locator("main summary").first.click()
    assert password_of(office.site, "101") not in page.content()


def test_keys_are_laid_out_by_hand(office: Provisioned, page: Page) -> None:
    own = adopted(office)
    page.goto(f"/phones/{MAC}")
    rows = page.locator(".keys tbody tr")
    for place, (kind, value, label) in enumerate(
        (("line", "", ""), ("park", "701", "پارک"), ("queue", "", "صف"), ("night", "", "شب"))
    ):
        row = rows.nth(place)
        row.locator("select").select_option(kind)
        row.locator("input[name=value]").fill(value)
        row.locator("input[name=label]").fill(label)
    page.click("button:has-text('Keep these keys')")
    page.wait_for_load_state()
    told = curl(own).text
    assert "linekey.2.value = *68701\nlinekey.2.label = پارک" in told
    assert "linekey.3.value = *22" in told
    assert "linekey.4.value = *28" in told
    expect(page.locator(".keys input[name=value]").nth(1)).to_have_value("701")
    page.click("button:has-text('As every telephone has them')")
    page.wait_for_load_state()
    assert "*68701" not in curl(own).text


def test_a_wallpaper_is_brought(office: Provisioned, page: Page) -> None:
    own = adopted(office)
    page.goto("/phones")
    form = page.locator("form[action$='/phones/media']")
    file = {"name": "office.png", "mimeType": "image/png", "buffer": b"\x89PNG" + bytes(64)}
    form.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    form.locator("button").click()
    expect(page.locator("main")).to_contain_text("office.png")
    assert "media/office.png" in curl(own).text


@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_the_pages_in_each_language(
    office: Provisioned, page: Page, code: str, direction: str
) -> None:
    adopted(office)
    with office.control() as link:
        link.call(ProvisionApi.expect, mac="c074ad2bd859", model="GRP2614")
        link.call(ProvisionApi.set_override, MAC, "account.1.label", "پذیرش")
        soft = link.call(ProvisionApi.add_softphone, "103")
    page.goto("/phones")
    speak(page, code)
    page.goto("/phones")
    assert page.evaluate("getComputedStyle(document.body).direction") == direction
    rail, main = box(page, ".rail"), box(page, "#main")
    assert (rail["x"] > main["x"]) == (direction == "rtl")
    name, seen_at = box(page, f"{ROW} td:first-child"), box(page, f"{ROW} td:last-child")
    assert (name["x"] > seen_at["x"]) == (direction == "rtl")
    expect(page.locator(f"{ROW} bdi[dir=ltr]").first).to_have_text("00:15:65:4A:A9:37")
    expect(page.locator("#router-title ~ table")).to_contain_text(local("66", code))
    expect(page.locator("#router-title ~ table bdi[dir=ltr]").first).to_contain_text("http://")
    assert no_wider_than_the_screen(page)
    assert overlapping(page) == []
    picture(page, f"phones-{code}", whole=True)
    page.goto(f"/phones/{MAC}")
    expect(page.locator(".keys tbody tr").first).to_be_visible()
    assert no_wider_than_the_screen(page)
    assert overlapping(page) == []
    picture(page, f"phone-{code}", whole=True)
    page.goto(f"/phones/{soft}")
    seen(page, lambda: box(page, ".qr")["width"] > 100, "the QR code is drawn")
    picture(page, f"softphone-{code}")


@pytest.mark.parametrize("code", ["fa", "en"])
def test_the_pages_on_a_small_screen(
    office: Provisioned, browser: Browser, page: Page, code: str
) -> None:
    adopted(office)
    speak(page, code)
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    for name, path in (("phones", "/phones"), ("phone", f"/phones/{MAC}")):
        page.goto(path)
        assert no_wider_than_the_screen(page), path
        assert overlapping(page) == []
        picture(page, f"{name}-small-{code}", whole=True)
