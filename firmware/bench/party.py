"""A party: somebody at the far end, who listens, presses keys, talks, and is recorded listening.

Steps in frames of 20 ms; nothing here looks at a clock.
"""

from __future__ import annotations

import queue
import threading
import wave
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hw.signal.dtmf import DtmfGenerator
from hw.signal.level import level_dbm0
from hw.signal.playout import FRAME_BYTES, SILENCE, Playout
from hw.signal.tone import ToneDetector, TonePlan

_SPEECH_DBM0 = -45.0
_SPEECH_FRAMES = 10  # 0.2 s of sound make speech
_SILENCE_FRAMES = 40  # 0.8 s without sound: it is the caller's turn
_PATIENCE_FRAMES = 400  # 8 s: presses the keys anyway
_READY_FRAMES, _LATE_FRAMES = 8, 25  # of live speech, which comes in pieces of 0.1 s
_MOST_READ_BYTES = 65536


class Turn(StrEnum):
    """When the party presses its keys."""

    AFTER_SPEECH = "after_speech"
    AFTER_DIAL_TONE = "after_dial_tone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a party does once it is through. ``say`` and ``listen`` are absolute paths of WAV
    files (8 kHz, mono, 16 bit), or None."""

    digits: str = ""
    say: Path | None = None
    listen: Path | None = None


class Phase(StrEnum):
    LISTENING = "listening"
    PRESSING = "pressing"
    TALKING = "talking"


@dataclass(slots=True)
class _Ear:
    """Tells when it is the listener's turn."""

    turn: Turn
    detector: ToneDetector
    frames: int = 0
    loud_frames: int = 0
    quiet_frames: int = 0

    def is_turn(self, heard: bytes) -> bool:
        self.frames += 1
        if self.turn is Turn.AFTER_DIAL_TONE:
            return bool(self.detector.feed(heard))
        if level_dbm0(heard) > _SPEECH_DBM0:
            self.loud_frames += 1
            self.quiet_frames = 0
        else:
            self.quiet_frames += 1
        spoken = self.loud_frames >= _SPEECH_FRAMES and self.quiet_frames >= _SILENCE_FRAMES
        return spoken or self.frames >= _PATIENCE_FRAMES


class Party:
    """One call's far party, from the moment it is through.

    Raises:
        ValueError: ``say`` is not a WAV file of 8 kHz, mono, 16 bit, ``listen`` cannot be
            written, or a digit is none.
    """

    def __init__(self, script: Script, plan: TonePlan, turn: Turn = Turn.AFTER_SPEECH) -> None:
        self._speech = _speech(script.say) if script.say is not None else b""
        self._voice: Voice | None = None
        self._at = 0
        self._keys = DtmfGenerator(level_dbm0=-8)
        self._keys.put(script.digits)
        self._plan = plan
        self._ear = _Ear(turn, ToneDetector(plan, ("dial",)))
        self._phase = Phase.LISTENING if script.digits else Phase.TALKING
        self._recording = Recording(script.listen) if script.listen is not None else None
        self.digits = script.digits

    @property
    def phase(self) -> Phase:
        """What the party is doing."""
        return self._phase

    def step(self, heard: bytes) -> bytes:
        """20 ms: what the party hears, and what it says."""
        if self._recording is not None:
            self._recording.put(heard)
        if self._phase is Phase.LISTENING and self._ear.is_turn(heard):
            self._phase = Phase.PRESSING
        if self._phase is Phase.PRESSING:
            if self._keys.busy:
                return self._keys.frame()
            self._phase = Phase.TALKING
        return self._talk() if self._phase is Phase.TALKING else SILENCE

    def dial(self, digits: str) -> None:
        """Wait for dial tone, press keys, go on talking.

        Raises:
            ValueError: a digit is none.
        """
        if not digits:
            return
        self._keys.put(digits)
        self._ear = _Ear(Turn.AFTER_DIAL_TONE, ToneDetector(self._plan, ("dial",)))
        self._phase = Phase.LISTENING
        self.digits = digits

    def press(self, digits: str) -> None:
        """Press keys at once, whatever it waits for; go on talking.

        Raises:
            ValueError: a digit is none.
        """
        self._keys.put(digits)
        self._phase = Phase.PRESSING
        self.digits += digits

    def say(self, file: Path | None) -> None:
        """Say something else from now on; None is silence.

        Raises:
            ValueError: as for ``Script.say``.
        """
        self._speech, self._at = _speech(file) if file is not None else b"", 0
        self._hush()

    def talk(self, file: Path) -> None:
        """Say what a file of plain samples grows by.

        Raises:
            ValueError: it cannot be opened.
        """
        voice = Voice(file)
        self._hush()
        self._voice = voice

    def listen(self, file: Path) -> None:
        """Record what is heard from now on to another file.

        Raises:
            ValueError: it cannot be written.
        """
        recording = Recording(file)
        if self._recording is not None:
            self._recording.close()
        self._recording = recording

    def _hush(self) -> None:
        if self._voice is not None:
            self._voice.close()
            self._voice = None

    def leave(self) -> None:
        """The call is over: finish the recording."""
        self._hush()
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def _talk(self) -> bytes:
        if self._voice is not None:
            return self._voice.frame()
        if not self._speech:
            return SILENCE
        frame = self._speech[self._at : self._at + FRAME_BYTES]
        self._at = (self._at + FRAME_BYTES) % len(self._speech)
        return frame


def _speech(path: Path) -> bytes:
    """The samples of ``path``, cut to whole frames."""
    try:
        with wave.open(str(path), "rb") as sound:
            form = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            audio = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise ValueError(f"cannot say {path}: {error or 'it is empty'}") from error
    if form != (8000, 1, 2):
        raise ValueError(
            f"cannot say {path}: {form[0]} Hz, {form[1]} channels, {8 * form[2]} bit; "
            "a line carries 8000 Hz, 1 channel, 16 bit"
        )
    whole = len(audio) // FRAME_BYTES * FRAME_BYTES
    if not whole:
        raise ValueError(f"cannot say {path}: it is shorter than a frame of 20 ms")
    return audio[:whole]


class Voice:
    """What somebody says live: a file of plain samples (8 kHz mono S16) that another program
    appends to. What is too late is left out, so that delay does not build up.

    Raises:
        ValueError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise ValueError(f"cannot say what {path} grows by: {error.strerror}") from error
        self._partial = b""
        self._waiting = Playout(_READY_FRAMES, _LATE_FRAMES)

    def frame(self) -> bytes:
        """The next 20 ms."""
        self._partial += self._file.read(_MOST_READ_BYTES) or b""
        whole = len(self._partial) // FRAME_BYTES * FRAME_BYTES
        for at in range(0, whole, FRAME_BYTES):
            self._waiting.put(self._partial[at : at + FRAME_BYTES])
        self._partial = self._partial[whole:]
        return self._waiting.take() or SILENCE

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Recording:
    """A WAV file written by a thread of its own: a slow disk must not hold up the frames.

    Raises:
        ValueError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.touch()  # wave.open leaves a broken object behind when it fails
        except OSError as error:
            raise ValueError(f"cannot record what is heard: {error}") from error
        self._frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, args=(path,), name=path.name)
        self._thread.start()

    def put(self, frame: bytes) -> None:
        """Append one frame."""
        self._frames.put(frame)

    def close(self) -> None:
        """Finish the file."""
        self._frames.put(b"")
        self._thread.join()

    def _write(self, path: Path) -> None:
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            while frame := self._frames.get():
                sound.writeframes(frame)
