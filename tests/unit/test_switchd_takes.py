"""Prompts said into a telephone: asked for, heard, kept, said again, dropped; and faults."""

from __future__ import annotations

import asyncio
import wave
from contextlib import closing

import numpy as np
import pytest

from firmware.model.power.state import Measure
from firmware.model.take import OVER
from firmware.prompts.level import TARGET_DBOV, active_dbov
from firmware.store.db import open_store
from firmware.switchd.disk import DiskFault
from firmware.switchd.scripts.ringing import RING_S
from firmware.switchd.takes import Takes
from tests.jump import run
from tests.unit.switchd_bench import FakeDictation, FakeStudio, InlineDisk, Rig, Speech, settle

WHO = {"who": "sara", "place": "192.0.2.7"}


class WholeDictation(FakeDictation):
    """A dictation whose file is a WAV file once it is closed, as pjsua's is."""

    async def close(self):
        await super().close()
        samples = self._file.read_bytes()[44:]
        with wave.open(str(self._file), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(samples)


class TakeStudio(FakeStudio):
    """A studio whose dictations can be read again."""

    def dictate(self, leg, file):
        return WholeDictation(file, self.speech)


class TakeRig(Rig):
    def open(self):
        self.studio = TakeStudio()
        super().open()


class FaultyDisk(InlineDisk):
    """A disk that can be made to refuse."""

    is_faulty = False

    async def do(self, work):
        if self.is_faulty:
            raise DiskFault("the test says so")
        return await super().do(work)


class Stage:
    """An exchange with takes, and whoever answers at 102."""

    def __init__(self):
        self.rig = TakeRig()
        self.studio = self.rig.studio
        self.disk = FaultyDisk()
        self.states = []
        self.times = 0
        self.takes = Takes(
            exchange=self.rig.exchange,
            studio=self.studio,
            disk=self.disk,
            board=self.rig.board,
            clock=lambda: 1000.0,
        )
        show = self.takes.show
        self.takes.show = lambda row: (self.states.append(str(row.state)), show(row))
        self.target = self.disk.home.prompts / "en" / "goodbye.wav"

    @property
    def heard(self):
        return [line.split()[1] for line in self.studio.log if line.startswith("play ")]

    @property
    def files(self):
        return sorted(path.name for path in self.disk.home.ram.glob("take-*"))

    async def ring(self, language="en", name="goodbye"):
        self.takes.order("102", language=language, name=name, **WHO)
        await self.rig.until(lambda: self.rig.stack.dialled)
        await settle()
        return self.rig.stack.dialled[-1]

    async def answered(self):
        dialog = await self.ring()
        dialog.leg.on_answered()
        await self.rig.until(lambda: self.state == "speaking")
        return dialog

    @property
    def state(self):
        return self.states[-1]

    async def say(self, dialog, seconds=3.0):
        self.times += 1
        await self.rig.until(lambda: self.studio.log.count("end beep") == self.times)
        await asyncio.sleep(seconds)
        dialog.leg.on_digit("#")

    async def checked(self, count=1):
        await self.rig.until(lambda: self.heard.count("take_menu") == count)

    async def over(self):
        await self.rig.until(lambda: not self.rig.exchange.calls)

    def trail(self):
        with closing(open_store(self.disk.home)) as db:
            return [
                (row["who"], row["place"], row["subject"], row["before"], row["after"])
                for row in db["audit"].rows
            ]


def samples_of(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 16000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def test_what_is_said_is_heard_kept_and_in_the_trail():
    async def story():
        stage = Stage()
        stage.studio.speech = Speech(spans=[(1.0, 3.0)])
        dialog = await stage.answered()
        await stage.say(dialog, 4.0)
        await stage.checked()
        assert any(line.endswith("/take-102.wav") for line in stage.studio.log)
        assert not stage.target.exists()
        dialog.leg.on_digit("1")
        await stage.over()
        assert stage.states == ["ringing", "asked", "speaking", "checking", "kept"]
        said = samples_of(stage.target)
        assert 1.9 < len(said) / 16000 < 2.5  # the silence around it is cut off
        assert abs(active_dbov(said) - TARGET_DBOV) < 1
        assert stage.trail() == [
            ("sara", "192.0.2.7", "prompts/en/goodbye", "null", '{"said_at": "102"}')
        ]
        assert stage.files == []
        assert stage.rig.ledger.last_call.disposition == "answered"

    run(story())


def test_said_again_it_is_the_second_that_is_kept():
    async def story():
        stage = Stage()
        dialog = await stage.answered()
        await stage.say(dialog, 2.0)
        await stage.checked()
        dialog.leg.on_digit("2")
        await stage.rig.until(lambda: stage.state == "speaking")
        await stage.say(dialog, 5.0)
        await stage.checked(2)
        dialog.leg.on_digit("4")  # hear it again
        await stage.checked(3)
        dialog.leg.on_digit("1")
        await stage.over()
        assert stage.state == "kept"
        assert 4.5 < len(samples_of(stage.target)) / 16000 < 6.0

    run(story())


@pytest.mark.parametrize("key", ["3", "", "hang up"], ids=["three", "no key", "hung up"])
def test_what_is_not_wanted_changes_nothing(key):
    async def story():
        stage = Stage()
        stage.target.parent.mkdir(parents=True)
        stage.target.write_bytes(b"the old one")
        dialog = await stage.answered()
        await stage.say(dialog)
        await stage.checked()
        if key == "hang up":
            dialog.leave()
        elif key:
            dialog.leg.on_digit(key)
        await stage.over()
        assert stage.state == "dropped"
        assert stage.target.read_bytes() == b"the old one"
        assert stage.trail() == []
        assert stage.files == []

    run(story())


def test_silence_is_no_prompt():
    async def story():
        stage = Stage()
        stage.studio.speech = Speech(spans=[])
        dialog = await stage.answered()
        await stage.rig.until(lambda: "take_too_short" in stage.heard)
        assert stage.states[-1] == "speaking"
        dialog.leave()
        await stage.over()
        assert stage.state == "dropped"
        assert not stage.target.exists()

    run(story())


def test_nobody_answers():
    async def story():
        stage = Stage()
        await stage.ring()
        with pytest.raises(RuntimeError, match="102 somebody says a prompt already"):
            stage.takes.order("102", language="en", name="goodbye", **WHO)
        await asyncio.sleep(RING_S + 1)
        await stage.over()
        assert stage.states == ["ringing", "unanswered"]
        assert stage.rig.ledger.last_call.disposition == "no_answer"
        stage.takes.order("102", language="en", name="goodbye", **WHO)  # another time
        assert stage.state == "ringing"

    run(story())


def test_a_disk_that_refuses_is_told_and_the_old_one_stays():
    async def story():
        stage = Stage()
        dialog = await stage.answered()
        await stage.say(dialog)
        await stage.checked()
        stage.disk.is_faulty = True
        dialog.leg.on_digit("1")
        await stage.rig.until(lambda: stage.state in OVER)
        stage.disk.is_faulty = False
        await stage.over()
        assert stage.state == "failed"
        assert stage.heard[-1] == "take_failed"
        assert not stage.target.exists()

    run(story())


@pytest.mark.parametrize(
    ("extension", "language", "name", "error"),
    [
        ("999", "en", "goodbye", KeyError),
        ("102", "xx", "goodbye", ValueError),
        ("102", "en", "../../goodbye", ValueError),
        ("102", "en", "", ValueError),
    ],
)
def test_what_cannot_be_taken_is_refused(extension, language, name, error):
    async def story():
        stage = Stage()
        with pytest.raises(error):
            stage.takes.order(extension, language=language, name=name, **WHO)
        await settle()
        assert stage.rig.stack.dialled == []
        assert stage.states == []

    run(story())


def test_no_call_begins_while_the_battery_is_nearly_empty():
    async def story():
        stage = Stage()
        stage.rig.exchange.shortage.measures = frozenset({Measure.DRAIN})
        with pytest.raises(RuntimeError, match="mains power is out"):
            stage.takes.order("102", language="en", name="goodbye", **WHO)
        assert stage.states == []

    run(story())
