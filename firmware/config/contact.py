"""By what a provider knows the box: the user part of our Contact there.

Whoever calls us by it is believed to be that provider, wherever the call comes from, so it cannot
be guessed: it is made of the trunk's name and of a key the box makes itself, once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress

from firmware.config.home import Home

_KEY_BYTES = 32
_TOKEN_BYTES = 12  # 96 bits


def contact_user(home: Home, trunk: str) -> str:
    """The user part for one trunk: "provider-a-k3v7…". The same in every daemon, for ever.

    Raises:
        OSError: the key can neither be read nor made.
    """
    digest = hmac.new(_key(home), trunk.encode(), hashlib.sha256).digest()
    token = base64.b32encode(digest[:_TOKEN_BYTES]).decode().rstrip("=").lower()
    return f"{trunk}-{token}"


def _key(home: Home) -> bytes:
    path = home.config_db.parent / "trunk.key"
    with suppress(FileNotFoundError):
        if len(key := path.read_bytes()) == _KEY_BYTES:
            return key
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two daemons may make it at once: it appears whole, and the first one counts.
    new = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()
    return path.read_bytes()
