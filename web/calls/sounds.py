"""The recordings that pages play: by ranges of bytes, as a waveform, and to take away."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import soundfile
from flask import Blueprint, Response, abort, current_app, jsonify, request, send_file
from werkzeug.wsgi import wrap_file

from firmware.config.home import Home
from firmware.model.permissions import Permission
from firmware.model.record import CallRecord, RecordingRecord
from firmware.store import audit, calls, recordings
from web.calls import hearing, store
from web.calls.unpacked import Unpacked
from web.system import access
from web.system.permission import needs

pages = Blueprint("sounds", __name__)

MEDIA_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "opus": "audio/ogg"}
"""Of each RecordingFormat; a browser goes by it (RFC 9639 §10, RFC 7845 §9)."""

PEAKS = 1200
"""Points of a waveform: as many as a wide screen shows apart."""

_BLOCK_POINTS = 50


@pages.get("/recordings/<ident>.<any(wav, flac, opus):ending>")
@needs(Permission.HEAR_RECORDINGS)
def recording(ident: str, ending: str) -> Response:
    """A recording's file, whole or the range asked for, decrypted for those who may. Only what
    the store lists is served, and only from the folder of recordings. Who listens is written
    down first."""
    found = _found(ident, Permission.HEAR_RECORDINGS)
    if ending not in (found.format, played_as(found)):
        abort(404)
    path = _path(found)
    hearing.note(store.database(), found)
    sound = _sound(found, path)
    if ending == found.format:
        response = send_file(
            sound, mimetype=MEDIA_TYPES[ending], conditional=True, etag=found.sha256, max_age=0
        )
    else:
        response = _unpacked(sound, f"{found.sha256}-{ending}")
    return _private(response)


@pages.get("/recordings/<ident>/peaks")
@needs(Permission.HEAR_RECORDINGS)
def peaks(ident: str) -> Response:
    """A recording's waveform: ``{"length_s", "peaks": [[0..1 a point] a channel]}``."""
    found = _found(ident, Permission.HEAR_RECORDINGS)
    path = _path(found)
    etag = f"{found.sha256}-peaks"
    if request.if_none_match.contains(etag):
        return _private(Response(status=304))
    response = jsonify(length_s=found.length_s, peaks=loudest(_sound(found, path)))
    response.set_etag(etag)
    return _private(response)


@pages.get("/recordings/<ident>/file")
@needs(Permission.EXPORT)
def take(ident: str) -> Response:
    """A recording to take away, as it is kept but not encrypted. Who takes it is written down
    first."""
    found = _found(ident, Permission.EXPORT)
    path = _path(found)
    audit.note(
        store.database(),
        audit.Done(
            at=time.time(),
            who=access.person().name,
            place=request.remote_addr or "",
            what=audit.Deed.EXPORTED,
            ident=found.id,
        ),
    )
    response = send_file(
        _sound(found, path),
        mimetype=MEDIA_TYPES[found.format],
        as_attachment=True,
        download_name=f"{found.id}.{found.format}",
        etag=found.sha256,
        max_age=0,
    )
    return _private(response)


def played_as(record: RecordingRecord) -> str:
    """The format the page plays: every browser moves about in it."""
    return "wav" if record.format == "flac" else record.format


def loudest(sound: Path | io.BytesIO) -> list[list[float]]:
    """The loudest sample of each of ``PEAKS`` pieces, 0 to 1, for each channel.

    Raises:
        soundfile.SoundFileError: it is no sound.
    """
    with soundfile.SoundFile(sound) as file:
        frames = max(1, -(-file.frames // PEAKS))
        points: list[np.ndarray] = []
        for block in file.blocks(frames * _BLOCK_POINTS, dtype="int16", always_2d=True):
            whole = np.zeros((-(-len(block) // frames) * frames, block.shape[1]), dtype=np.int32)
            whole[: len(block)] = block
            points.append(np.abs(whole.reshape(-1, frames, block.shape[1])).max(axis=1))
        channels = file.channels
    found = np.concatenate(points) if points else np.zeros((0, channels))
    return [[round(float(peak), 3) for peak in side] for side in (found / 32768).T]


def must_belong(permission: Permission, call: CallRecord | None) -> None:
    """End the request with 403 unless the permission of whoever asks reaches this call. Whose
    record is gone belongs to nobody."""
    if call is None:
        access.must(permission, queue="", extension="")
        return
    kind, _, name = call.place.partition(":")
    parties = {call.caller, call.called, call.agent, name if kind == "extension" else ""}
    access.must(permission, queue=call.queue, extension=parties)


def _found(ident: str, permission: Permission) -> RecordingRecord:
    db = store.database()
    found = recordings.find(db, ident)
    if found is None:
        abort(404)
    must_belong(permission, calls.find(db, found.call_id))
    return found


def _path(found: RecordingRecord) -> Path:
    home: Home = current_app.extensions["markaz-home"]
    folder = home.recordings.resolve()
    path = (folder / found.path).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        abort(404)
    return path


def _sound(found: RecordingRecord, path: Path) -> Path | io.BytesIO:
    home: Home = current_app.extensions["markaz-home"]
    return hearing.opened(home, path) if found.cipher else path


def _private(response: Response) -> Response:
    """It never changes, but only this browser's person may keep it, and must ask to hear it
    again."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _unpacked(sound: Path | io.BytesIO, etag: str) -> Response:
    unpacked = Unpacked(sound)
    body = wrap_file(request.environ, io.BufferedReader(unpacked, 64 * 1024), 64 * 1024)
    response = Response(body, mimetype=MEDIA_TYPES["wav"], direct_passthrough=True)
    response.content_length = unpacked.size
    response.set_etag(etag)
    response.make_conditional(request.environ, accept_ranges=True, complete_length=unpacked.size)
    return response
