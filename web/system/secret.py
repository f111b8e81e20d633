"""The console's keys: random, made once, readable by the box alone. One signs its cookies, one
seals the secrets of second factors."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

KEY_BYTES = 32


class BadKey(ValueError):
    """The key file is not what we wrote."""


def cookie_key(folder: Path) -> bytes:
    """The key that signs cookies. Deleting it makes a new one and ends every session.

    Raises:
        BadKey: the file has another length.
    """
    return _key(folder, "cookie.key")


def factor_key(folder: Path) -> Fernet:
    """The key that seals the secrets of second factors. Without it they are lost, and people come
    in by their recovery codes.

    Raises:
        BadKey: the file has another length.
    """
    return Fernet(base64.urlsafe_b64encode(_key(folder, "factor.key")))


def _key(folder: Path, name: str) -> bytes:
    """A key in ``folder``, made if there is none.

    Two processes that start at once agree: the file appears whole under its name, by a hard
    link, and only for the first of them (link(2) refuses to replace).

    Raises:
        BadKey: the file has another length.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        _write_once(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} holds {len(key)} bytes, not {KEY_BYTES}: delete it to get a new key")
    return key


def _write_once(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # the other process was first: its key counts
    finally:
        draft.unlink()
