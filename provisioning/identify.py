"""Who asks: family, model, MAC and firmware, told from whatever an ``Ask`` shows.

The words of the telephone come first (user agent, DHCP vendor class), then the shape of what
it asks for, then the maker's prefix of its MAC. The prefix alone never decides where two
families share it: Gigaset telephones are seen inside Snom's 00:04:13.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from provisioning.device import Ask, Identity
from provisioning.phones import families
from provisioning.phones.family import Family

_MAC_ANYWHERE = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:_-]?){5}[0-9a-f]{2}(?![0-9a-f])", re.I)


def mac_of(text: str) -> str:
    """The first MAC in ``text`` as twelve lower-case digits; empty when there is none."""
    match = _MAC_ANYWHERE.search(text)
    return re.sub(r"[^0-9a-f]", "", match.group().lower()) if match else ""


def identify(ask: Ask) -> Identity | None:
    """Who asks; None when nothing names a family without doubt."""
    told = _from_words(ask)
    if told is None:
        told = _from_path_and_mac(ask)
    return told


def families_by_oui(mac: str) -> Sequence[Family]:
    """The families whose telephones carry MACs like ``mac``; several where they share it."""
    return tuple(_ouis().get(mac[:6], ()))


def _from_words(ask: Ask) -> Identity | None:
    for family in families():
        for pattern in _compiled(family.user_agents):
            match = pattern.search(ask.user_agent) if ask.user_agent else None
            if match:
                return _identity(family, ask, match.groupdict(), "user_agent")
        for pattern in _compiled(family.vendor_classes):
            match = pattern.search(ask.vendor_class) if ask.vendor_class else None
            if match:
                return _identity(family, ask, match.groupdict(), "vendor_class")
    return None


def _from_path_and_mac(ask: Ask) -> Identity | None:
    candidates = [f for f in families() if ask.path and f.answers(ask.path)]
    told = "path"
    by_oui = families_by_oui(_mac(ask, candidates))
    if candidates and by_oui:
        candidates = [f for f in candidates if f in by_oui]
    elif by_oui and not ask.path:
        candidates, told = list(by_oui), "oui"
    if len(candidates) > 1 or (not candidates and not ask.path):
        named = [f for f in families() if ask.vendor.lower() in f.pnp_vendors]
        candidates = [f for f in named if not candidates or f in candidates]
        told = "pnp"
    if len(candidates) != 1:
        return None
    return _identity(candidates[0], ask, {"model": ask.model}, told)


def _identity(family: Family, ask: Ask, words: Mapping[str, str | None], told_by: str) -> Identity:
    answer = family.answers(ask.path) if ask.path else None
    spelled = words.get("model") or ""
    model = family.model(spelled) if spelled else None
    name = model.name if model else spelled
    from_words = mac_of(words.get("mac") or "")
    seen = {
        "tls": mac_of(ask.mac_in_tls),
        "user_agent": from_words,
        "path": answer.mac if answer else "",
        "link": mac_of(ask.mac_in_link),
    }
    told = [told_by, *(way for way, mac in seen.items() if mac and way != told_by)]
    return Identity(
        family=family.name,
        vendor=model.vendor if model else family.vendors[0],
        model=name or (answer.model if answer else ""),
        mac=next((mac for mac in seen.values() if mac), ""),
        firmware=words.get("firmware") or "",
        told_by=tuple(told),
    )


def _mac(ask: Ask, candidates: Sequence[Family]) -> str:
    answers = (family.answers(ask.path) for family in candidates)
    paths = (answer.mac for answer in answers if answer)
    return mac_of(ask.mac_in_tls) or next((m for m in paths if m), "") or mac_of(ask.mac_in_link)


@functools.cache
def _ouis() -> Mapping[str, Sequence[Family]]:
    table: dict[str, list[Family]] = {}
    for family in families():
        for prefix in family.ouis:
            table.setdefault(prefix, []).append(family)
    return table


@functools.cache
def _compiled(patterns: tuple[str, ...]) -> Sequence[re.Pattern[str]]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
