"""The GSM 7-bit default alphabet and its packing (3GPP TS 23.038 §6.1.2, §6.2.1).

Our own and not a library's: of those on PyPI none packs behind a user data header for sending
and decodes as well; the tests compare it with two of them, character by character.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_ESCAPE = 0x1B

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_SEPTETS = {
    **{c: (i,) for i, c in enumerate(_BASIC) if i != _ESCAPE},
    **{c: (_ESCAPE, i) for i, c in _EXTENDED.items()},
}


def fits(text: str) -> bool:
    """Whether the alphabet has every character of ``text``."""
    return all(c in _SEPTETS for c in text)


def septets_of(text: str) -> list[int]:
    """``text`` in septets.

    Raises:
        KeyError: the alphabet does not have one of its characters.
    """
    return [septet for c in text for septet in _SEPTETS[c]]


def text_of(septets: Iterable[int]) -> str:
    """The text that ``septets`` spell. An escape to a table we do not know is a space, as
    §6.2.1.1 has it; one at the very end says nothing."""
    text, escaped = "", False
    for septet in septets:
        if escaped:
            text += _EXTENDED.get(septet, " " if septet == _ESCAPE else _BASIC[septet])
        elif septet != _ESCAPE:
            text += _BASIC[septet]
        escaped = septet == _ESCAPE and not escaped
    return text


def pack(septets: Sequence[int], fill_bits: int = 0) -> bytes:
    """Septets in octets, after ``fill_bits`` zeros (what a header leaves to a septet's edge)."""
    bits = sum(septet << (7 * i + fill_bits) for i, septet in enumerate(septets))
    return bits.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> list[int]:
    """``count`` septets out of ``octets``."""
    bits = int.from_bytes(octets, "little") >> fill_bits
    return [bits >> (7 * i) & 0x7F for i in range(count)]
