"""Call records in Chromium: looked for, opened, heard with their waveform, written about; the live
page's alarms, and the pages their causes are on."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from firmware.link.rows import TrunkRow
from firmware.model.quality import LegQuality
from firmware.model.record import CallEvent, LegRecord
from firmware.store import recordings, rows
from tests.browser import stage
from tests.browser.chromium import TELEPHONE, picture, seen, speak, visit

LANGUAGES = [("fa", "rtl"), ("ar", "rtl"), ("en", "ltr")]
_numbers = itertools.count(1)


@pytest.fixture
def signed_in(console, browser):
    """Opens pages whose user has signed in."""

    def visit_signed_in(**options):
        return visit(browser, console.url, storage_state=console.session, **options)

    return visit_signed_in


@pytest.fixture
def call_id(console):
    """A call with all that can be known of one."""
    ident, at = f"heard{next(_numbers)}", time.time() - 300
    stage.add_calls(console.home, stage.call_record(ident, at, queue="support", agent="101"))
    record = stage.add_recording(console.home, ident, seconds=6)
    tracks = '[{"at_s": 0, "what": "together", "caller": ["0912"], "callee": ["101"]}, '
    tracks += '{"at_s": 4.0, "what": "paused"}]'
    with stage.store(console.home) as db:
        recordings.save(db, replace(record, tracks=tracks))
        for event in (("started", "1"), ("offered", "101"), ("bridged", "101"), ("ended", "")):
            rows.save(db, CallEvent(call_id=ident, at=at + 3, name=event[0], detail=event[1]))
        rows.save(
            db,
            LegRecord(
                id=f"{ident}.1", call_id=ident, direction="inbound", party="fxo-1", started_at=at
            ),
        )
        rows.save(
            db,
            LegQuality(
                id=f"{ident}.1",
                call_id=ident,
                codec="PCMA",
                heard_packets=1000,
                heard_lost=20,
                heard_late=2,
                heard_jitter_ms=4.0,
                heard_mos=3.7,
                told_packets=900,
                told_lost=0,
                told_jitter_ms=1.0,
                told_mos=4.3,
                round_trip_ms=20.0,
            ),
        )
    return ident


def test_a_recording_has_a_waveform_of_both_sides_and_plays_from_any_turn(
    console, signed_in, call_id
):
    with signed_in() as page:
        page.goto(f"/calls/{call_id}")
        shape = page.locator(".wave-shape")
        expect(shape.locator("canvas").first).to_be_attached()
        audio = page.locator(".wave audio")
        page.locator(".turn").nth(1).click()
        plays = "audio => audio.currentTime > 4.2 && !audio.paused"
        seen(page, lambda: audio.evaluate(plays), "it plays from the turn")
        page.locator(".wave-speed").select_option("2")
        assert audio.evaluate("a => a.playbackRate") == 2
        box = shape.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
        before = "audio => audio.currentTime < 4"
        seen(page, lambda: audio.evaluate(before), "the waveform moves it")


def test_calls_are_looked_for_opened_and_written_about_without_scripts(console, signed_in, call_id):
    with signed_in(java_script_enabled=False) as page:
        page.goto("/calls")
        page.locator(".search > summary").click()
        page.locator("input[name=agent]").fill("101")
        page.locator("select[name=recorded]").select_option("yes")
        page.locator(".search .ways button").first.click()
        assert "agent=101" in page.url
        page.locator(f"#call-{call_id} a.plain").click()
        page.locator("form[action$=notes] textarea").fill("یادداشت تازه")
        page.locator("form[action$=notes] button").click()
        expect(page.locator(".note-text")).to_have_text("یادداشت تازه")
        page.locator("input[name=tag][dir]").fill("VIP")
        page.locator("form[action$=tags] button").click()
        expect(page.locator(".tags li bdi")).to_have_text("vip")


@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_a_call_in_each_language(console, signed_in, call_id, code, direction):
    with signed_in() as page:
        page.goto("/calls")
        speak(page, code)
        page.goto(f"/calls/{call_id}")
        expect(page.locator("html")).to_have_attribute("dir", direction)
        expect(page.locator(".wave-shape canvas").first).to_be_attached()
        picture(page, f"call-{code}")
        page.set_viewport_size(TELEPHONE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, f"call-{code}-telephone")


@pytest.mark.parametrize(("code", "direction"), LANGUAGES)
def test_alarms_lead_to_their_cause_and_go_by_themselves(console, signed_in, code, direction):
    trunk = TrunkRow(
        id="pars",
        title="پارس",
        state="refused",
        reason="403 Forbidden",
        address="udp:203.0.113.7:5060",
        rtt_ms=11.0,
        since=time.time(),
    )
    with signed_in() as page:
        page.goto("/calls")
        speak(page, code)
        page.goto("/")
        page.wait_for_selector("#pulse[data-state=live]")
        console.daemons.post("line.cut", stage.line(state="cut", fault="no battery"))
        console.daemons.post("trunk.changed", trunk)
        expect(page.locator("#alarms > li")).to_have_count(2)
        picture(page, f"alarms-{code}")
        page.locator(
            "#alarms a", has=page.locator("xpath=self::a[contains(@href, 'fxo-1')]")
        ).click()
        expect(page).to_have_url(f"{console.url}/live/lines/fxo-1")
        expect(page.locator("#one-now .badge.bad")).to_be_visible()
        picture(page, f"line-{code}")
        console.daemons.post("line.mended", stage.line())
        expect(page.locator("#one-now .badge.good")).to_be_visible()  # without a reload
        page.goto("/")
        console.daemons.post("trunk.changed", replace(trunk, state="registered", reason=""))
        expect(page.locator("#alarms > li")).to_have_count(0)
