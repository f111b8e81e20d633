"""A box with something of everything in it, and a disk for its backups."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyrage
from pydantic import SecretStr

from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.schema import Extension, Office, Site
from firmware.config.sections.backup import Backup, FolderPlace

OFFICE = "دفتر مرکزی"


def key_in(folder: Path, name: str = "office.key") -> tuple[Path, str]:
    """A new key: the file of its secret part, and its public part."""
    identity = pyrage.x25519.Identity.generate()
    file = folder / name
    file.write_text(f"# made for a test\n{identity}\n")
    return file, str(identity.to_public())


def site(stick: Path, recipient: str, **wishes: object) -> Site:
    wish = Backup.model_validate(
        {"folder": FolderPlace(path=str(stick), own_disk=True), "recipient": (recipient,), **wishes}
    )
    return Site(
        office=Office(name=OFFICE),
        extension=(Extension(number="101", name="سارا", password=SecretStr("correct horse")),),
        backup=wish,
    )


def furnish(home: Home, wanted: Site) -> None:
    """Two versions of the configuration, a message, a prompt, a table and what not to back up."""
    home.make()
    history.create_first(home, Site())
    history.apply(home, document.dump(wanted, secrets=True), "eva", "the office")
    for path, content in FILES.items():
        file = home.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with closing(sqlite3.connect(home.tables / "prices.sqlite")) as db:
        db.execute("CREATE TABLE prices (item, price)")
        db.execute("INSERT INTO prices VALUES ('tea', 3)")
        db.commit()
    (home.log / "switchd.log").write_bytes(b"not kept")
    (home.voicemail / "101" / "half.wav.part").write_bytes(b"not kept")
    (home.prompts / "link.wav").symlink_to("/etc/passwd")


FILES = {
    "voicemail/101/2026-11-22-a.wav": b"RIFF" + bytes(range(256)) * 500,
    "voicemail/101/greetings/busy.wav": b"RIFF greeting",
    "prompts/fa/welcome.wav": b"RIFF " + "خوش آمدید".encode(),
    "flows/2026/11/said.wav": b"",
    "tables/names.csv": b"number,name\n0912,\xd8\xb9\xd9\x84\xdb\x8c\n",
    "provision/fingerprint.key": b"\x00" * 32,
    "learning/fxo-1.json": b"{}",
    "edge/tls/key.pem": b"-----BEGIN",
}
