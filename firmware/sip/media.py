"""Media nodes and the matrix that joins them.

A *node* is something that can send or take audio. What it is joined to is kept here as a
wish; pjsua's conference slots, which change with every re-INVITE, are looked up when the wish
is carried out. ``Matrix.join(a, b)`` is one direction: what ``a`` says, ``b`` hears.
"""

from __future__ import annotations

import asyncio
import logging
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pjsua2 as pj

log = logging.getLogger(__name__)


class Node:
    """One end of audio. ``port`` is its conference port while it has one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port: pj.AudioMedia | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Matrix:
    """Who hears whom. Joins survive a node's port going away and coming back."""

    def __init__(self) -> None:
        self._joins: dict[Node, set[Node]] = {}

    def join(self, source: Node, sink: Node) -> None:
        """Let ``sink`` hear ``source`` (also later, when either has no port yet)."""
        self._joins.setdefault(source, set()).add(sink)
        self._carry_out(source, sink)

    def part(self, source: Node, sink: Node) -> None:
        """Let ``sink`` no longer hear ``source``."""
        sinks = self._joins.get(source, set())
        if sink in sinks:
            sinks.discard(sink)
            self._undo(source, sink)

    def moved(self, node: Node, port: pj.AudioMedia | None) -> None:
        """``node`` has a new conference port, or none: make its joins again."""
        node.port = port
        if port is None:
            return
        for sink in self._joins.get(node, ()):
            self._carry_out(node, sink)
        for source, sinks in self._joins.items():
            if node in sinks:
                self._carry_out(source, node)

    def swap(self, one: Node, other: Node) -> None:
        """Exchange the ports of two nodes. What each is joined to stays with the node."""
        for node in (one, other):
            self._lift(node)
        one.port, other.port = other.port, one.port
        for node in (one, other):
            self.moved(node, node.port)

    def _lift(self, node: Node) -> None:
        """Undo the joins of ``node`` in the conference, but keep the wish for them."""
        for sink in self._joins.get(node, ()):
            self._undo(node, sink)
        for source, sinks in self._joins.items():
            if node in sinks:
                self._undo(source, node)

    def leave(self, sink: Node) -> None:
        """Let ``sink`` hear nobody."""
        for source in [s for s, sinks in self._joins.items() if sink in sinks]:
            self.part(source, sink)

    def drop(self, node: Node) -> None:
        """Part ``node`` from everything: it is about to go."""
        for sink in list(self._joins.pop(node, ())):
            self._undo(node, sink)
        for source in [s for s, sinks in self._joins.items() if node in sinks]:
            self.part(source, node)
            if not self._joins[source]:
                del self._joins[source]

    def _carry_out(self, source: Node, sink: Node) -> None:
        if source.port is not None and sink.port is not None:
            try:
                source.port.startTransmit(sink.port)
            except pj.Error as error:
                log.warning("cannot join %s to %s: %s", source, sink, error.reason)

    def _undo(self, source: Node, sink: Node) -> None:
        if source.port is not None and sink.port is not None:
            try:
                source.port.stopTransmit(sink.port)
            except pj.Error as error:
                # The port may have gone with a re-INVITE an instant ago, and its joins with it.
                log.debug("cannot part %s from %s: %s", source, sink, error.reason)


class _FilePlayer(pj.AudioMediaPlayer):
    def __init__(self, on_end: Callable[[], None]) -> None:
        super().__init__()
        self._on_end = on_end

    def onEof2(self) -> None:
        """pjsua's word for "the file has ended"; called from its event thread."""
        self._on_end()


_LONGEST_LIST = 64
"""pjsua2 drops what comes after so many files without a word (MAX_FILE_NAMES)."""


class Player(Node):
    """A WAV file being played, once or for ever; or several of one form, without a gap.

    Raises:
        OSError: a file cannot be played; the text names them.
        ValueError: no file, or more than 64.
    """

    def __init__(self, *paths: Path, loop: bool = False) -> None:
        if not 1 <= len(paths) <= _LONGEST_LIST:
            raise ValueError(f"1 to {_LONGEST_LIST} files can be played, not {len(paths)}")
        super().__init__(paths[0].stem)
        self._ended = asyncio.Event()
        running = asyncio.get_running_loop() if not loop else None

        def ended() -> None:
            if running is not None and not running.is_closed():
                running.call_soon_threadsafe(self._ended.set)

        player = _FilePlayer(ended)
        options = 0 if loop else pj.PJMEDIA_FILE_NO_LOOP
        try:
            if len(paths) == 1:
                player.createPlayer(str(paths[0]), options)
            else:
                player.createPlaylist(pj.StringVector(list(map(str, paths))), self.name, options)
        except pj.Error as error:
            names = ", ".join(map(str, paths))
            raise OSError(f"cannot play {names}: {error.reason}") from error
        self.port = player

    async def finished(self) -> None:
        """Wait for the end of the file."""
        await self._ended.wait()


class Recorder(Node):
    """A mono WAV file that takes what is joined to it, in step with the bridge's clock.

    The file grows from the first frame on; its header is right only after ``close``. A node
    that transmits nothing is written as silence as long as it is joined.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path.stem)
        recorder = pj.AudioMediaRecorder()
        try:
            recorder.createRecorder(str(path))
        except pj.Error as error:
            raise OSError(f"cannot record to {path}: {error.reason}") from error
        self.port = recorder


class Cadence(Protocol):
    """A tone as the plans describe it: at most two frequencies in Hz together, and the times
    on, off, on, off ... in milliseconds; no times sound for ever."""

    @property
    def freqs_hz(self) -> tuple[int, ...]: ...

    @property
    def cadence_ms(self) -> tuple[int, ...]: ...


_TONE_VOLUME = 5800
"""-18 dBFS a frequency: about -13 dBm0 of tone, as exchanges send it (ITU-T E.180 §5)."""


class Tone(Node):
    """A supervisory tone, sounding for ever; one is enough for any number of listeners."""

    def __init__(self, name: str, cadence: Cadence, rate_hz: int) -> None:
        super().__init__(name)
        generator = pj.ToneGenerator()
        generator.createToneGenerator(rate_hz, 1)
        tones = pj.ToneDescVector()
        first, second = (*cadence.freqs_hz, 0)[:2]
        times_ms = cadence.cadence_ms or (1000, 0)
        for on_ms, off_ms in zip(times_ms[::2], times_ms[1::2], strict=True):
            tone = pj.ToneDesc()
            tone.freq1, tone.freq2, tone.volume = first, second, _TONE_VOLUME
            tone.on_msec, tone.off_msec = on_ms, off_ms
            tones.append(tone)
        generator.play(tones, True)
        self.port = generator


class Silence(Node):
    """A source that says nothing, so that a recorder it is joined to never skips a frame."""

    def __init__(self, rate_hz: int) -> None:
        super().__init__("silence")
        generator = pj.ToneGenerator()
        generator.createToneGenerator(rate_hz, 1)
        self.port = generator


class _Frames(pj.AudioMediaPort):
    def __init__(self, take: Callable[[], bytes], give: Callable[[bytes], None]) -> None:
        super().__init__()
        self._take = take
        self._give = give
        self._heard = bytearray()

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        """The bridge wants 20 ms; called from its clock thread."""
        audio = self._take()
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO if audio else pj.PJMEDIA_FRAME_TYPE_NONE
        if audio:
            frame.buf.assign_from_bytes(audio)
            frame.size = len(audio)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        """The bridge hands over 20 ms; called from its clock thread."""
        if frame.type != pj.PJMEDIA_FRAME_TYPE_AUDIO or not frame.size:
            return
        if len(self._heard) != frame.size:
            self._heard = bytearray(frame.size)
        frame.buf.copy_to_bytearray(self._heard)
        self._give(bytes(self._heard))


class FramePort(Node):
    """Audio made and taken by Python, in frames of 20 ms, S16LE mono at 8 kHz (320 bytes).

    ``take`` returns the next frame for the bridge (b"" is silence) and ``give`` gets what the
    bridge heard. Both run in the bridge's clock thread: they may only touch a deque, for one
    slow call of them delays the audio of every line.
    """

    def __init__(self, name: str, take: Callable[[], bytes], give: Callable[[bytes], None]) -> None:
        super().__init__(name)
        form = pj.MediaFormatAudio()
        form.init(pj.PJMEDIA_FORMAT_PCM, 8000, 1, 20000, 16)
        port = _Frames(take, give)
        port.createPort(name, form)
        self.port = port


def length_s(path: Path) -> float:
    """How long a WAV file plays, in seconds."""
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() / sound.getframerate()
