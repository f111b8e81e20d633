"""A FLAC file shown as the WAV file it was: decoded as it is read, from any place on. Chromium
cannot move about in short FLAC files ("demuxer seek failed"), and in none near its end."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import soundfile

_HEADER_BYTES = 44
_SAMPLE_BYTES = 2


class Unpacked(io.RawIOBase):
    """``size`` is the length of the whole WAV file in bytes.

    Raises:
        soundfile.SoundFileError: it is no FLAC file.
    """

    def __init__(self, source: Path | io.BytesIO) -> None:
        self._sound: Any = soundfile.SoundFile(source)
        self._frame_bytes = _SAMPLE_BYTES * self._sound.channels
        self._header = self._head()
        self._at = 0
        self.size = _HEADER_BYTES + self._sound.frames * self._frame_bytes

    def _head(self) -> bytes:
        """The header of the whole, as libsndfile writes it."""
        out = io.BytesIO()
        form = {"samplerate": self._sound.samplerate, "channels": self._sound.channels}
        soundfile.SoundFile(out, "w", format="WAV", subtype="PCM_16", **form).close()
        content = bytearray(out.getvalue()[:_HEADER_BYTES])
        pcm_bytes = self._sound.frames * self._frame_bytes
        content[4:8] = (pcm_bytes + _HEADER_BYTES - 8).to_bytes(4, "little")
        content[40:44] = pcm_bytes.to_bytes(4, "little")
        return bytes(content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        content = self._piece(len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _piece(self, count: int) -> bytes:
        if self._at < _HEADER_BYTES:
            return self._header[self._at : self._at + count]
        frame, rest = divmod(self._at - _HEADER_BYTES, self._frame_bytes)
        if frame >= self._sound.frames:
            return b""
        self._sound.seek(frame)
        frames = self._sound.read(-(-(count + rest) // self._frame_bytes), dtype="int16")
        return bytes(frames.tobytes()[rest : rest + count])

    def close(self) -> None:
        if not self.closed:
            self._sound.close()
        super().close()
