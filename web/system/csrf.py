"""The token of every form, which proves that a request comes from a page of ours; masked anew in
each answer.

Pages are compressed, and the length of a compressed page tells somebody who can have text put into
it whether that text stands there already (BREACH, 2013). So what must stay secret in all pages of
a session may not stand there the same way twice: the token is sent as a random mask and itself
XORed with the mask, as Django does. (A page of another site could not even begin: the session's
cookie is SameSite=Strict.)
"""

from __future__ import annotations

import base64
import binascii
import secrets

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect, generate_csrf


class Protection(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Flask-WTF's protection with tokens that are masked."""

    def init_app(self, app: Flask) -> None:
        """Protect ``app``, and give its templates ``csrf_token``."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = token
        app.context_processor(lambda: {"csrf_token": token})

    def _get_csrf_token(self) -> str:
        given = super()._get_csrf_token()
        return unmasked(given) if given else ""


def token() -> str:
    """The token for the forms of this answer."""
    if "masked_token" not in g:
        g.masked_token = masked(generate_csrf())
    return str(g.masked_token)


def masked(text: str) -> str:
    """``text`` under a mask, another each time."""
    mask = secrets.token_bytes(len(text.encode()))
    return base64.urlsafe_b64encode(mask + _xor(text.encode(), mask)).decode()


def unmasked(text: str) -> str:
    """What ``masked`` was given; "" for what it did not make."""
    try:
        both = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        half = len(both) // 2
        return _xor(both[half:], both[:half]).decode()
    except (binascii.Error, ValueError):
        return ""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
