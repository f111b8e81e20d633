"""A supervisor at the page, with the telephone in their browser: they listen in, whisper, barge in
and take over by buttons, and what each of the three hears is measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from firmware.link.api import SwitchApi
from firmware.model.permissions import Role
from firmware.store import users
from tests.browser import stage
from tests.browser.chromium import picture, seen
from tests.browser.softphone_office import MICROPHONE_HZ, Window, window
from tests.rig.box import LeanBox
from tests.rig.telephone import Telephone
from tests.rig.telephones import TONES_HZ, Telephones
from tests.rig.until import until

AGENT, CALLER, BOSS = "101", "103", "104"
HELP = "601"

# The loudness of some tones in what the newest call says: of each the most within two seconds.
_TONES = """
async (tones_hz) => {
  const peer = await connected();
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  analyser.smoothingTimeConstant = 0;
  const heard = new MediaStream([peer.getReceivers()[0].track]);
  context.createMediaStreamSource(heard).connect(analyser);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  const most = tones_hz.map(() => -200);
  for (let n = 0; n < 20; n++) {
    await new Promise((go) => setTimeout(go, 100));
    analyser.getFloatFrequencyData(spectrum);
    tones_hz.forEach((hz, place) => {
      const bin = Math.round((hz * analyser.fftSize) / context.sampleRate);
      most[place] = Math.max(most[place], ...spectrum.slice(bin - 1, bin + 2));
    });
  }
  await context.close();
  return most;
}
"""


@pytest.fixture
def boss(talking: Browser, office: LeanBox) -> Iterator[Window]:
    """The telephone of a supervisor in a browser. Nobody else than AGENT serves the queue."""
    with stage.store(office.home) as db:
        support = frozenset({"support"})
        users.create(db, "boss", stage.PASSWORD, Role.SUPERVISOR, extension=BOSS, queues=support)
    with office.link("switchd") as link:
        link.call(SwitchApi.log_out, agent="102")
    with window(talking, office, "boss") as found:
        yield found


def test_by_the_page_and_the_browser_each_hears_what_they_are_to(
    boss: Window, desks: Telephones
) -> None:
    agent, caller = desks.baresip(AGENT, auto_answer=True), desks.baresip(CALLER)
    caller.dial(HELP)
    agent.expect("established", timeout_s=20.0)
    page = boss.page.context.new_page()
    page.goto("/supervision")
    row = page.locator(f"[data-agent='{AGENT}']")

    row.locator("[data-how=listen]").click()
    boss.shows("ringing")
    boss.page.keyboard.press("a")
    boss.shows("talking")
    page_hears(boss, TONES_HZ[AGENT], TONES_HZ[CALLER])
    assert heard_by(agent) == {TONES_HZ[CALLER]}
    assert heard_by(caller) == {TONES_HZ[AGENT]}

    row.locator("[data-how=whisper]").click()
    hears(agent, TONES_HZ[CALLER], MICROPHONE_HZ)
    assert heard_by(caller) == {TONES_HZ[AGENT]}
    picture(page, "supervision-whispering")

    row.locator("[data-how=barge]").click()
    hears(caller, TONES_HZ[AGENT], MICROPHONE_HZ)
    hears(agent, TONES_HZ[CALLER], MICROPHONE_HZ)

    row.locator("[data-how=take_over]").click()
    agent.expect("ended")
    hears(caller, MICROPHONE_HZ)
    page_hears(boss, TONES_HZ[CALLER])
    expect(row.locator("[data-how]")).to_have_count(0)
    caller.hang_up()
    boss.shows()


def page_hears(boss: Window, *tones_hz: int) -> None:
    """Wait until these tones, and no other telephone's, are heard in the page."""
    asked = sorted({TONES_HZ[AGENT], TONES_HZ[CALLER]})

    def heard() -> bool:
        levels = dict(zip(asked, boss.page.evaluate(_TONES, asked), strict=True))
        return {hz for hz, level_db in levels.items() if level_db > -55} == set(tones_hz)

    seen(boss.page, heard, f"{tones_hz} Hz in the page", 15.0)


def hears(telephone: Telephone, *tones_hz: int) -> None:
    """Wait until a desk telephone hears these tones and no others."""
    until(
        lambda: heard_by(telephone) == set(tones_hz),
        15.0,
        f"{tones_hz} Hz at {telephone.account.number}",
    )


def heard_by(telephone: Telephone) -> set[int]:
    """The tones that a desk telephone has heard for two seconds: each of more than a fiftieth of
    the energy (the microphone's come in bursts)."""
    sound = telephone.heard().part(-2.0)
    power = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples)))) ** 2
    hz = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate_hz)
    known = (TONES_HZ[AGENT], TONES_HZ[CALLER], MICROPHONE_HZ)
    shares = {one: power[(hz > one - 20) & (hz < one + 20)].sum() / power.sum() for one in known}
    return {one for one, share in shares.items() if share > 0.02}
