"""A message in the spool gets into its box, once, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Site
from firmware.config.sections.mail import Mail
from firmware.config.sections.voicemail import Mailbox, Voicemail
from firmware.model.letter import Channel
from firmware.model.voicemail import MessageState
from firmware.recorder import spool
from firmware.recorder.messages import purge
from firmware.recorder.sweep import Sweeper
from firmware.store import calls, mailboxes, outbox
from firmware.store.db import open_store
from tests.rig import audio

RATE_HZ = 16000
AT = 1795288557.5


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    site = Site(
        extension=(Extension(number="101", name="Sara", password="x-of-101"),),
        voicemail=Voicemail(box=(Mailbox(extension="101", email="sara@example.com"),)),
        mail=Mail(server="127.0.0.1", sender="box@example.com"),
    )
    history.create_first(home, site)
    return home


def tone(seconds, hz=440.0, level=8000):
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def spooled(home, ident="17.m1", sound=b"", *, done=True, header=True, meta=None):
    """A message as switchd leaves it; without ``header`` as a power cut does."""
    folder = home.voicemail_spool / ident
    folder.mkdir()
    told = {
        "id": ident,
        "call": "17",
        "box": "101",
        "caller": "0912",
        "caller_name": "",
        "started_at": AT,
        "rate_hz": RATE_HZ,
    }
    (folder / "meta.json").write_text(json.dumps(told) if meta is None else meta)
    with wave.open(str(folder / "message.wav"), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(sound)
    if not header:
        content = (folder / "message.wav").read_bytes()
        (folder / "message.wav").write_bytes(bytes(44) + content[44:] + b"\x01")
    if done:
        (folder / "done").write_text("{}")
    return folder


def kept(home):
    with closing(open_store(home)) as db:
        return mailboxes.messages(db, "101"), outbox.waiting(db, Channel.MAIL)


def test_a_message_ends_with_its_last_word_and_is_told_of(home):
    told = []
    folder = spooled(home, sound=tone(3.0) + tone(6.0, level=20))
    assert Sweeper(home, message_kept=told.append).sweep() == 1
    [message], [letter] = kept(home)
    sound = audio.read(home.voicemail / message.path)
    assert sound.length_s == pytest.approx(message.length_s)
    assert sound.length_s == pytest.approx(3.5, abs=0.05)  # half a second behind the last word
    assert sound.frequency_hz() == pytest.approx(440.0, abs=1.0)
    assert letter.ident == "voicemail:17.m1:mail"
    assert (home.outbox / letter.attachment).samefile(home.voicemail / message.path)
    assert told == ["101"]
    assert not folder.exists()
    with closing(open_store(home)) as db:
        assert [e.name for e in calls.timeline(db, "17")] == ["voicemail_kept"]


@pytest.mark.parametrize("sound", [b"", tone(0.5), tone(30.0, level=20)])
def test_a_message_that_is_none_is_not_kept_and_nobody_is_told(home, sound):
    told = []
    spooled(home, sound=sound)
    assert Sweeper(home, message_kept=told.append).sweep() == 0
    assert kept(home) == ([], [])
    assert told == []
    assert list(home.voicemail_spool.iterdir()) == []


def test_what_a_power_cut_left_is_a_message_as_far_as_it_was_spoken(home):
    spooled(home, sound=tone(4.0), done=False, header=False)
    assert Sweeper(home).sweep() == 1
    [message], _ = kept(home)
    assert message.length_s == pytest.approx(4.0, abs=0.02)


@pytest.mark.parametrize("meta", ["", "{", '{"id": "17.m1"}'])
def test_a_message_nobody_knows_the_box_of_is_set_aside(home, meta):
    spooled(home, sound=tone(3.0), meta=meta)
    Sweeper(home).sweep()
    assert kept(home) == ([], [])
    assert (home.voicemail_spool / spool.BROKEN / "17.m1" / "message.wav").exists()


def test_done_again_after_a_cut_between_commit_and_clean_up_nothing_comes_twice(home):
    spooled(home, sound=tone(3.0))
    Sweeper(home).sweep()
    first = kept(home)
    spooled(home, sound=tone(3.0))  # as if it had not been deleted yet
    Sweeper(home).sweep()
    assert kept(home) == first


_CHILD = """
import sys
from pathlib import Path
from firmware.config.home import Home
from firmware.recorder.sweep import Sweeper
home = Home(Path(sys.argv[1]))
print("ready", flush=True)
Sweeper(home).sweep()
"""


@pytest.mark.parametrize("after_ms", [0, 2, 5, 10, 15, 20, 30, 45, 60, 90])
def test_kill_9_while_it_is_made_whole_loses_and_doubles_nothing(home, after_ms):
    for number in range(4):
        spooled(home, f"17.m{number}", sound=tone(20.0, hz=300.0 + 100 * number))
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(home.root)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    waited = time.monotonic() + after_ms / 1000
    while time.monotonic() < waited and child.poll() is None:
        os.sched_yield()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    Sweeper(home).sweep()
    messages, waiting = kept(home)
    assert sorted(m.id for m in messages) == [f"17.m{number}" for number in range(4)]
    assert len(waiting) == 4
    for number, message in enumerate(sorted(messages, key=lambda m: m.id)):
        path = home.voicemail / message.path
        assert path.stat().st_size == message.bytes
        assert audio.read(path).frequency_hz() == pytest.approx(300.0 + 100 * number, abs=1.0)
    assert list(home.voicemail_spool.iterdir()) == []
    assert not list(home.voicemail.rglob(".*.part"))


def test_what_was_deleted_is_removed_for_good_in_time_and_strays_too(home):
    for number in range(2):
        spooled(home, f"17.m{number}", sound=tone(3.0))
    Sweeper(home).sweep()
    stray = home.voicemail / "101" / "stray.wav"
    stray.write_bytes(b"RIFF")
    greeting = home.voicemail_spool / ".greeting-101-1.wav"
    greeting.write_bytes(b"RIFF")
    for path in (stray, greeting):
        os.utime(path, (1.0, 1.0))
    with closing(open_store(home)) as db:
        mailboxes.mark(db, "17.m0", MessageState.DELETED, AT)
        assert purge(home, db, AT) == 0
        mailboxes.mark(db, "17.m0", MessageState.SAVED, AT)  # taken back
        assert purge(home, db, AT + 1) == 0
        mailboxes.mark(db, "17.m0", MessageState.DELETED, AT)
        assert purge(home, db, AT + 1) == 1
        assert mailboxes.find(db, "17.m0") is None
    assert [path.name for path in home.voicemail.glob("101/*.wav")] == ["17.m1.wav"]
    assert not greeting.exists()
