"""Passes: how a browser proves whose telephone it is, without the extension's password.

A pass is a name with the time it runs out in it, and the name's HMAC-SHA256 as the password;
Kamailio (auth_ephemeral) knows the secret and can check one without being told of it. The form
is that of draft-uberti-behave-turn-rest-00 §2.2, which Kamailio's module follows.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from firmware.config.home import Home
from firmware.link.rows import BrowserPass

LIFE_S = 600
"""The page asks for a new one long before; who signs out calls nobody after so long, and is rung
no more soon after (SHORT_BINDING of Kamailio's script)."""


def path(home: Home) -> Path:
    """The file with the secret; it is the box's own and in no backup."""
    return home.edge / "browser.key"


def secret(home: Home) -> str:
    """What Kamailio and the keeper share; made at the first start. Launcher and keeper start at
    once: whoever comes first makes it, whole, and the other takes that one.

    Raises:
        OSError: the folder cannot be written.
    """
    file = path(home)
    if not file.exists():
        with tempfile.NamedTemporaryFile("w", dir=file.parent) as new:  # readable by the box alone
            new.write(secrets.token_hex(32))
            new.flush()
            os.fsync(new.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(new.name, file)
    return file.read_text().strip()


def issue(secret: str, number: str, now: float) -> BrowserPass:
    """A pass for the extension ``number``; ``now`` in Unix seconds."""
    expires_at = int(now) + LIFE_S
    user = f"{expires_at}:{number}"
    digest = hmac.new(secret.encode(), user.encode(), hashlib.sha256).digest()
    return BrowserPass(
        user=user, password=base64.b64encode(digest).decode(), expires_at=float(expires_at)
    )
