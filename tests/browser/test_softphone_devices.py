"""What a person talks into and listens at: devices, levels, the connection, where it rings."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chromium import seen
from tests.browser.softphone_office import hears_the_page, talk, window

_SENT_FROM = """
() => window.peers.at(-1).getSenders().find((one) => one.track)?.track.getSettings().deviceId
"""

_RINGING_AT = """
async () => {
  const { element, device } = window.outlets.at(-1);
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(element.srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let n = 0; n < 120 && loudest < 0.05; n++) {
    await new Promise((go) => setTimeout(go, 50));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples);
  }
  await context.close();
  return { device, loudest, isPlaying: !element.paused };
}
"""

_LOSSY = """
() => {
  let received = 1000;
  let lost = 0;
  RTCPeerConnection.prototype.getStats = async () => {
    received += 90;
    lost += 10;
    const row = { type: "inbound-rtp", kind: "audio", jitter: 0.01 };
    return new Map([["one", { ...row, packetsReceived: received, packetsLost: lost }]]);
  };
}
"""


def choices(page, kind):
    """What may be chosen, but for "as the computer is set"."""
    page.locator(".devices").evaluate("one => (one.open = true)")
    found = page.locator(f"#{kind} option").evaluate_all("all => all.map((one) => one.value)")
    return [device for device in found if device]


def test_another_microphone_goes_on_with_the_call_and_is_remembered(sara, desks):
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    wanted = choices(sara.page, "microphone")[-1]
    assert sara.page.evaluate(_SENT_FROM) != wanted
    sara.page.select_option("#microphone", wanted)
    seen(sara.page, lambda: sara.page.evaluate(_SENT_FROM) == wanted, "the other microphone")
    hears_the_page(desk)
    sara.press("end")
    sara.shows()
    sara.open()
    seen(sara.page, lambda: sara.page.input_value("#microphone") == wanted, "the choice is kept")


def test_levels_follow_what_is_said_and_heard(sara, desks):
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    said, heard = (sara.page.locator(f"#calls meter.{one}") for one in ("said", "heard"))
    seen(sara.page, lambda: said.evaluate("one => one.value") > -30, "a level of what is said")
    seen(sara.page, lambda: heard.evaluate("one => one.value") > -40, "a level of what is heard")
    sara.page.keyboard.press("m")
    seen(sara.page, lambda: said.evaluate("one => one.value") <= -60, "no level while muted")
    sara.press("end")
    sara.shows()


def test_the_connection_is_graded_in_words(sara, desks):
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    grade = sara.page.locator("#calls .quality")
    expect(grade).to_have_attribute("data-grade", "good", timeout=15_000)
    expect(grade).to_have_text("Good connection")
    sara.page.evaluate(_LOSSY)
    expect(grade).to_have_attribute("data-grade", "bad", timeout=15_000)
    expect(grade).to_have_text("Bad connection")
    sara.press("end")
    sara.shows()


def test_it_rings_at_the_loudspeaker_that_was_chosen_for_it(sara, desks):
    """The headset may lie on the table."""
    caller = desks.baresip("102")
    wanted = choices(sara.page, "ringer")[-1]
    sara.page.select_option("#ringer", wanted)
    caller.dial("101")
    sara.shows("ringing")
    found = sara.page.evaluate(_RINGING_AT)
    assert found["device"] == wanted
    assert found["isPlaying"]
    assert found["loudest"] > 0.05
    sara.page.keyboard.press("x")
    sara.shows()


def test_a_window_that_nobody_has_touched_says_that_it_cannot_ring_yet(talking, office):
    with window(talking, office, "ali") as ali:
        context = ali.page.context
        ali.page.close()
        with context.new_page() as other:
            # Whatever Playwright evaluates in a page counts as a touch: not before it has begun.
            with other.expect_request("**/softphone/pass"):
                other.goto("/softphone")
            expect(other.locator("#still")).to_be_visible()
            other.locator("h1").click()
            expect(other.locator("#still")).to_be_hidden()
