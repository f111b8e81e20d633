"""Signed bundles: made by the image's own script, judged by RAUC with the box's own configuration.

What writing one into a slot does is tested on the image (tests/image); here nothing is mounted.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from firmware.update.bundles import NotBrought, copy
from firmware.update.journal import Bundle
from firmware.update.slots import Rauc, SlotsFailed

UPDATE = Path(__file__).parents[2] / "image-build" / "update"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, and a slot's file system."""
    folder = tmp_path_factory.mktemp("workshop")
    subprocess.run([UPDATE / "keys", folder / "keys"], check=True)
    (folder / "tree").mkdir()
    (folder / "tree" / "file").write_bytes(os.urandom(300_000))
    order = ["mksquashfs", folder / "tree", folder / "slot", "-quiet", "-no-progress"]
    subprocess.run(order, check=True)
    return folder


def make(workshop: Path, out: Path, *, board: str = "x86", keys: str = "keys") -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    order = [UPDATE / "bundle", workshop / "slot", "1.4.0", board, workshop / keys, out, "Better"]
    subprocess.run(order, check=True)
    return out


@pytest.fixture
def rauc(workshop: Path, tmp_path: Path) -> Rauc:
    """The box's configuration, with the keyring of these keys."""
    text = (UPDATE / "system.conf").read_text().replace("@BOARD@", "x86")
    text = text.replace("/etc/rauc/keyring.pem", str(workshop / "keys" / "keyring.pem"))
    text = text.replace("/data/rauc/central.raucs", str(tmp_path / "central.raucs"))
    path = tmp_path / "system.conf"
    path.write_text(text)
    return Rauc(path)


def test_a_bundle_of_our_keys_says_what_it_is(workshop: Path, rauc: Rauc, tmp_path: Path):
    bundle = make(workshop, tmp_path / "shop" / "m-1.4.0.raucb")
    signed = rauc.signed(bundle)
    assert (signed.version, signed.board, signed.notes) == ("1.4.0", rauc.board, "Better")
    told = json.loads((tmp_path / "shop" / "markaz-x86.json").read_text())
    assert told["sha256"] == hashlib.sha256(bundle.read_bytes()).hexdigest()
    assert (told["version"], told["file"]) == ("1.4.0", bundle.name)


def test_another_s_key_is_refused(workshop: Path, rauc: Rauc, tmp_path: Path):
    subprocess.run([UPDATE / "keys", workshop / "others"], check=True)
    bundle = make(workshop, tmp_path / "b.raucb", keys="others")
    with pytest.raises(SlotsFailed, match="ignature"):
        rauc.signed(bundle)


def test_a_changed_description_is_refused_and_so_is_none(
    workshop: Path, rauc: Rauc, tmp_path: Path
):
    bundle = make(workshop, tmp_path / "b.raucb")
    content = bundle.read_bytes()
    bundle.write_bytes(content.replace(b"version=1.4.0", b"version=9.4.0"))
    assert bundle.read_bytes() != content
    with pytest.raises(SlotsFailed):
        rauc.signed(bundle)
    bundle.write_bytes(b"no bundle at all")
    with pytest.raises(SlotsFailed):
        rauc.signed(bundle)


def test_keys_are_made_once_and_private(workshop: Path):
    before = {path.name: path.read_bytes() for path in (workshop / "keys").iterdir()}
    subprocess.run([UPDATE / "keys", workshop / "keys"], check=True)
    assert {path.name: path.read_bytes() for path in (workshop / "keys").iterdir()} == before
    assert "ca.key" not in before
    assert (workshop / "keys").stat().st_mode & 0o077 == 0


def test_production_keys_come_by_path(workshop: Path, tmp_path: Path):
    given = {
        f"UPDATE_{name}": str(workshop / "keys" / file)
        for name, file in (("KEYRING", "keyring.pem"), ("CERT", "cert.pem"), ("KEY", "key.pem"))
    }
    subprocess.run([UPDATE / "keys", tmp_path / "k"], check=True, env={**os.environ, **given})
    assert (tmp_path / "k" / "key.pem").is_symlink()
    assert (tmp_path / "k" / "keyring.pem").read_bytes() == Path(
        given["UPDATE_KEYRING"]
    ).read_bytes()


def test_a_stick_that_is_drawn_out_leaves_nothing(tmp_path: Path):
    folder = tmp_path / "bundles"
    gone = tmp_path / "stick" / "m.raucb"
    with pytest.raises(NotBrought, match="cannot be copied"):
        copy(gone, Bundle(version="", source="stick"), folder, lambda _percent: None)
    assert list(folder.glob("*")) == []
