"""Taking secrets out of text: every secret the box knows, in every way it may be written.

The secrets themselves are known (the configuration, the store, key files), so they are looked
for, not guessed at; what looks like one is masked besides.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretBytes, SecretStr

MASK = "[removed]"
SHORTEST = 4
"""A shorter secret (a PIN of three digits) is in every other number: its line is the danger, and
those are masked by their names."""

_NAMED = re.compile(
    r"(?i)\b((?:[a-z0-9_.-]*(?:password|passwd|secret|token|pin|api[_-]?key|authorization|cookie"
    r"|identity|credential)[a-z0-9_-]*)[\"']?\s*[:=]\s*)"
    r"(\"[^\"\n]*\"|'[^'\n]*'|(?:basic|bearer|digest)\s+[^\n]+|[^\s,;}\]]+)"
)
_LOOKS_SECRET = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
    re.compile(r"\b(?:AGE-SECRET-KEY-1[A-Z0-9]+)\b"),
    re.compile(r"\bmarkaz_[\w-]{40,}"),  # a program's token: the box itself knows its hash alone
    re.compile(r"\b(?:scrypt|pbkdf2|argon2)[:$][^\s\"']+"),
    re.compile(r"\bmarkaz_[A-Za-z0-9_-]{43}"),  # a program's token, or a screen's in its address
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # a user and password in an address
)


def secrets_of(model: BaseModel) -> Iterator[str]:
    """Every secret of a configuration, wherever in it."""
    for name in type(model).model_fields:
        yield from _of_value(getattr(model, name))


def _of_value(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode("latin-1")
    elif isinstance(value, BaseModel):
        yield from secrets_of(value)
    elif isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _of_value(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _of_value(one)


def named_secrets(text: str) -> Iterator[str]:
    """The values in a text that are named like secrets."""
    for found in _NAMED.finditer(text):
        yield found[2].strip("\"'")


class Redactor:
    """Masks ``secrets`` in texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST}
        written = {way for secret in known for way in ways_to_write(secret)}
        longest_first = sorted(written, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if written else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _NAMED.sub(lambda found: found[1] + MASK, text)
        for pattern in _LOOKS_SECRET:
            text = pattern.sub(MASK, text)
        return text


def ways_to_write(secret: str) -> Iterator[str]:
    """As it is, escaped for JSON, for addresses, in hexadecimal, and in base64: alone, and within
    something longer, where it may begin at any of three places."""
    raw = secret.encode()
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield quote(secret, safe="").lower()
    yield raw.hex()
    yield raw.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode().rstrip("=")
        for lead in range(3):
            inner = encode(b"\0" * lead + raw).decode()
            # The first and last letters carry bits of the neighbours: only what is the secret's.
            first = -(-lead * 8 // 6)
            last = (lead + len(raw)) * 8 // 6
            if last - first >= SHORTEST:
                yield inner[first:last]
