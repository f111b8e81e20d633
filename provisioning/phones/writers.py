"""How names and values look in files: one small writer per shape, each of which escapes.

``checked`` stands before all of them: a control character or a line separator in a value is
refused whatever the shape, because in a line-based file it would begin a parameter of its own
(a display name ``x\\naccount.1.password=...``) and no telephone shows one anyway.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from provisioning.device import Unwritable

Settings = dict[str, str]

XML_TYPE = "text/xml; charset=utf-8"

_REFUSED = ("Cc", "Cs", "Zl", "Zp", "Cn")  # control, surrogate, separators, not a character


def checked(settings: Mapping[str, str]) -> Settings:
    """``settings``, when every value can be written.

    Raises:
        Unwritable: a name or value has a control character or line separator in it.
    """
    for name, value in settings.items():
        plain(name, name)
        plain(name, value)
    return dict(settings)


def plain(name: str, value: str) -> str:
    """``value``, when it is one line of text; ``name`` is for the message.

    Raises:
        Unwritable: it is not.
    """
    if value.isprintable():  # nearly always, and quick: it has none of ``_REFUSED``
        return value
    for letter in value:
        if unicodedata.category(letter) in _REFUSED:
            raise Unwritable(
                f"{name}: the character U+{ord(letter):04X} cannot stand in a telephone's "
                "configuration; take it out of the name or value"
            )
    return value


def without(name: str, value: str, refused: str) -> str:
    """``value``, when it has none of the characters ``refused``.

    Raises:
        Unwritable: it has one, and this kind of file has no way to escape it.
    """
    for letter in refused:
        if letter in value:
            raise Unwritable(
                f"{name}: '{letter}' cannot be escaped in this vendor's file; "
                "take it out of the name or value"
            )
    return value


def lines(settings: Mapping[str, str], between: str, *, head: str = "", quote: str = "") -> bytes:
    """One ``name<between>value`` a line, values between ``quote`` where it is given."""
    rows = [
        f"{name}{between}{quote}{without(name, value, quote) if quote else value}{quote}\n"
        for name, value in settings.items()
    ]
    return (head + "".join(rows)).encode("utf-8")


def xml(root: ET.Element) -> bytes:
    """``root`` as an indented UTF-8 document; ElementTree escapes texts and attributes."""
    ET.indent(root)
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def nested(root: ET.Element, settings: Mapping[str, str], index: str = "index") -> ET.Element:
    """``root`` with an element for each step of each name: ``sip/line!1/Transport``.

    The number after ``!`` is written as the attribute ``index``.
    """
    places: dict[str, ET.Element] = {"": root}
    for name, value in settings.items():
        path = ""
        for step in name.split("/"):
            parent, path = places[path], f"{path}/{step}"
            if path not in places:
                tag, _, number = step.partition("!")
                places[path] = ET.SubElement(parent, tag, {index: number} if number else {})
        places[path].text = value or None
    return root


def child(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """A new last child of ``parent``."""
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def flag(yes: object) -> str:
    """``1`` or ``0``."""
    return "1" if yes else "0"
