"""What legs hear: prompts, music, tones, each other; and the files that record them."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from firmware.sip.call import SipCall
from firmware.sip.media import Matrix, Node, Player, Recorder, Silence
from firmware.switchd.leg import Leg

log = logging.getLogger(__name__)

_FLUSH_S, _FLUSH_TRIES = 0.03, 20
"""How long, and how often, to wait for pjsua to write the end of a recording."""

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
    """Two growing mono files, one a side, that started in the same instant."""

    def __init__(self, matrix: Matrix, silence: Silence, folder: Path) -> None:
        self.folder = folder
        self.caller_file = folder / "caller.wav"
        self.callee_file = folder / "callee.wav"
        self._matrix = matrix
        self._sides = {"caller": Recorder(self.caller_file), "callee": Recorder(self.callee_file)}
        for side in self._sides.values():
            matrix.join(silence, side)

    def follow(self, side: str, leg: Leg) -> None:
        """Write what ``leg`` says on ``side`` ("caller" or "callee") from now on."""
        self._matrix.join(audio_of(leg), self._sides[side])

    def close(self) -> None:
        """Stop; pjsua completes the files within a frame or two."""
        for side in self._sides.values():
            self._matrix.drop(side)
            side.port = None

    def is_whole(self) -> bool:
        """Whether pjsua has completed both files after ``close``."""
        return all(map(_is_whole, (self.caller_file, self.callee_file)))


class Bridge:
    """Joins two legs. While one holds the other, the held one hears music."""

    def __init__(self, matrix: Matrix, music: Music, one: Leg, other: Leg) -> None:
        self._matrix = matrix
        self._music = music
        self._legs = (one, other)
        for speaker, hearer in ((one, other), (other, one)):
            matrix.join(audio_of(speaker), audio_of(hearer))
            speaker.hold_listener = self._on_hold(speaker, hearer)

    def _on_hold(self, holder: Leg, hearer: Leg) -> Callable[[bool], None]:
        def held(now_held: bool) -> None:
            if now_held:
                # Some telephones go on sending (RFC 3264 §8.4: sendonly), some even their room.
                self._matrix.part(audio_of(holder), audio_of(hearer))
                self._music.start(hearer)
            else:
                self._music.stop(hearer)
                self._matrix.join(audio_of(holder), audio_of(hearer))

        return held

    def close(self) -> None:
        """Part the legs that are left."""
        one, other = self._legs
        for speaker, hearer in ((one, other), (other, one)):
            speaker.hold_listener = lambda held: None
            self._matrix.part(audio_of(speaker), audio_of(hearer))
            self._music.stop(hearer)


class MissingPrompt(FileNotFoundError):
    """A prompt that no language has."""


class Studio:
    """All the sound of switchd.

    ``prompts`` is the folder of spoken prompts, ``prompts/<language>/<name>.wav``; ``spool``
    is where recordings being made lie, a folder each.
    """

    def __init__(self, matrix: Matrix, rate_hz: int, prompts: Path, spool: Path) -> None:
        self._matrix = matrix
        self._prompts = prompts
        self._spool = spool
        self._rate_hz = rate_hz
        self._silence = Silence(rate_hz)
        self.music = Music(matrix, prompts / "music.wav")

    def play(self, leg: Leg, prompt: str, language: str) -> PlayedSound:
        """Play a prompt in ``language``, or in English where it was not spoken in it.

        Raises:
            MissingPrompt: there is no such prompt.
        """
        return PlayedSound(self._matrix, Player(self._find(prompt, language)), audio_of(leg))

    def bridge(self, one: Leg, other: Leg) -> Bridge:
        """Join two legs."""
        return Bridge(self._matrix, self.music, one, other)

    def record(self, recording_id: str, call_id: str, started_at: float) -> Recording | None:
        """Open the files of a recording; None when the disk refuses, for the call goes on.

        The order tells the recorder all it needs after a crash: ``meta.json`` is there before
        the first frame.
        """
        folder = self._spool / recording_id
        meta = {
            "id": recording_id,
            "call": call_id,
            "started_at": started_at,
            "rate_hz": self._rate_hz,
        }
        try:
            folder.mkdir(mode=0o700)
            (folder / "meta.json").write_bytes(msgspec.json.encode(meta))
            return Recording(self._matrix, self._silence, folder)
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

    def _find(self, prompt: str, language: str) -> Path:
        for folder in (language, "en"):
            path = self._prompts / folder / f"{prompt}.wav"
            if path.exists():
                return path
        raise MissingPrompt(f"prompt '{prompt}' is in no language under {self._prompts}")


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
