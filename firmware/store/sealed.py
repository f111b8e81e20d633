"""Encryption at rest: recordings as age files (age-encryption.org/v1: X25519, ChaCha20-Poly1305
in pieces of 64 KiB), by pyrage, which is the Rust implementation of age.

age rather than a format of ours around an AEAD: the box needs only public keys to record, several
keys can open one file (the office's and the auditor's), and the standard program opens it on any
computer: ``age -d -i KEY recording.flac.age``. What lies in the spool while a call lasts is not
encrypted; it goes when the recording is finished. A site that must hide that too encrypts the
disk.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO


class CannotOpen(PermissionError):
    """The key is missing or another one; or the file is damaged."""


def encrypt(plain: Path, out: BinaryIO, recipients: Sequence[str]) -> None:
    """Write a file, encrypted for public keys of age, into another.

    Raises:
        OSError: the disk refuses.
        ValueError: a recipient is no public key.
    """
    age = _age()
    keys = [age.x25519.Recipient.from_str(key) for key in recipients]
    with plain.open("rb") as file:
        age.encrypt_io(file, out, keys)


def decrypt(path: Path, out: BinaryIO, identity_file: Path | None) -> None:
    """Write what is in an encrypted file into another.

    Raises:
        CannotOpen: with this key it cannot be opened.
        OSError: a file cannot be read.
    """
    if identity_file is None:
        raise CannotOpen(
            f"{path.name} is encrypted and this box has no key: name one in "
            "recording.encryption.identity_file, or open it with age elsewhere"
        )
    age = _age()
    keys = _identities(identity_file)
    with path.open("rb") as file:
        try:
            age.decrypt_io(file, out, keys)
        except age.DecryptError as error:
            raise CannotOpen(f"{path.name} cannot be opened: {error}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            # pyrage's word for a piece whose authenticity fails, in the midst of the file
            raise CannotOpen(f"{path.name} is damaged: {error}") from error


def _age() -> ModuleType:
    """pyrage: where recordings are not encrypted, it need not be there."""
    try:
        return importlib.import_module("pyrage")
    except ModuleNotFoundError as error:  # nobody builds it for 32-bit ARM
        raise CannotOpen("encryption needs pyrage, which is not installed on this board") from error


def _identities(file: Path) -> list[Any]:
    """The secret keys in a file as ``age-keygen`` writes it."""
    age = _age()
    lines = (line.strip() for line in file.read_text("ascii").splitlines())
    try:
        return [age.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except age.IdentityError as error:
        raise CannotOpen(f"{file} holds no key of age: {error}") from error
