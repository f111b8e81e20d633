"""What telephones show and play that the technician brought: wallpaper, rings, language packs.

The files lie in ``provision/media`` and are served below each telephone's token, to those they
are for. A vendor's own file format is the technician's matter: nobody but the telephone can tell
whether it likes a picture.
"""

from __future__ import annotations

import logging
import re

from firmware.config.home import Home
from firmware.link.phones import MediaFile
from firmware.model.alert import Ringing
from provisioning.device import LanguagePack, Ring
from provisioning.phones import spelled
from provisioning.register.book import Register
from provisioning.register.phone import Media, MediaKind, Phone

log = logging.getLogger(__name__)

FOLDER = "media"
"""Of ``provision``, and of the path below a token."""

RINGS = (Ringing.INTERNAL, Ringing.EXTERNAL, Ringing.QUEUE)
"""The kinds of call a telephone can tell apart by their ring, in the order it is told them."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,80}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_MOST_BYTES = 8 * 1024 * 1024


def offer(register: Register, home: Home, wanted: MediaFile, now: float) -> None:
    """Give a file of the folder to the telephones it is for.

    Raises:
        KeyError: the file is not in the folder.
        ValueError: an impossible name, kind, vendor, model, language or size.
    """
    if not _NAME.fullmatch(wanted.name):
        raise ValueError(f"{wanted.name!r} is no name of a file that telephones can ask for")
    path = home.provision / FOLDER / wanted.name
    if not path.is_file():
        raise KeyError(f"there is no file {path}")
    if not 0 < path.stat().st_size <= _MOST_BYTES:
        raise ValueError(f"{wanted.name} is empty or larger than {_MOST_BYTES // 2**20} MiB")
    kind = _kind(wanted)
    vendor, model = spelled(wanted.vendor, wanted.model) if wanted.vendor else ("", "")
    register.save_media(
        Media(
            name=wanted.name,
            kind=kind,
            vendor=vendor,
            model=model,
            language=wanted.language,
            shown=wanted.shown,
            bytes=path.stat().st_size,
            added_at=now,
        )
    )
    log.info("%s %s goes to %s", kind, wanted.name, f"{vendor} {model}".strip() or "everybody")


def withdraw(register: Register, home: Home, name: str) -> None:
    """Take a file from the telephones and remove it.

    Raises:
        KeyError: there is none of this name.
    """
    register.remove_media(name)
    (home.provision / FOLDER / name).unlink(missing_ok=True)
    log.info("%s is withdrawn", name)


def rows(register: Register) -> tuple[MediaFile, ...]:
    """Every file, newest first."""
    return tuple(
        MediaFile(
            name=file.name,
            kind=str(file.kind),
            vendor=file.vendor,
            model=file.model,
            language=file.language,
            shown=file.shown,
            bytes=file.bytes,
        )
        for file in register.media()
    )


def of(register: Register, phone: Phone) -> tuple[Media, ...]:
    """The files that are for ``phone``, those of its model before its vendor's and everybody's."""
    fitting = [
        file
        for file in register.media()
        if file.vendor in ("", phone.vendor) and file.model in ("", phone.model)
    ]
    return tuple(sorted(fitting, key=lambda file: (not file.model, not file.vendor)))


def wallpaper(files: tuple[Media, ...], base: str) -> str:
    """The address of the wallpaper; "" where there is none."""
    names = (file.name for file in files if file.kind is MediaKind.WALLPAPER)
    return next((_address(base, name) for name in names), "")


def packs(files: tuple[Media, ...], base: str) -> tuple[LanguagePack, ...]:
    """The language packs."""
    return tuple(
        LanguagePack(language=file.language, name=file.shown, url=_address(base, file.name))
        for file in files
        if file.kind is MediaKind.LANGUAGE
    )


def rings(files: tuple[Media, ...], base: str, tones: dict[Ringing, int]) -> tuple[Ring, ...]:
    """How calls ring: the tone of the telephone's own by number, and a sound of ours if any.
    A kind of call with neither rings as the telephone likes."""
    sounds = {file.shown: file.name for file in files if file.kind is MediaKind.RING}
    return tuple(
        Ring(
            alert_info=str(ringing),
            tone=tones[ringing] or 1,
            url=_address(base, sounds[ringing]) if ringing in sounds else "",
        )
        for ringing in RINGS
        if tones[ringing] or ringing in sounds
    )


def _address(base: str, name: str) -> str:
    return f"{base}{FOLDER}/{name}"


def _kind(wanted: MediaFile) -> MediaKind:
    try:
        kind = MediaKind(wanted.kind)
    except ValueError:
        known = ", ".join(MediaKind)
        raise ValueError(f"no kind of file is called {wanted.kind!r}; there are: {known}") from None
    if kind is MediaKind.RING and wanted.shown not in RINGS:
        raise ValueError(f"a ring is for one kind of call: {', '.join(RINGS)}")
    if kind is MediaKind.LANGUAGE:
        if not wanted.vendor:
            raise ValueError("a language pack is one vendor's")
        if not _LANGUAGE.fullmatch(wanted.language) or not wanted.shown.strip():
            raise ValueError("a language pack has two letters (fa) and a name for the menu")
    return kind
