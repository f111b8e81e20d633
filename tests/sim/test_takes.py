"""A prompt said into a real telephone is what callers hear from then on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from firmware.config.schema import Site
from firmware.config.sections.voicemail import Voicemail
from firmware.link.api import SwitchApi
from firmware.model.take import TakeState
from firmware.prompts.level import TARGET_DBOV
from firmware.store.db import open_store
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.box import Box, LeanBox
from tests.rig.telephone import Telephone
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.rig.watch import Watch

SAID_S = 4.0
BEEP_HZ = 1000
PROMPT = "voicemail_unavailable"


@pytest.fixture(scope="module")
def office() -> Iterator[Box]:
    """A box with voicemail, without anybody at 101."""

    def shape(site: Site) -> Site:
        return site.model_copy(update={"voicemail": Voicemail(for_everyone=True)})

    with LeanBox("kamailio", "edge", "switchd", shape=shape) as box:
        yield box


@pytest.fixture
def phones(office: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(office, tmp_path) as made:
        yield made


def tone_windows(sound: Sound, hz: float) -> int:
    """How many tenths of a second are a loud sine of ``hz``."""
    return int(np.sum((sound.purity(hz) > 0.95) & (sound.levels_dbfs(0.1) > -40.0)))


def is_now(switch: Watch, state: TakeState) -> None:
    """Wait until the take is so far."""

    def newest() -> str:
        return next((e.row.state for e in reversed(switch.events) if e.kind == "take"), "")

    until(lambda: newest() == state, 30.0, f"the take is {state}")


def ring(box: Box, language: str) -> None:
    with box.link("switchd") as link:
        link.call(
            SwitchApi.take_prompt,
            extension="103",
            language=language,
            name=PROMPT,
            who="sara",
            place="192.0.2.7",
        )


def say(speaker: Telephone, switch: Watch) -> None:
    """Speak after the tone, then press hash; the telephone says its own tone all the while."""
    is_now(switch, TakeState.SPEAKING)
    begun_s = max(0.0, speaker.heard().length_s - 0.5)

    def is_beeped() -> bool:
        return tone_windows(speaker.heard().part(begun_s), BEEP_HZ) >= 3

    until(is_beeped, 20.0, "the tone is heard")
    before = speaker.heard().length_s
    until(lambda: speaker.heard().length_s >= before + SAID_S, SAID_S + 5.0, "it is said")
    speaker.press("#")
    is_now(switch, TakeState.CHECKING)


def test_what_is_said_is_heard_back_and_then_heard_by_callers(
    office: Box, phones: Telephones
) -> None:
    switch = office.watch("switchd")
    caller = phones.baresip("102")
    site = office.site
    [person] = [one for one in site.extension if one.number == "102"]
    language = person.language or site.office.language
    target = office.home.prompts / language / f"{PROMPT}.wav"
    speaker = phones.baresip("103")
    ring(office, language)
    is_now(switch, TakeState.RINGING)
    speaker.expect("incoming")
    speaker.answer()
    speaker.expect("established")
    say(speaker, switch)
    heard_back = int(10 * (SAID_S - 0.6))
    until(
        lambda: tone_windows(speaker.heard(), speaker.tone_hz) >= heard_back,
        20.0,
        "they hear what they said",
    )
    assert not target.exists()
    speaker.press("2")  # again
    say(speaker, switch)
    speaker.press("1")
    is_now(switch, TakeState.KEPT)
    speaker.expect("ended", 30.0)

    said = audio.read(target).sounding()
    assert SAID_S - 0.5 < said.length_s < SAID_S + 1.5
    assert abs(said.frequency_hz() - speaker.tone_hz) < 2.0
    assert said.gaps() == []
    # dBov is of a square wave, dBFS here of a sine: 3 dB apart
    assert said.level_dbfs() == pytest.approx(TARGET_DBOV, abs=3.5)
    assert tone_windows(said, BEEP_HZ) == 0
    with closing(open_store(office.home)) as db:
        [row] = [row for row in db["audit"].rows if row["subject"].startswith("prompts/")]
    assert (row["who"], row["place"], row["deed"]) == ("sara", "192.0.2.7", "settings")

    caller.dial("*99101")
    caller.expect("established")
    until(
        lambda: tone_windows(caller.heard(), speaker.tone_hz) >= heard_back,
        20.0,
        "a caller hears it",
    )
    caller.hang_up()
    caller.expect("ended")


def test_who_hangs_up_changes_nothing(office: Box, phones: Telephones) -> None:
    switch = office.watch("switchd")
    speaker = phones.baresip("103")
    ring(office, "ar")
    speaker.expect("incoming")
    speaker.answer()
    speaker.expect("established")
    is_now(switch, TakeState.SPEAKING)
    speaker.hang_up()
    speaker.expect("ended")
    is_now(switch, TakeState.DROPPED)
    assert not (office.home.prompts / "ar" / f"{PROMPT}.wav").exists()
    until(lambda: list(office.home.ram.glob("take-*")) == [], 5.0, "nothing is left in memory")
