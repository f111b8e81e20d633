"""Voicemail with real telephones: what was said is what is kept, mailed and heard again."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from firmware.config.schema import Language, Site
from firmware.config.sections.mail import Mail, Security
from firmware.config.sections.voicemail import Mailbox, Voicemail
from firmware.model.voicemail import Greeting, Message, MessageState
from firmware.store import mailboxes
from firmware.store.db import open_store
from firmware.switchd.main import PROMPTS
from firmware.voicemail import files
from tests.conftest import RING_TIMEOUT_S
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.box import Box, LeanBox
from tests.rig.telephone import Telephone
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.unit.mail_server import Inbox, closed_port, letters, serving

BEEP_HZ = 1000
SAID_S = 4.0
PIN = "7291"
SARAS_MOBILE = "+989121234567"
LANGUAGES = {"102": "en", "103": "fa", "104": "ar"}


@dataclass
class Office:
    box: Box
    inbox: Inbox

    def messages(self, number: str = "101") -> list[Message]:
        with closing(open_store(self.box.home)) as db:
            return mailboxes.messages(db, number)

    def kept(self, count: int, timeout_s: float = 10.0) -> Message:
        """The newest message once there are so many."""
        until(lambda: len(self.messages()) >= count, timeout_s, f"message {count} is kept")
        return self.messages()[0]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A box with voicemail and a mail server, without anybody at 101."""
    inbox, mail_port = Inbox(), closed_port()

    def shape(site: Site) -> Site:
        people = tuple(
            one.model_copy(update={"language": Language(LANGUAGES.get(one.number, "fa"))})
            for one in site.extension
        )
        return site.model_copy(
            update={
                "extension": people,
                "switch": site.switch.model_copy(update={"ring_timeout_s": RING_TIMEOUT_S}),
                "voicemail": Voicemail(
                    for_everyone=True,
                    box=(
                        Mailbox(extension="101", email="sara@example.com", sms_number=SARAS_MOBILE),
                    ),
                ),
                "mail": Mail(
                    server="127.0.0.1",
                    port=mail_port,
                    security=Security.NONE,
                    sender="box@example.com",
                ),
            }
        )

    daemons = ("kamailio", "edge", "switchd", "bench", "lined", "recorder", "outbox")
    with (
        serving(inbox, port=mail_port, folder=tmp_path_factory.mktemp("mail")),
        LeanBox(*daemons, shape=shape) as box,
    ):
        yield Office(box, inbox)


@pytest.fixture
def phones(office: Office, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(office.box, tmp_path) as made:
        yield made


def beeped(telephone: Telephone) -> bool:
    """Whether the last sound it heard is the tone: a tenth of a second and more of it."""
    return bool(np.sum(tone_windows(telephone.heard(), BEEP_HZ)) >= 3)


def tone_windows(sound: Sound, hz: float) -> np.ndarray:
    """For every tenth of a second, whether it is a loud sine of ``hz``."""
    return (sound.purity(hz) > 0.95) & (sound.levels_dbfs(0.1) > -40.0)


def wait_for_beep(caller: Telephone) -> None:
    until(lambda: beeped(caller), 20.0, "the tone is heard")


def says(sound: Sound, prompt: Path) -> float:
    """How well a prompt is found in what was heard: 1 is exactly, a stranger's voice is 0.1."""
    spoken = audio.read(prompt).samples[::2]  # 16 to 8 kHz: enough for a comparison
    spoken = spoken[np.flatnonzero(np.abs(spoken) > 0.01)[0] :][: 8000 * 2]
    heard = sound.samples
    size = len(heard) + len(spoken)
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(spoken, size)), size)
    place = int(np.argmax(product[: len(heard)]))
    part = heard[place : place + len(spoken)]
    norm = np.linalg.norm(part) * np.linalg.norm(spoken[: len(part)])
    return float(np.dot(part, spoken[: len(part)]) / norm) if norm else 0.0


def leave_message(caller: Telephone, said_s: float = SAID_S) -> None:
    """Call 101, who is not there, and speak after the tone."""
    caller.dial("101")
    caller.expect("established", RING_TIMEOUT_S + 6.0)
    wait_for_beep(caller)
    before = caller.heard().length_s
    until(lambda: caller.heard().length_s >= before + said_s, said_s + 5.0, "it is said")
    caller.hang_up()
    caller.expect("ended")


def test_what_is_said_after_the_tone_is_kept_mailed_and_heard_by_its_owner(
    office: Office, phones: Telephones
) -> None:
    switch, world = office.box.watch("switchd"), office.box.watch("bench")
    caller = phones.baresip("103")  # says 700 Hz at -12 dBFS
    there_were = len(office.messages())
    leave_message(caller)

    message = office.kept(there_were + 1)
    sound = audio.read(office.box.home.voicemail / message.path)
    said = sound.sounding()
    assert SAID_S - 0.5 < said.length_s < SAID_S + 1.5
    assert sound.first_sound_s() < 0.3
    assert said.gaps() == []
    assert abs(said.frequency_hz() - caller.tone_hz) < 2.0
    assert said.level_dbfs() == pytest.approx(-12.0, abs=1.0)
    assert np.mean(said.part(0.2, -0.2).purity(caller.tone_hz) > 0.95) > 0.97
    # The beep was heard by the caller, before, and is not in the message.
    assert np.sum(tone_windows(sound, BEEP_HZ)) == 0
    lit = switch.wait(
        lambda e: e.name == "mailbox.changed" and e.row.id == "101" and e.row.new > 0, 5.0, "lamp"
    )
    assert lit.row.new == there_were + 1

    until(lambda: len(office.inbox.taken) > there_were, 10.0, "the mail arrives")
    (text, attached) = list(letters(office.inbox))[-1]
    assert attached == (office.box.home.voicemail / message.path).read_bytes()
    assert "برای داخلی" in text
    assert "۱۰۳" in text

    texted = world.wait(
        lambda e: e.name == "far.texted" and e.row.number == SARAS_MOBILE, 20.0, "a short message"
    )
    assert "پیام صوتی" in texted.row.text
    assert "۱۰۳" in texted.row.text

    with closing(open_store(office.box.home)) as db:
        mailboxes.set_pin(db, "101", PIN)
    owner = phones.baresip("101")
    owner.dial("*97")
    owner.expect("established")
    owner.press(f"{PIN}#1")
    until(
        lambda: np.sum(tone_windows(owner.heard(), caller.tone_hz)) >= 10 * (SAID_S - 0.6),
        40.0,
        "the owner hears the message",
    )
    until(lambda: office.messages()[0].state == MessageState.SAVED, 10.0, "it counts as heard")
    owner.press("2")
    until(lambda: len(office.messages()) == there_were, 10.0, "it is deleted")
    switch.wait(
        lambda e: e.name == "mailbox.changed" and e.row.id == "101" and e.row.new == there_were,
        5.0,
        "the lamp goes out",
    )
    owner.hang_up()
    owner.expect("ended")
    assert PIN not in office.box.log("switchd")


@pytest.mark.parametrize(("number", "language"), LANGUAGES.items())
def test_each_caller_is_greeted_in_their_language(
    phones: Telephones, number: str, language: str
) -> None:
    caller = phones.baresip(number)
    caller.dial("*99101")
    caller.expect("established", RING_TIMEOUT_S + 6.0)
    wait_for_beep(caller)
    heard = caller.heard()
    caller.hang_up()
    caller.expect("ended")
    found = {
        other: says(heard, PROMPTS / other / "voicemail_unavailable.wav")
        for other in LANGUAGES.values()
    }
    assert found[language] > 0.7, found
    assert max(value for other, value in found.items() if other != language) < 0.4, found


@pytest.mark.parametrize(("situation", "hz"), [("busy", 500), ("away", 850)])
def test_each_state_has_its_greeting(
    office: Office, phones: Telephones, situation: str, hz: int
) -> None:
    for greeting, tone_hz in ((Greeting.BUSY, 500), (Greeting.AWAY, 850)):
        path = files.greeting_path(office.box.home, "102", greeting)
        path.parent.mkdir(parents=True, exist_ok=True)
        audio.write_tone(path, tone_hz, length_s=2.0, rate_hz=16000)
    owner, caller = phones.baresip("102"), phones.baresip("103")
    caller.dial("102")
    owner.expect("incoming")
    if situation == "busy":
        owner.hang_up()
    caller.expect("established", RING_TIMEOUT_S + 6.0)
    until(lambda: np.sum(tone_windows(caller.heard(), hz)) >= 15, 10.0, f"{hz} Hz is heard")
    caller.hang_up()
    caller.expect("ended")
    with wave.open(str(path)) as file:
        assert file.getnframes() == 32000


@pytest.mark.scenario
def test_kill_9_in_the_middle_of_a_message_keeps_what_was_said(
    office: Office, phones: Telephones
) -> None:
    assert isinstance(office.box, LeanBox)
    there_were = len(office.messages())
    caller = phones.baresip("103")
    caller.dial("*99101")
    caller.expect("established")
    wait_for_beep(caller)
    before = caller.heard().length_s
    until(lambda: caller.heard().length_s >= before + SAID_S, 10.0, "it is said")
    office.box.kill("switchd")
    office.box.start("switchd")
    message = office.kept(there_were + 1, 60.0)
    sound = audio.read(office.box.home.voicemail / message.path).sounding()
    assert SAID_S - 0.7 < sound.length_s < SAID_S + 1.5
    assert abs(sound.frequency_hz() - caller.tone_hz) < 2.0
    assert sound.gaps() == []
    switch = office.box.watch("switchd")
    switch.wait(
        lambda e: e.kind == "mailbox" and e.row.id == "101" and e.row.new == there_were + 1,
        5.0,
        "the lamp",
    )
