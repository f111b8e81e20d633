"""What legs hear: prompts, music, tones, each other; and the files that record them."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from firmware.model.leg import LegState
from firmware.model.recording import NO_ROOM
from firmware.model.speech.parts import Part, Sentence
from firmware.model.speech.sentence import REST
from firmware.prompts.shelf import MissingPrompt, Shelf
from firmware.sip.call import SipCall
from firmware.sip.media import Cadence, Matrix, Node, Player, Recorder, Silence, Tone
from firmware.switchd.leg import Leg

log = logging.getLogger(__name__)

_FLUSH_S, _FLUSH_TRIES = 0.03, 20
"""How long, and how often, to wait for pjsua to write the end of a recording."""

_BEEP_S = 0.4


@dataclass(frozen=True, slots=True)
class _Steady:
    """A tone without a cadence."""

    freqs_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()


_BEEP = _Steady((1000,))

_HEADER_BYTES = 44
"""Of a WAV file as pjsua writes it: RIFF, fmt and the head of data."""


class PlayedSound:
    """A file being played to one leg."""

    def __init__(self, matrix: Matrix, player: Player, listener: Node) -> None:
        self._matrix = matrix
        self._player = player
        matrix.join(player, listener)

    async def finished(self) -> None:
        """Wait for the end of the file."""
        await self._player.finished()

    def stop(self) -> None:
        """Stop playing; may be called twice."""
        if self._player.port is not None:
            self._matrix.drop(self._player)
            self._player.port = None


class Music:
    """Music on hold, one player for all who wait."""

    def __init__(self, matrix: Matrix, path: Path) -> None:
        self._matrix = matrix
        self._player = Player(path, loop=True)

    def start(self, leg: Leg) -> None:
        """Let ``leg`` hear it."""
        self._matrix.join(self._player, audio_of(leg))

    def stop(self, leg: Leg) -> None:
        """Let ``leg`` no longer hear it."""
        self._matrix.part(self._player, audio_of(leg))


class Recording:
    """Two growing mono files, one a side, that started in the same instant (``started_at``, in
    Unix seconds)."""

    def __init__(self, matrix: Matrix, silence: Silence, folder: Path, started_at: float) -> None:
        self.folder = folder
        self._started_at = started_at
        self.caller_file = folder / "caller.wav"
        self.callee_file = folder / "callee.wav"
        self._matrix = matrix
        self._silence = silence
        self._sides = {"caller": Recorder(self.caller_file), "callee": Recorder(self.callee_file)}
        for side in self._sides.values():
            matrix.join(silence, side)

    def follow(self, side: str, leg: Leg) -> None:
        """Write what ``leg`` says on ``side`` ("caller" or "callee") from now on."""
        self._matrix.join(audio_of(leg), self._sides[side])

    def mark(self, at: float, what: str, **sides: list[str]) -> None:
        """Write beside the sound what happens at ``at``: who is on which side from now on."""
        line = {"at_s": round(at - self._started_at, 2), "what": what, **sides}
        try:
            with (self.folder / "tracks.jsonl").open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:  # in memory: only when that is full, and the sound goes on
            log.error("recording %s: %s was not written down: %s", self.folder.name, what, error)

    def rest(self) -> None:
        """Write silence until ``follow`` is called again: the talk is over, the call is not."""
        for side in self._sides.values():
            self._matrix.leave(side)
            self._matrix.join(self._silence, side)

    def close(self) -> None:
        """Stop; pjsua completes the files within a frame or two."""
        for side in self._sides.values():
            self._matrix.drop(side)
            side.port = None

    def is_whole(self) -> bool:
        """Whether pjsua has completed both files after ``close``."""
        return all(map(_is_whole, (self.caller_file, self.callee_file)))


class Bridge:
    """Joins legs, each with each. Whom one of them holds hears music when nobody else talks."""

    def __init__(self, matrix: Matrix, music: Music, legs: Iterable[Leg]) -> None:
        self._matrix = matrix
        self._music = music
        self._legs: list[Leg] = []
        for leg in legs:
            self.add(leg)

    def add(self, leg: Leg) -> None:
        """Let ``leg`` hear the others and be heard."""
        for other in self._legs:
            self._matrix.join(audio_of(other), audio_of(leg))
            self._matrix.join(audio_of(leg), audio_of(other))
        self._legs.append(leg)
        self._music_for_held()

    def remove(self, leg: Leg) -> None:
        """Let ``leg`` hear nobody and nobody hear it."""
        if leg not in self._legs:
            return
        self._legs.remove(leg)
        self._music.stop(leg)
        for other in self._legs:
            self._matrix.part(audio_of(other), audio_of(leg))
            self._matrix.part(audio_of(leg), audio_of(other))
            self._music.stop(other)
        self._music_for_held()

    def _music_for_held(self) -> None:
        """Somebody may have held another before either came, or before a third left."""
        for leg in self._legs:
            if leg.state is LegState.HELD:
                self.held(leg, True)

    def held(self, holder: Leg, held: bool) -> None:
        """``holder`` holds the others, or takes them back."""
        others = [leg for leg in self._legs if leg is not holder]
        for other in others:
            if held:
                # Some telephones go on sending (RFC 3264 §8.4: sendonly), some even their room.
                self._matrix.part(audio_of(holder), audio_of(other))
            else:
                self._matrix.join(audio_of(holder), audio_of(other))
            if held and len(others) == 1:
                self._music.start(other)
            else:
                self._music.stop(other)

    def close(self) -> None:
        """Part everybody."""
        for leg in list(self._legs):
            self.remove(leg)


class Dictation:
    """What one leg says, in a growing mono file. Nothing it hears meanwhile is in it."""

    def __init__(self, matrix: Matrix, silence: Silence, leg: Leg, file: Path) -> None:
        self.file = file
        self._matrix = matrix
        self._recorder = Recorder(file)
        matrix.join(silence, self._recorder)
        matrix.join(audio_of(leg), self._recorder)

    async def close(self) -> None:
        """Stop, and wait until pjsua has completed the file."""
        self._matrix.drop(self._recorder)
        self._recorder.port = None
        for _ in range(_FLUSH_TRIES):
            if _is_whole(self.file):
                return
            await asyncio.sleep(_FLUSH_S)


class Beep:
    """The tone after which somebody speaks."""

    def __init__(self, matrix: Matrix, tone: Tone, leg: Leg) -> None:
        self._matrix = matrix
        self._tone = tone
        self._leg = leg
        matrix.join(tone, audio_of(leg))

    async def finished(self) -> None:
        """Wait for its end."""
        await asyncio.sleep(_BEEP_S)
        self.stop()

    def stop(self) -> None:
        """Stop it; may be called twice."""
        self._matrix.part(self._tone, audio_of(self._leg))


class Broadcast:
    """Lets many legs hear one, and nobody else anybody."""

    def __init__(self, matrix: Matrix, speaker: Leg) -> None:
        self._matrix = matrix
        self._speaker = speaker
        self._hearers: list[Leg] = []

    def add(self, leg: Leg) -> None:
        """Let ``leg`` hear the speaker."""
        self._hearers.append(leg)
        self._matrix.join(audio_of(self._speaker), audio_of(leg))

    def held(self, holder: Leg, held: bool) -> None:
        """``holder`` holds the call: of the speaker, nobody hears anything then."""
        for leg in self._hearers if holder is self._speaker else ():
            change = self._matrix.part if held else self._matrix.join
            change(audio_of(self._speaker), audio_of(leg))

    def close(self) -> None:
        """Let nobody hear the speaker any more."""
        for leg in self._hearers:
            self._matrix.part(audio_of(self._speaker), audio_of(leg))
        self._hearers.clear()


class Comfort:
    """What a caller hears while somebody else's telephone rings: ringback, or what the network
    over there plays."""

    def __init__(self, matrix: Matrix, ringback: Node, leg: Leg) -> None:
        self._matrix = matrix
        self._ringback = ringback
        self._leg = leg
        self._far: Leg | None = None

    def ring(self) -> None:
        """Let the caller hear ringback, unless there is something better."""
        if self._far is None:
            self._matrix.join(self._ringback, audio_of(self._leg))

    def listen(self, far: Leg) -> None:
        """Let the caller hear what comes from ``far`` (early media)."""
        self._matrix.part(self._ringback, audio_of(self._leg))
        self._far = far
        self._matrix.join(audio_of(far), audio_of(self._leg))

    def stop(self) -> None:
        """Let the caller hear nothing of it any more."""
        self._matrix.part(self._ringback, audio_of(self._leg))
        if self._far is not None:
            self._matrix.part(audio_of(self._far), audio_of(self._leg))


class Hearing:
    """One leg hears another, whoever sits there, until it is stopped."""

    def __init__(self, matrix: Matrix, speaker: Leg, hearer: Leg) -> None:
        self._matrix = matrix
        self._nodes = audio_of(speaker), audio_of(hearer)
        matrix.join(*self._nodes)

    def stop(self) -> None:
        """Let the one no longer hear the other."""
        self._matrix.part(*self._nodes)


class Studio:
    """All the sound of switchd.

    ``prompts`` is where the spoken prompts lie; ``spool``
    is where recordings being made lie, a folder each; ``ringback`` is the country's.
    """

    def __init__(
        self, matrix: Matrix, rate_hz: int, ringback: Cadence, prompts: Shelf, spool: Path
    ) -> None:
        self._matrix = matrix
        self._prompts = prompts
        self._spool = spool
        self.rate_hz = rate_hz
        self._silence = Silence(rate_hz)
        self._ringback = Tone("ringback", ringback, rate_hz)
        self._beep = Tone("beep", _BEEP, rate_hz)
        self.music = Music(matrix, prompts.music)
        self._musics: dict[str, Music] = {}

    def play(self, leg: Leg, said: str | Part | Sentence, language: str) -> PlayedSound:
        """Play a prompt or a sentence in ``language``, or in English where it was not spoken
        in it. One that nobody spoke (a site may name a recording it has not) is a short silence.

        Raises:
            KeyError: no such phrase, or one of its gaps is not filled.
        """
        try:
            files = self._prompts.find(said, language)
        except MissingPrompt as error:
            log.error("%s; the caller hears nothing", error)
            files = self._prompts.find(REST, language)
        return PlayedSound(self._matrix, Player(*files), audio_of(leg))

    def music_of(self, name: str) -> Music:
        """The music of that name ("": the box's own); it plays on for the next who waits."""
        if not name:
            return self.music
        if name not in self._musics:
            self._musics[name] = Music(self._matrix, self._prompts.music_called(name))
        return self._musics[name]

    def bridge(self, one: Leg, other: Leg) -> Bridge:
        """Join two legs."""
        return Bridge(self._matrix, self.music, (one, other))

    def hear(self, speaker: Leg, hearer: Leg) -> Hearing:
        """Let one leg hear another, and not the other way round."""
        return Hearing(self._matrix, speaker, hearer)

    def mix(self) -> Bridge:
        """A bridge that is empty yet."""
        return Bridge(self._matrix, self.music, ())

    def play_file(self, leg: Leg, path: Path) -> PlayedSound:
        """Play a WAV file: a message, a greeting.

        Raises:
            OSError: it cannot be played.
        """
        return PlayedSound(self._matrix, Player(path), audio_of(leg))

    def beep(self, leg: Leg) -> Beep:
        """Sound the tone after which somebody speaks."""
        return Beep(self._matrix, self._beep, leg)

    def dictate(self, leg: Leg, file: Path) -> Dictation:
        """Write what ``leg`` says into a new file, until it is closed.

        Raises:
            OSError: the disk refuses.
        """
        return Dictation(self._matrix, self._silence, leg, file)

    def broadcast(self, speaker: Leg) -> Broadcast:
        """Let many hear one, nobody yet."""
        return Broadcast(self._matrix, speaker)

    def comfort(self, leg: Leg) -> Comfort:
        """What ``leg`` may hear while it waits for an answer."""
        return Comfort(self._matrix, self._ringback, leg)

    def record(self, recording_id: str, call_id: str, started_at: float) -> Recording | None:
        """Open the files of a recording; None when there is no room, for the call goes on.

        The order tells the recorder all it needs after a crash: ``meta.json`` is there before
        the first frame.
        """
        if (self._spool / NO_ROOM).exists():
            log.warning("call %s is not recorded: the disk is full", call_id)
            return None
        folder = self._spool / recording_id
        meta = {
            "id": recording_id,
            "call": call_id,
            "started_at": started_at,
            "rate_hz": self.rate_hz,
        }
        try:
            folder.mkdir(mode=0o700)
            (folder / "meta.json").write_bytes(msgspec.json.encode(meta))
            return Recording(self._matrix, self._silence, folder, started_at)
        except OSError as error:
            log.error("call %s is not recorded: %s", call_id, error)
            shutil.rmtree(folder, ignore_errors=True)
            return None

    def close_recording(
        self, recording: Recording, ended_at: float, when_done: Callable[[], None]
    ) -> None:
        """End a recording; ``when_done`` is called when its files are whole and the recorder
        may take the folder over."""
        recording.close()
        self._mark_when_whole(recording, ended_at, when_done, _FLUSH_TRIES)

    def _mark_when_whole(
        self, recording: Recording, ended_at: float, when_done: Callable[[], None], tries: int
    ) -> None:
        """pjsua writes the end of a file only at the next tick of the bridge: look again."""
        if tries and not recording.is_whole():
            asyncio.get_running_loop().call_later(
                _FLUSH_S, self._mark_when_whole, recording, ended_at, when_done, tries - 1
            )
            return
        try:
            (recording.folder / "done").write_bytes(msgspec.json.encode({"ended_at": ended_at}))
        except OSError as error:
            # The recorder takes up folders that nobody records into any more, mark or not.
            log.error("recording %s could not be marked as done: %s", recording.folder, error)
        when_done()


def _is_whole(sound: Path) -> bool:
    """Whether a WAV file's header tells its length, which pjsua writes last. It writes nothing
    but an empty header (44 bytes) until it has four kilobytes of sound."""
    try:
        with sound.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return True
    told = int.from_bytes(header[_HEADER_BYTES - 4 :], "little")
    return size > _HEADER_BYTES and told == size - _HEADER_BYTES


def audio_of(leg: Leg) -> Node:
    """The media node of a leg's dialog."""
    dialog = leg.dialog
    if not isinstance(dialog, SipCall):
        raise TypeError(f"leg {leg.id} has no SIP dialog")
    return dialog.audio
