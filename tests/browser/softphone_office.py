"""An office for the telephone in the browser: a box with people, desk telephones, and windows of
Chromium with a microphone that says bursts of a tone."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect

from firmware.link.client import Snapshot
from firmware.link.rows import ExtensionRow
from firmware.model.permissions import Role
from firmware.store import users
from tests.browser import stage
from tests.browser.chromium import ARGUMENTS, PATH, seen, sign_in, visit
from tests.rig import audio
from tests.rig.box import LeanBox
from tests.rig.telephone import Telephone
from tests.rig.until import until
from web.wizard import progress
from web.wizard.progress import Progress, Step

PEOPLE = {"sara": "101", "ali": "102", "omid": "103"}
MICROPHONE_HZ = 850
DAEMONS = ("kamailio", "edge", "switchd", "recorder", "web")

# The box's certificate is its own; a call on one machine needs loopback and its address said.
_TRUSTING = ("--ignore-certificate-errors", "--allow-loopback-in-peer-connection")
_ADDRESSES = "--disable-features=WebRtcHideLocalIpsWithMdns"
_GIVEN = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

# Keeps every peer connection, so that a test can listen to what the page hears, and where the page
# lets something be heard.
_SPY = """
window.outlets = [];
const { setSinkId } = HTMLMediaElement.prototype;
HTMLMediaElement.prototype.setSinkId = function (device) {
  window.outlets.push({ element: this, device });
  return setSinkId.call(this, device);
};
window.peers = [];
window.agreements = 0;
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...a) {
    super(...a);
    window.peers.push(this);
    this.addEventListener("signalingstatechange", () => {
      window.agreements += this.signalingState === "stable";
    });
  }
};
window.connected = async () => {
  const newest = () => window.peers.filter((one) => one.connectionState === "connected").at(-1);
  for (let n = 0; !newest() && n < 100; n++) await new Promise((go) => setTimeout(go, 50));
  if (newest()) return newest();
  const calls = [...document.querySelectorAll("#calls > li")].map((one) => one.dataset.state);
  const peers = window.peers.map((one) => `${one.connectionState}/${one.iceConnectionState}`);
  throw new Error(`no call is connected: calls ${calls}, connections ${peers}`);
};
"""

_LISTEN = """
async (length_ms) => {
  const peer = await connected();
  const track = peer.getReceivers()[0].track;
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const heard = [];
  const samples = new Float32Array(analyser.fftSize);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  const until = performance.now() + length_ms;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    analyser.getFloatTimeDomainData(samples);
    analyser.getFloatFrequencyData(spectrum);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const top = spectrum.indexOf(Math.max(...spectrum));
    heard.push([10 * Math.log10(power + 1e-10), (top * context.sampleRate) / analyser.fftSize]);
  }
  await context.close();
  return heard;
}
"""

_STATISTICS = """
async () => {
  const peer = await connected();
  const one = [...(await peer.getStats()).values()].find((row) => row.type === "inbound-rtp");
  return { received: one.packetsReceived, lost: one.packetsLost };
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a page heard for a while: a level in dBFS and the strongest frequency every 40 ms."""

    levels_dbfs: np.ndarray
    hz: np.ndarray

    def tone_hz(self) -> float:
        """The strongest frequency where it was not silent; 0 where it was."""
        loud = self.hz[self.levels_dbfs > -45]
        return float(np.median(loud)) if len(loud) > 5 else 0.0

    def share_loud(self) -> float:
        """How much of the time there was a sound."""
        return float(np.mean(self.levels_dbfs > -45))


class Window:
    """The telephone of a person in one window."""

    def __init__(self, page: Page, box: LeanBox) -> None:
        self.page = page
        self._box = box

    def open(self) -> None:
        """Open the page and wait until calls can be made."""
        self.page.goto("/softphone")
        self.is_ready()

    def is_ready(self, timeout_s: float = 20.0) -> None:
        root = self.page.locator("#softphone")
        expect(root).to_have_attribute("data-line", "ready", timeout=timeout_s * 1000)
        until(self._is_known, 5.0, "the exchange knows of the browser")

    def _is_known(self) -> bool:
        number = self.page.get_attribute("#softphone", "data-number")
        with self._box.link("edge") as link:
            told = next(iter(link.follow()))
        assert isinstance(told, Snapshot)
        rows = [row for row in told.rows["extension"] if isinstance(row, ExtensionRow)]
        return any(row.id == number and row.browsers for row in rows)

    def dial(self, number: str) -> None:
        self.page.fill("#number", number)
        self.page.press("#number", "Enter")

    def press(self, order: str, nth: int = 0) -> None:
        """Press a button of a call that has it."""
        self.page.locator(f"#calls [data-order={order}]:visible").nth(nth).click()

    def shows(self, *states: str, timeout_s: float = 12.0) -> None:
        """Wait until the calls have these states, the oldest first."""
        seen(self.page, lambda: self.states() == list(states), f"calls {states}", timeout_s)

    def states(self) -> list[str]:
        rows = self.page.query_selector_all("#calls > li")
        return [row.get_attribute("data-state") or "" for row in rows]

    def listen(self, length_s: float = 2.0) -> Heard:
        """What is heard of the newest call that is connected."""
        rows = np.array(self.page.evaluate(_LISTEN, length_s * 1000))
        return Heard(levels_dbfs=rows[:, 0], hz=rows[:, 1])

    def hears(self, hz: float, timeout_s: float = 12.0) -> Heard:
        """Wait until the tone is heard, and return what was."""

        def heard() -> Heard | None:
            found = self.listen(1.0)
            return found if abs(found.tone_hz() - hz) < 30 else None

        return seen(self.page, heard, f"{hz} Hz in the page", timeout_s)

    def statistics(self) -> dict[str, int]:
        """The packets received and lost of the newest call."""
        return self.page.evaluate(_STATISTICS)


@contextmanager
def opened_office(root: Path) -> Iterator[LeanBox]:
    """A box whose PEOPLE can sign in; every call is recorded."""
    with LeanBox(*DAEMONS, root=root) as box:
        with stage.store(box.home) as db:
            for name, number in PEOPLE.items():
                users.create(db, name, stage.PASSWORD, Role.AGENT, extension=number)
        progress.keep(box.home, Progress(done=frozenset(Step)))
        yield box


@contextmanager
def talking_chromium(browser: Browser, folder: Path, *, microphone: bool = True):
    """Another Chromium of the same kind, which trusts the box and has a microphone, or none that
    it may use."""
    said = write_bursts(folder / "microphone.wav")
    given = (*_GIVEN, f"--use-file-for-fake-audio-capture={said}") if microphone else ()
    arguments = [one for one in ARGUMENTS if "autoplay" not in one]
    arguments += [*_TRUSTING, _ADDRESSES, *given]
    other = browser.browser_type.launch(executable_path=PATH, args=arguments)
    try:
        yield other
    finally:
        other.close()


@contextmanager
def window(
    browser: Browser, box: LeanBox, name: str, *, troubles: tuple[str, ...] = ()
) -> Iterator[Window]:
    """A person's window, signed in, with the telephone open. (Chromium complains of a page that
    wants to ring before it was touched; the page says so, too.)"""
    url = f"http://{box.network.console_address}:{box.network.console_port}"
    with visit(browser, url, troubles=("WebSocket", "ERR_", "AudioContext", *troubles)) as page:
        page.add_init_script(_SPY)
        sign_in(page, name, stage.PASSWORD)
        page.wait_for_selector(".rail")
        found = Window(page, box)
        found.open()
        yield found


def hears_the_page(telephone: Telephone) -> None:
    """Wait until a desk telephone hears the page's microphone."""

    def heard() -> bool:
        sound = telephone.heard().part(-1.5)
        return sound.length_s > 1 and abs(sound.frequency_hz() - MICROPHONE_HZ) < 15

    until(heard, 12.0, f"{MICROPHONE_HZ} Hz at {telephone.account.number}")


def talk(caller: Window, desk: Telephone) -> None:
    """A person calls, from the browser, a desk that answers by itself."""
    caller.dial(desk.account.number)
    caller.shows("talking")
    caller.hears(desk.tone_hz)


@contextmanager
def asleep(folder: Path) -> Iterator[None]:
    """Stop every program of the Chromium that was started with ``folder``, as if its computer
    slept, or had lost its power: nobody hangs up, and no connection is closed."""
    group = _group_of(folder)
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def _group_of(folder: Path) -> int:
    for written in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if f"{folder}/microphone.wav".encode() in written.read_bytes():
                return os.getpgid(int(written.parent.name))
    raise AssertionError(f"no Chromium was started with {folder}")


def write_bursts(path: Path) -> Path:
    """Half a second of tone, a quarter of silence: a browser takes a tone that stays for noise."""
    rate_hz = 48000
    t = np.arange(int(rate_hz * 6.0)) / rate_hz
    tone = 0.4 * np.sin(2 * np.pi * MICROPHONE_HZ * t) * ((t % 0.75) < 0.5)
    return audio.write(path, (tone * 32767).astype("<i2").tobytes(), rate_hz)
