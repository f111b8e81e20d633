"""Firmware of telephones: files the technician brought, rolled out to a share at a time."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass

from firmware.config.home import Home
from firmware.link.phones import FirmwareFile
from provisioning.devices import Composer
from provisioning.phones import spelled
from provisioning.register.book import Register
from provisioning.register.phone import Firmware, plain_mac

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9._()-]{0,120}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A roll-out as the technician wants it."""

    name: str
    vendor: str
    model: str
    version: str
    share: int
    first: tuple[str, ...]


def offer(register: Register, home: Home, wanted: Wanted, now: float) -> None:
    """Begin a roll-out, or change its share.

    Raises:
        KeyError: the file is not in the folder.
        ValueError: an impossible name, vendor, model or share.
    """
    if not _NAME.fullmatch(wanted.name):
        raise ValueError(f"{wanted.name!r} is no name of a firmware file")
    if not 0 <= wanted.share <= 100:
        raise ValueError(f"a share is a percentage from 0 to 100, not {wanted.share}")
    vendor, model = spelled(wanted.vendor, wanted.model)
    path = home.provision / "firmware" / wanted.name
    if not path.is_file():
        raise KeyError(f"there is no file {path}")
    known = {file.name: file for file in register.firmware()}.get(wanted.name)
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    register.save_firmware(
        Firmware(
            name=wanted.name,
            vendor=vendor,
            model=model,
            version=wanted.version,
            share=wanted.share,
            first=tuple(plain_mac(mac) for mac in wanted.first),
            sha256=content,
            bytes=path.stat().st_size,
            added_at=known.added_at if known and known.sha256 == content else now,
        )
    )
    log.info(
        "firmware %s (%s %s %s) goes to %d %%",
        *(wanted.name, vendor, model or "all models", wanted.version, wanted.share),
    )


def withdraw(register: Register, home: Home, name: str) -> None:
    """End a roll-out and remove the file.

    Raises:
        KeyError: there is none of this name.
    """
    register.remove_firmware(name)
    (home.provision / "firmware" / name).unlink(missing_ok=True)
    log.info("firmware %s is withdrawn", name)


def rows(register: Register, composer: Composer) -> tuple[FirmwareFile, ...]:
    """Every roll-out with how far it has come."""
    phones = register.everyone()
    found = []
    for file in register.firmware():
        meant = [p for p in phones if p.extensions and composer.firmware_of(p) == file]
        has_it = [p for p in meant if file.version and p.firmware == file.version]
        found.append(
            FirmwareFile(
                name=file.name,
                vendor=file.vendor,
                model=file.model,
                version=file.version,
                share=file.share,
                first=file.first,
                bytes=file.bytes,
                has_it=len(has_it),
                meant=len(meant),
            )
        )
    return tuple(found)
