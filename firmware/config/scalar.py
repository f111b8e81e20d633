"""Scalars: how one text is written in YAML, so that it reads back as the same text.

It stands plain where that is safe, else in double quotes. Persian and Arabic stay as they are,
with the zero-width joiners that belong to their words; characters that cannot be seen, or that
turn the direction of what follows, are written as escapes.
"""

from __future__ import annotations

import re

_JOINERS = "\u200c\u200d"
_SHOWN_CHARACTERS = 60

_NOT_PLAIN = re.compile(
    r"""
      ^ [\s\-?:,\[\]{}\#&*!|>'"%@`=.<~] | [\s:] $  # means something at the start, or the end
    | [\[\]{},"\\] | :\s | \s\#                    # or anywhere
    | ^ (y|n|yes|no|on|off|true|false|null) $      # another reader of YAML would not see a text
    """,
    re.VERBOSE | re.IGNORECASE,
)


def scalar(text: str) -> str:
    """``text`` as YAML, on one line."""
    if text and all(map(_is_seen, text)) and not _NOT_PLAIN.search(text):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """``text`` in double quotes."""
    return '"' + "".join(map(_escaped, text)) + '"'


def shown(text: str) -> str:
    """``text`` as a report shows it: like ``scalar``, at most 60 characters."""
    written = scalar(text[:_SHOWN_CHARACTERS])
    if len(text) <= _SHOWN_CHARACTERS and len(written) <= _SHOWN_CHARACTERS:
        return written
    return written[: _SHOWN_CHARACTERS - 1] + "…"


def _is_seen(character: str) -> bool:
    return character.isprintable() or character in _JOINERS


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if _is_seen(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
