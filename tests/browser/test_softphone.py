"""The telephone in the browser, whole: Chromium, Kamailio, switchd, desk telephones and the
recorder. What is said in the page is listened to at the other telephone and in the recording, and
what is said there in the page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chromium import DESKTOP, picture, seen, speak
from tests.browser.softphone_office import MICROPHONE_HZ, hears_the_page, talk
from tests.browser.test_accessibility import AXE, violations
from tests.browser.test_console import LANGUAGES
from tests.rig import audio
from tests.rig.until import until


def test_a_call_is_heard_at_both_ends_and_in_the_recording(sara, office, desks):
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    hears_the_page(desk)
    heard = sara.listen(3.0)
    assert abs(heard.tone_hz() - desk.tone_hz) < 30
    assert heard.share_loud() > 0.95  # no gaps
    before = sara.statistics()
    assert before["received"] > 50
    assert before["lost"] <= before["received"] // 50
    sara.press("end")
    sara.shows()
    record = until(lambda: next((c for c in office.calls() if c.ended_at), None), 8.0, "a record")
    assert (record.caller, record.called, record.disposition) == ("101", "102", "answered")
    (recording,) = until(lambda: office.recordings(record.id), 15.0, "the recording")
    path = office.home.recordings / recording.path
    sides = [audio.read(path, channel) for channel in (0, 1)]
    found = sorted(round(side.part(1.0).frequency_hz(), -1) for side in sides)
    assert found == sorted((MICROPHONE_HZ, desk.tone_hz))


def test_desk_and_browser_ring_together_and_the_browser_answers(sara, desks):
    own_desk, caller = desks.baresip("101"), desks.baresip("102")
    caller.dial("101")
    own_desk.expect("incoming")
    sara.shows("ringing")
    sara.page.keyboard.press("a")
    sara.shows("talking")
    own_desk.expect("ended")
    caller.expect("established")
    sara.hears(caller.tone_hz)
    hears_the_page(caller)
    assert sara.page.evaluate("agreements") == 1  # nothing is asked again
    caller.hang_up()
    sara.shows()


def test_answered_at_the_desk_the_browser_stops_ringing(sara, desks):
    own_desk, caller = desks.baresip("101"), desks.baresip("102")
    caller.dial("101")
    own_desk.expect("incoming")
    sara.shows("ringing")
    own_desk.answer()
    caller.expect("established")
    sara.shows()
    caller.hang_up()


def test_refused_in_the_browser_it_is_refused_at_the_desk_too(sara, desks):
    own_desk, caller = desks.baresip("101"), desks.baresip("102")
    caller.dial("101")
    own_desk.expect("incoming")
    sara.shows("ringing")
    sara.page.keyboard.press("x")
    own_desk.expect("ended")
    sara.shows()


def test_hold_and_mute_are_heard_at_the_other_end(sara, desks):
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    hears_the_page(desk)
    sara.page.keyboard.press("m")
    expect(sara.page.locator("[data-order=mute]").first).to_have_attribute("aria-pressed", "true")
    until(lambda: desk.heard().part(-0.8).level_dbfs() < -50, 8.0, "silence while muted")
    sara.page.keyboard.press("m")
    hears_the_page(desk)
    sara.press("hold")
    sara.shows("held")
    until(
        lambda: abs(desk.heard().part(-1.0).frequency_hz() - MICROPHONE_HZ) > 50,
        8.0,
        "the page is not heard on hold",
    )
    sara.press("resume")
    sara.shows("talking")
    hears_the_page(desk)
    sara.hears(desk.tone_hz)
    sara.press("end")
    sara.shows()


def test_keys_reach_a_menu(sara, desks):
    desk = desks.baresip("103", auto_answer=True)
    sara.dial("600")
    sara.shows("talking")
    sara.press("keys")
    sara.page.locator("[data-key='2']:visible").click()
    desk.expect("established", timeout_s=20.0)  # agents of the queue "sales"
    sara.hears(desk.tone_hz)
    sara.press("end")
    sara.shows()


def test_a_blind_transfer_leaves_the_two_others_together(sara, desks):
    one = desks.baresip("102", auto_answer=True)
    other = desks.baresip("103", auto_answer=True)
    talk(sara, one)
    sara.page.keyboard.press("t")
    sara.page.keyboard.type("103")
    sara.page.keyboard.press("Enter")
    other.expect("established")
    sara.shows()
    until(
        lambda: abs(other.heard().part(-1.0).frequency_hz() - one.tone_hz) < 10,
        10.0,
        "both hear each other",
    )
    one.hang_up()


def test_an_attended_transfer_asks_first(sara, desks):
    one = desks.baresip("102", auto_answer=True)
    other = desks.baresip("103", auto_answer=True)
    talk(sara, one)
    sara.press("transfer")
    sara.page.locator(".transfer:visible input").fill("103")
    sara.page.locator("[data-way=ask]:visible").click()
    sara.shows("held", "talking")
    sara.hears(other.tone_hz)
    sara.press("join")
    sara.shows()
    until(
        lambda: abs(one.heard().part(-1.0).frequency_hz() - other.tone_hz) < 10,
        10.0,
        "both hear each other",
    )
    other.hang_up()


def test_a_call_survives_the_page_being_loaded_anew(sara, desks):
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    sara.page.reload()
    sara.is_ready()
    sara.shows("talking")
    sara.hears(desk.tone_hz)
    hears_the_page(desk)
    assert "ended" not in desk.marks()
    sara.press("end")
    sara.shows()
    desk.expect("ended")


def test_a_call_goes_on_over_another_network(sara, desks):
    """The browser says that it is in another one; the WebSocket and the media are made anew."""
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    sara.page.evaluate("dispatchEvent(new Event('online'))")
    seen(sara.page, lambda: sara.page.evaluate("window.peers.length") > 1, "new media")
    sara.is_ready()
    sara.shows("talking")
    sara.hears(desk.tone_hz)
    hears_the_page(desk)
    assert "ended" not in desk.marks()
    sara.press("end")
    sara.shows()


def test_a_call_moves_from_the_desk_to_the_browser_and_back(sara, desks):
    own_desk = desks.baresip("101", auto_answer=False)
    other = desks.baresip("102", auto_answer=True)
    own_desk.dial("102")
    own_desk.expect("established")
    sara.page.locator("#elsewhere button").click(timeout=15_000)
    sara.shows("talking")
    sara.hears(other.tone_hz)
    own_desk.expect("ended")
    hears_the_page(other)
    sara.press("elsewhere")
    own_desk.expect("incoming", timeout_s=10.0)
    own_desk.answer()
    own_desk.expect("established")
    sara.shows()
    until(
        lambda: abs(own_desk.heard().part(-1.0).frequency_hz() - other.tone_hz) < 10,
        10.0,
        "the call is at the desk",
    )
    other.hang_up()


def test_the_strip_on_other_pages_shows_the_call_and_ends_it(sara, desks):
    desk = desks.baresip("102", auto_answer=True)
    with sara.page.context.new_page() as other:
        other.goto("/")
        expect(other.locator("#dock")).to_have_attribute("data-line", "ready")
        talk(sara, desk)
        expect(other.locator("#dock")).to_have_attribute("data-state", "talking")
        other.locator("#dock [data-order=end]").click()
        sara.shows()


def test_in_three_languages_for_everybody(sara, desks):
    caller = desks.baresip("102")
    found = []
    for code, direction in LANGUAGES:
        sara.page.goto("/")
        speak(sara.page, code)
        sara.open()
        expect(sara.page.locator("html")).to_have_attribute("dir", direction)
        caller.dial("101")
        sara.shows("ringing")
        sara.page.keyboard.press("a")
        sara.shows("talking")
        sara.press("keys")
        picture(sara.page, f"softphone-{code}", whole=True)
        sara.page.evaluate(AXE.read_text())
        found += [f"{code}: {one}" for one in violations(sara.page)]
        sara.page.set_viewport_size({"width": 360, "height": 740})
        picture(sara.page, f"softphone-{code}-telephone", whole=True)
        if sara.page.evaluate("document.documentElement.scrollWidth") > 360:
            found.append(f"{code}: wider than a small telephone")
        sara.page.set_viewport_size(DESKTOP)
        caller.hang_up()
        sara.shows()
    assert found == []
