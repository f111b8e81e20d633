"""The console beside a real call: a simulated line rings, an agent's telephone answers, and three
pages in three languages show it as it happens; then the recording plays in the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from firmware.link.api import BenchApi
from tests.browser.chromium import picture, seen, sign_in, speak, visit
from tests.browser.test_console import LANGUAGES, local
from tests.rig import audio
from tests.rig.box import WholeBox
from tests.rig.telephones import Telephones
from tests.rig.until import until

LINE, NUMBER, AGENT = "fxo-1", "02188776655", "101"


@contextmanager
def the_pages(browser, box: WholeBox) -> Iterator[dict[str, Page]]:
    """The live page, open in each language."""
    url = f"http://127.0.0.1:{box.network.console_port}"
    with ExitStack() as stack:
        pages = {}
        for code, _direction in LANGUAGES:
            page = stack.enter_context(visit(browser, url))
            sign_in(page, "owner", box.owner_password)
            page.wait_for_selector(".rail")
            speak(page, code)
            page.goto("/")
            page.wait_for_selector("#pulse[data-state=live]")
            pages[code] = page
        yield pages


def ring(box: WholeBox, folder: Path) -> None:
    say = audio.write_tone(folder / "say.wav", 600, level_dbfs=-12.0, length_s=5.0)
    with box.link("bench") as link:
        link.call(
            BenchApi.ring,
            line=LINE,
            number=NUMBER,
            name="SARA AHMADI",
            digits="1",
            say=str(say),
            listen="",
        )


def everywhere(pages: dict[str, Page], check) -> None:
    for code, page in pages.items():
        check(page, code)


def a_call_is_in_the_menu(page: Page, code: str) -> None:
    row = page.locator(".c-from", has_text=local(NUMBER, code))
    expect(row).to_be_visible(timeout=20_000)
    # Telephone numbers are read from left to right in every language.
    assert row.locator("bdi[dir=ltr]").count() == 1


def it_is_talked_on_and_recorded(page: Page, code: str) -> None:
    expect(page.locator("tr .recording")).to_be_visible(timeout=30_000)


def no_call_is_left(page: Page, code: str) -> None:
    expect(page.locator("tr .recording")).to_have_count(0, timeout=20_000)


@pytest.mark.timeout(180)
def test_a_call_is_seen_in_three_languages_while_it_happens(browser, tmp_path):
    with WholeBox() as box, the_pages(browser, box) as pages:
        for code, direction in LANGUAGES:
            assert pages[code].locator("html").get_attribute("dir") == direction
        with Telephones(box, tmp_path / "telephones") as telephones:
            agent = telephones.baresip(AGENT)
            until(lambda: box.status("lined").up_s > 2.5, 10.0, "the lines take ringing")
            ring(box, tmp_path)
            everywhere(pages, a_call_is_in_the_menu)
            agent.expect("incoming", 40.0)
            agent.answer()
            everywhere(pages, it_is_talked_on_and_recorded)
            for code, page in pages.items():
                picture(page, f"call-{code}")
            until(lambda: agent.heard().length_s > 3.0, 10.0, "three seconds of talk")
            with box.link("bench") as link:
                link.call(BenchApi.hang_up, line=LINE)
            agent.expect("ended", 10.0)
            everywhere(pages, no_call_is_left)
        [call] = box.calls()
        until(lambda: box.recordings(call.id), 20.0, "the recording is finished")
        for code, page in pages.items():
            the_recording_plays(page, code, call.id, box.recordings(call.id)[0].length_s)


def the_recording_plays(page: Page, code: str, call_id: str, length_s: float) -> None:
    page.goto("/calls")
    row = page.locator(f"#call-{call_id}")
    expect(row).to_contain_text(local(NUMBER, code))
    row.locator("a.play").click()
    sound = page.locator("#player audio")
    expect(sound).to_be_visible()
    seen(page, lambda: sound.evaluate("sound => sound.currentTime") > 0.5, f"it plays ({code})")
    assert abs(sound.evaluate("sound => sound.duration") - length_s) < 0.05
    picture(page, f"played-{code}")
