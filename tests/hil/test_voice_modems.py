"""Voice modems: answering, announcing, listening; each of the two kinds, one way at a time."""

from __future__ import annotations

import pytest

from hw.modem.port import ModemLost
from hw.modem.voice_port import CallerRead, FarHungUp, KeyHeard, RingHeard, VoiceIdentified
from hw.signal.level import level_dbm0
from hw.signal.tone import ToneGenerator, plan_of
from tests.hil.bench import Bench, Mobile

every_model = pytest.mark.parametrize("model", ["USR5637", "CX93010"])


def tone(seconds: float) -> bytes:
    return ToneGenerator(plan_of("de").dial).frame(round(seconds * 8000))


def seen(modem: Mobile, kind: type) -> list:
    return [event for event in modem.events if isinstance(event, kind)]


def answered(bench: Bench, model: str) -> Mobile:
    """A modem that was called and is on the line."""
    modem = bench.voice_modem(model)
    modem.open()
    modem.until(lambda: seen(modem, VoiceIdentified), 20, "it says what it is")
    modem.network.ring("02188776655", "Ali Rezaei")
    modem.until(lambda: seen(modem, CallerRead), 10, "who calls")
    modem.port.answer()
    modem.until(lambda: modem.network.off_hook and modem.network.stream, 10, "it is on the line")
    return modem


@pytest.mark.covers("Voice modems: caller ID, answering, announcing")
@every_model
def test_a_call_is_answered_with_an_announcement(bench, model):
    modem = answered(bench, model)
    assert seen(modem, RingHeard)
    assert seen(modem, CallerRead)[0].number == "02188776655"
    modem.heard_by_far = b""
    modem.say(tone(3.0))
    modem.run(3.0)
    loud = [
        level_dbm0(modem.heard_by_far[at : at + 3200])
        for at in range(0, len(modem.heard_by_far), 3200)
    ]
    assert max(loud) == pytest.approx(-13.0, abs=1.5)


@pytest.mark.covers("Voice modems: listening, keys, the far end leaves")
@every_model
def test_a_caller_is_heard_presses_keys_and_leaves(bench, model):
    modem = answered(bench, model)
    modem.run(1.0)
    modem.heard = b""
    modem.far_says(tone(3.0))
    modem.run(2.0)
    assert level_dbm0(modem.heard[-3200:]) == pytest.approx(-13.0, abs=1.5)
    modem.network.press("5")
    modem.until(lambda: KeyHeard("5") in modem.events, 5, "the key")
    modem.network.tell("b")
    modem.until(lambda: seen(modem, FarHungUp), 5, "busy tone")


@pytest.mark.covers("Voice modems: drawn in a call")
def test_a_voice_modem_is_drawn(bench):
    modem = answered(bench, "USR5637")
    modem.unplug()
    with pytest.raises(ModemLost):
        modem.run(3.0)
