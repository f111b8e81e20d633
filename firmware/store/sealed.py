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
    with plain.open("rb") as file:
        encrypt_stream(file, out, recipients)


def encrypt_stream(plain: BinaryIO, out: BinaryIO, recipients: Sequence[str]) -> None:
    """The same, from what is read.

    Raises:
        CannotOpen: this board cannot encrypt.
        OSError: the disk refuses.
        ValueError: a recipient is no public key.
    """
    age = _age()
    keys = [age.x25519.Recipient.from_str(key) for key in recipients]
    try:
        age.encrypt_io(plain, out, keys)
    except age.EncryptError as error:  # its word for a disk that refuses
        raise OSError(f"cannot be written encrypted: {error}") from error


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
    with path.open("rb") as file:
        decrypt_stream(file, out, identity_file, path.name)


def decrypt_stream(sealed: BinaryIO, out: BinaryIO, identity_file: Path, name: str) -> None:
    """The same, from what is read; ``name`` is what errors call it.

    Raises:
        CannotOpen: with this key it cannot be opened.
        OSError: it cannot be read or written.
    """
    age = _age()
    keys = _identities(identity_file)
    try:
        age.decrypt_io(sealed, out, keys)
    except age.DecryptError as error:
        raise CannotOpen(f"{name} cannot be opened: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        # pyrage's word for a piece whose authenticity fails, in the midst of the file
        raise CannotOpen(f"{name} is damaged: {error}") from error


def new_identity() -> tuple[str, str]:
    """A secret key and its public one, both as text.

    Raises:
        CannotOpen: this board cannot encrypt.
    """
    identity = _age().x25519.Identity.generate()
    return str(identity), str(identity.to_public())


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
