"""The pages of telephones: all of them, one of them, and what the technician does there."""

from __future__ import annotations

import io
import itertools
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import segno
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.link.api import ProvisionApi
from firmware.link.phones import KeyRow, MediaFile
from web.phones import wording
from web.phones.service import Problem, register, service
from web.system import access, language
from web.system.permission import Permission, needs

pages = Blueprint("phones", __name__, template_folder="templates")

_UPLOADS = ("phones.offer_firmware", "phones.offer_media")
LARGEST_FIRMWARE_BYTES = 256 * 1024 * 1024
EMPTY_KEY = "none"
_MOST_ACCOUNTS = 16
_MOST_KEYS = 400
_ROOM = 8
_FILE_NAME = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9._()-]{0,120}")
_IDENT = re.compile(r"[0-9a-f]{12}|soft-[0-9]{1,6}")

ACTIONS: Mapping[str, tuple[Any, tuple[object, ...]]] = {
    "revoke": (ProvisionApi.revoke, ()),
    "renew": (ProvisionApi.renew, ()),
    "forget": (ProvisionApi.forget, ()),
    "resync": (ProvisionApi.resync, (False,)),
    "reboot": (ProvisionApi.resync, (True,)),
    "push": (ProvisionApi.push, ()),
    "allow-tftp": (ProvisionApi.allow_tftp, (True,)),
    "refuse-tftp": (ProvisionApi.allow_tftp, (False,)),
}


@pages.url_value_preprocessor
def _allow_firmware(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Firmware is larger than anything else the console takes, from the signed-in only: this is
    asked before the body is read."""
    if endpoint in _UPLOADS and access.current() is not None:
        request.max_content_length = LARGEST_FIRMWARE_BYTES


@pages.get("/phones")
@needs(Permission.SEE_PHONES)
def everyone() -> str:
    """All telephones."""
    return _everyone("")


@pages.get("/phones/rows")
@needs(Permission.SEE_PHONES)
def rows() -> str:
    """The table's rows alone, for the page that is open."""
    return render_template("phones/rows.html", **_picture())


@pages.post("/phones/window")
@needs(Permission.CHANGE_PHONES)
def window() -> AnyResponse | tuple[str, int]:
    """Open or shut the adoption window."""
    minutes = request.form.get("minutes", "")
    with_minutes = minutes.isascii() and minutes.isdigit() and 0 < int(minutes) <= 120
    try:
        with service() as link:
            if with_minutes:
                link.call(ProvisionApi.open_window, float(minutes))
            else:
                link.call(ProvisionApi.close_window)
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


@pages.post("/phones/expect")
@needs(Permission.CHANGE_PHONES)
def expect() -> AnyResponse | tuple[str, int]:
    """Put a telephone on record by its sticker."""
    mac, model = request.form.get("mac", "").strip(), request.form.get("model", "").strip()
    try:
        with service("mac") as link:
            ident = link.call(ProvisionApi.expect, mac=mac[:40], model=model[:60])
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.one", ident=ident))


@pages.post("/phones/softphone")
@needs(Permission.CHANGE_PHONES)
def softphone() -> AnyResponse | tuple[str, int]:
    """Make a place for a softphone."""
    try:
        with service("assign") as link:
            ident = link.call(ProvisionApi.add_softphone, request.form.get("extension", ""))
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.one", ident=ident))


@pages.post("/phones/scan")
@needs(Permission.CHANGE_PHONES)
def scan() -> AnyResponse | tuple[str, int]:
    """Look for telephones on the network."""
    try:
        with service() as link:
            link.call(ProvisionApi.scan)
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


@pages.post("/phones/pardon")
@needs(Permission.CHANGE_PHONES)
def pardon() -> AnyResponse | tuple[str, int]:
    """Lift a ban."""
    try:
        with service() as link:
            link.call(ProvisionApi.pardon, request.form.get("address", ""))
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


@pages.post("/phones/firmware")
@needs(Permission.CHANGE_PHONES)
def offer_firmware() -> AnyResponse | tuple[str, int]:
    """Take a firmware file and begin its roll-out, or change the share of one that is there."""
    upload = request.files.get("file")
    name = secure_filename(upload.filename or "") if upload else ""
    name = name or request.form.get("name", "")
    home: Home = current_app.extensions["markaz-home"]
    share = request.form.get("share", "0")
    if not share.isdigit() or not _FILE_NAME.fullmatch(name):
        return _everyone("firmware"), 409
    try:
        if upload is not None and upload.filename:
            _keep(upload, home.provision / "firmware", name)
        with service("firmware") as link:
            link.call(
                ProvisionApi.offer_firmware,
                name=name,
                vendor=request.form.get("vendor", ""),
                model=request.form.get("model", ""),
                version=request.form.get("version", ""),
                share=int(share),
                first=(),
            )
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


@pages.post("/phones/firmware/withdraw")
@needs(Permission.CHANGE_PHONES)
def withdraw_firmware() -> AnyResponse | tuple[str, int]:
    """End a roll-out."""
    try:
        with service() as link:
            link.call(ProvisionApi.withdraw_firmware, request.form.get("name", ""))
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


@pages.post("/phones/media")
@needs(Permission.CHANGE_PHONES)
def offer_media() -> AnyResponse | tuple[str, int]:
    """Take a wallpaper, a ring or a language pack for telephones."""
    upload = request.files.get("file")
    name = secure_filename(upload.filename or "") if upload else ""
    home: Home = current_app.extensions["markaz-home"]
    if upload is None or not _FILE_NAME.fullmatch(name):
        return _everyone("media"), 409
    kind = request.form.get("kind", "")
    about = "calls" if kind == "ring" else "shown"
    try:
        _keep(upload, home.provision / "media", name)
        with service("media") as link:
            link.call(
                ProvisionApi.offer_media,
                MediaFile(
                    name=name,
                    kind=kind,
                    vendor=request.form.get("vendor", "").strip(),
                    model=request.form.get("model", "").strip(),
                    language=request.form.get("language", ""),
                    shown=request.form.get(about, "").strip()[:60],
                    bytes=0,
                ),
            )
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


@pages.post("/phones/media/withdraw")
@needs(Permission.CHANGE_PHONES)
def withdraw_media() -> AnyResponse | tuple[str, int]:
    """Take a file from the telephones."""
    try:
        with service() as link:
            link.call(ProvisionApi.withdraw_media, request.form.get("name", ""))
    except Problem as problem:
        return _everyone(str(problem)), 409
    return redirect(url_for("phones.everyone"))


def _keep(upload: FileStorage, folder: Path, name: str) -> None:
    """Put an upload into its folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = folder / f".{name}.new"
    upload.save(new)
    new.replace(folder / name)


@pages.get("/phones/<ident>")
@needs(Permission.SEE_PHONES)
def one(ident: str) -> str:
    """One telephone: what it is told, and what differs from what it has."""
    return _one(ident, "")


@pages.post("/phones/<ident>/assign")
@needs(Permission.CHANGE_PHONES)
def assign(ident: str) -> AnyResponse | tuple[str, int]:
    """Give it its extensions."""
    chosen = request.form.getlist("extension")[:_MOST_ACCOUNTS]
    try:
        with service("assign") as link:
            link.call(ProvisionApi.assign, _checked(ident), tuple(filter(None, chosen)))
    except Problem as problem:
        return _one(ident, str(problem)), 409
    return redirect(url_for("phones.one", ident=ident))


@pages.post("/phones/<ident>/override")
@needs(Permission.CHANGE_PHONES)
def override(ident: str) -> AnyResponse | tuple[str, int]:
    """Give one parameter a value of the technician's, or take it back."""
    name, value = request.form.get("name", "").strip(), request.form.get("value", "")
    try:
        with service("override") as link:
            if request.form.get("drop"):
                link.call(ProvisionApi.drop_override, _checked(ident), name)
            else:
                link.call(ProvisionApi.set_override, _checked(ident), name, value)
    except Problem as problem:
        return _one(ident, str(problem)), 409
    return redirect(url_for("phones.one", ident=ident))


@pages.post("/phones/<ident>/keys")
@needs(Permission.CHANGE_PHONES)
def keys(ident: str) -> AnyResponse | tuple[str, int]:
    """Lay out its keys, or give it the layout every telephone gets."""
    laid_out = None if request.form.get("default") else _keys_of_form()
    try:
        with service("keys") as link:
            link.call(ProvisionApi.set_keys, _checked(ident), laid_out)
    except Problem as problem:
        return _one(ident, str(problem)), 409
    return redirect(url_for("phones.one", ident=ident))


def _keys_of_form() -> tuple[KeyRow, ...]:
    """The keys of the form, without the empty ones behind the last."""
    columns = [request.form.getlist(name)[:_MOST_KEYS] for name in ("kind", "value", "label")]
    rows = [
        KeyRow(kind=kind, value=value.strip()[:64], label=label.strip()[:64], account=1)
        for kind, value, label in zip(*columns, strict=False)
    ]
    while rows and rows[-1].kind == EMPTY_KEY:
        rows.pop()
    lines = itertools.count(1)
    return tuple(replace(r, account=next(lines)) if r.kind == "line" else r for r in rows)


@pages.post("/phones/<ident>/<action>")
@needs(Permission.CHANGE_PHONES)
def act(ident: str, action: str) -> AnyResponse | tuple[str, int]:
    """One of ``ACTIONS``."""
    if action not in ACTIONS:
        abort(404)
    method, arguments = ACTIONS[action]
    try:
        with service("push" if action == "push" else "resync") as link:
            link.call(method, _checked(ident), *arguments)
    except Problem as problem:
        return _one(ident, str(problem)), 409
    if action == "forget":
        return redirect(url_for("phones.everyone"))
    return redirect(url_for("phones.one", ident=ident))


@pages.get("/phones/<ident>/qr.svg")
@needs(Permission.CHANGE_PHONES)
def qr_code(ident: str) -> Response:
    """A softphone's address as a QR code: secret, so never kept by a browser."""
    try:
        with service() as link:
            address = link.call(ProvisionApi.address_of, _checked(ident))
    except Problem:
        abort(404)
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=6, border=4, light="white")
    response = Response(drawing.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    return response


def _with_room(laid_out: tuple[KeyRow, ...], places: int) -> tuple[KeyRow, ...]:
    """The keys and, behind them, some empty ones: as many as there are places for."""
    count = max(len(laid_out), min(places, len(laid_out) + _ROOM))
    empty = KeyRow(kind=EMPTY_KEY, value="", label="", account=1)
    return laid_out + (empty,) * (count - len(laid_out))


def _checked(ident: str) -> str:
    if not _IDENT.fullmatch(ident):
        abort(404)
    return ident


def _picture() -> dict[str, Any]:
    found = register()
    return {
        "phones": found.phones,
        "window": found.window,
        "is_open": found.window is not None and found.window.open_until > time.time(),
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {
        "state_look": wording.state_look,
        "files_look": wording.files_look,
        "evidence_word": wording.evidence_word,
        "mac_words": wording.mac_words,
        "name_words": wording.name_words,
        "extensions": _extensions(),
    }


def _extensions() -> Mapping[str, str]:
    """Every extension's number and name."""
    titles = language.office().titles
    return {
        place.removeprefix("extension:"): name
        for place, name in sorted(titles.items())
        if place.startswith("extension:")
    }


def _everyone(problem: str) -> str:
    picture = _picture()
    options: tuple[Any, ...] = ()
    files: tuple[Any, ...] = ()
    shown: tuple[Any, ...] = ()
    if picture["window"] is not None:
        with service() as link:
            options = link.call(ProvisionApi.router_options)
            files = link.call(ProvisionApi.firmware)
            shown = link.call(ProvisionApi.media)
    elif not problem:
        problem = "away"
    return render_template(
        "phones/everyone.html",
        problem=wording.PROBLEMS[problem] if problem else "",
        options=options,
        firmware=files,
        media=shown,
        media_kinds=wording.MEDIA,
        media_calls=wording.CALLS,
        **picture,
    )


def _one(ident: str, problem: str) -> str:
    found = register()
    row = found.find(_checked(ident))
    if row is None:
        abort(404 if found.window is not None else 503)
    files: tuple[Any, ...] = ()
    changes: tuple[Any, ...] = ()
    overrides: Mapping[str, str] = {}
    laid_out: tuple[KeyRow, ...] = ()
    if row.family:
        with service() as link:
            files = link.call(ProvisionApi.preview, ident)
            changes = link.call(ProvisionApi.changes, ident)
            overrides = link.call(ProvisionApi.overrides, ident)
            laid_out = link.call(ProvisionApi.keys, ident)
    return render_template(
        "phones/one.html",
        phone=row,
        is_softphone=ident.startswith("soft-"),
        files=files,
        changes=changes,
        overrides=overrides,
        keys=_with_room(laid_out, row.keys),
        key_kinds=wording.KEYS,
        problem=wording.PROBLEMS[problem] if problem else "",
        **_words(),
    )
