"""Rules of the section ``trunk``: what does not go together, what is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.config.problem import Problem
from firmware.config.reading import MASK
from firmware.config.scalar import shown
from firmware.config.sections.trunks import Srtp, Transport

Item = Mapping[str, Any]

MOST_TRUNKS = 50
"""The SIP stack has 64 accounts, and a trunk is one."""


def check(document: Item, _known: object) -> Iterator[Problem]:
    """Every problem of the section, as ``references`` asks for them."""
    trunks = [
        (f"trunk[{index}]", item)
        for index, item in enumerate(_list(document.get("trunk")))
        if isinstance(item, dict)
    ]
    names = Counter(item.get("name") for _path, item in trunks)
    lines = {item.get("name") for item in _list(document.get("line")) if isinstance(item, dict)}
    for path, trunk in trunks:
        yield from _name(path, trunk, names, lines)
        yield from _account(path, trunk)
        yield from _media(path, trunk)
    if len(trunks) > MOST_TRUNKS:
        yield Problem(path="trunk", reason=f"more than {MOST_TRUNKS} trunks")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(path: str, trunk: Item, names: Mapping[Any, int], lines: set[Any]) -> Iterator[Problem]:
    name = trunk.get("name")
    if name and names[name] > 1:
        yield Problem(path=f"{path}.name", value=shown(name), reason="two trunks of this name")
    elif name and name in lines:
        yield Problem(
            path=f"{path}.name",
            value=shown(name),
            reason="a line has this name: routes could not tell them apart",
        )


def _account(path: str, trunk: Item) -> Iterator[Problem]:
    registers = trunk.get("registers", "true") == "true"
    password = trunk.get("password", "")
    if registers and "user" not in trunk:
        yield Problem(
            path=f"{path}.user",
            reason="is missing: the provider must know who registers",
            suggestion="write user: ..., or registers: false for a provider that knows our address",
        )
    if registers and "password" not in trunk:
        yield Problem(path=f"{path}.password", reason="is missing: registering needs one")
    if password == MASK:
        yield Problem(
            path=f"{path}.password",
            value=MASK,
            reason="is the mask of a shown configuration, not a password",
            suggestion="start from `markaz config show --secrets`",
        )
    elif password and not password.isprintable():
        yield Problem(path=f"{path}.password", value=MASK, reason="holds a control character")
    if trunk.get("outbound_proxy_port") and not trunk.get("outbound_proxy"):
        yield Problem(
            path=f"{path}.outbound_proxy_port",
            value=shown(str(trunk["outbound_proxy_port"])),
            reason="there is no outbound_proxy that it could be the port of",
        )


def _media(path: str, trunk: Item) -> Iterator[Problem]:
    if trunk.get("srtp") == Srtp.REQUIRED and trunk.get("transport", "auto") != Transport.TLS:
        yield Problem(
            path=f"{path}.srtp",
            value=shown(Srtp.REQUIRED),
            reason="its keys travel in the signalling, which is only secret over TLS",
            suggestion="write transport: tls",
        )
    codecs = [codec for codec in _list(trunk.get("codecs")) if codec is not None]
    for codec, count in Counter(codecs).items():
        if count > 1:
            yield Problem(path=f"{path}.codecs", value=shown(codec), reason="the same codec twice")
    host = str(trunk.get("host") or "")
    if re.fullmatch(r"[0-9.]+", host) and not re.fullmatch(r"(\d{1,3}\.){3}\d{1,3}", host):
        yield Problem(path=f"{path}.host", value=shown(host), reason="is no IPv4 address")
