"""What each step writes into the site configuration: content in, content out, nothing else.

Content is what ``firmware.config.reading`` makes of the text: dictionaries, lists and texts.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

Content = dict[str, Any]

MENU = "main"
_PASSWORD_LENGTH = 16
_TYPED_ON_A_TELEPHONE = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that looks like a digit, no shift key."""

_INCOMING = frozenset({"trunk", "mobile"})


def office(content: Content, **values: str) -> Content:
    """Name, language, country, time zone."""
    return {**content, "office": {**(content.get("office") or {}), **values}}


def network(content: Content, address: str) -> Content:
    """The address at which telephones and browsers of the office find the box."""
    moved = dict.fromkeys(("sip_address", "media_address", "console_address"), address)
    return {
        **content,
        "network": {**(content.get("network") or {}), **moved},
        "provisioning": {**(content.get("provisioning") or {}), "address": address},
    }


def extensions(content: Content, wanted: Mapping[str, str]) -> Content:
    """The extensions ``wanted`` (number to name): those that are there get the name, the others
    are made, with a password of their own. None is taken away."""
    there = [dict(one) for one in content.get("extension") or ()]
    for one in there:
        one["name"] = wanted.get(one["number"], one["name"])
    known = {one["number"] for one in there}
    made = [
        {"number": number, "name": name, "password": password()}
        for number, name in wanted.items()
        if number not in known
    ]
    return {**content, "extension": [*there, *made]}


def greeting(content: Content, number: str, destination: str) -> Content:
    """Callers come to the menu "main", and from there to ``destination`` unless they choose
    something else; a box without that menu gets one that inside is called by ``number``."""
    menus = [dict(one) for one in content.get("ivr") or ()]
    menu = next((one for one in menus if one["name"] == MENU), None)
    if menu is None:
        menu = {"name": MENU, "number": number, "choice": [{"digit": "1", "to": destination}]}
        menus.append(menu)
    menu["otherwise"] = destination
    return {**content, "ivr": menus, "line": _routed(content.get("line") or ())}


def _routed(lines: Sequence[Mapping[str, Any]]) -> list[Content]:
    """Lines on which calls come in and that lead nowhere lead to the menu."""
    return [
        {"route": f"ivr:{MENU}", **one} if one.get("kind") in _INCOMING else dict(one)
        for one in lines
    ]


def password() -> str:
    """A password that can be typed on a telephone: 79 bits."""
    return "".join(secrets.choice(_TYPED_ON_A_TELEPHONE) for _ in range(_PASSWORD_LENGTH))
