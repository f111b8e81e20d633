"""Every page of the console: those without arguments, and for each kind with arguments the first
that a link leads to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

from web.system import access

FOLLOWED = re.compile(r'<a\b[^>]*?\bhref="(/[^"#]*)')

Fetch = Callable[[str], tuple[str, str] | None]
"""Gives the path that answered for a path, and its HTML; None where the answer is no page."""

MOST_TRIES = 6
"""As many links to pages of one kind are followed when those before led to none."""


def pages(addresses: MapAdapter, fetch: Fetch) -> dict[str, str]:
    """The path of one page by its endpoint, as far as ``fetch`` gets them."""
    endpoints = {
        rule.endpoint: rule
        for rule in addresses.map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in access.BACKGROUND_ENDPOINTS | {"static"}
    }
    waiting = [rule.rule for rule in endpoints.values() if is_page(rule)]
    tries = Counter(endpoint_of(addresses, path) for path in waiting)
    found: dict[str, str] = {}
    while waiting:
        answer = fetch(waiting.pop(0))
        if answer is None or "<html" not in answer[1]:
            continue
        found.setdefault(endpoint_of(addresses, answer[0]), answer[0])
        for link in dict.fromkeys(unescape(href) for href in FOLLOWED.findall(answer[1])):
            endpoint = endpoint_of(addresses, link)
            if endpoint in endpoints and endpoint not in found and tries[endpoint] < MOST_TRIES:
                tries[endpoint] += 1
                waiting.append(link)
    return found


def is_page(rule: Rule) -> bool:
    """Whether a rule may be one of a page that has no arguments; a file's name has a dot."""
    return not rule.arguments and "." not in rule.rule


def endpoint_of(addresses: MapAdapter, path: str) -> str:
    """Whose page a path is; empty when nobody's."""
    try:
        endpoint, _arguments = addresses.match(path.partition("?")[0])
    except HTTPException:
        return ""
    return str(endpoint)
