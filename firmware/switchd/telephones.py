"""The telephones of one person: the one on the desk, and the browsers they are signed in with.

They ring together and count as one: a leg stands for the person. What is called beside the desk's
telephone follows from who is registered (``ExtensionRow.browsers``); a browser that is told of too
late only misses the ringing of that call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from firmware.config.schema import Site
from firmware.link.rows import ExtensionRow
from firmware.model.dialplan import Station
from firmware.sip.call import CallEvents, SipCall
from firmware.sip.fork import Fork
from firmware.sip.media import Matrix
from firmware.switchd import plans
from firmware.switchd.leg import Dialog, Leg
from firmware.switchd.target import Target


class Send(Protocol):
    """``Stack.dial`` with everything that is the same for all telephones of a leg."""

    def __call__(self, account: str, uri: str, *, events: CallEvents) -> SipCall: ...


class Browsers:
    """Which extensions have a browser now."""

    def __init__(self) -> None:
        self._numbers: set[str] = set()

    def told(self, row: ExtensionRow) -> None:
        """The edge has told of an extension."""
        (self._numbers.add if row.browsers else self._numbers.discard)(row.id)

    def beside(self, target: Target, site: Site, station: Station) -> Target:
        """``target``, and with it the browsers of the person whose station it is."""
        if station.number not in self._numbers:
            return target
        return replace(target, beside=plans.browser_target(site, station))


def dial(send: Send, matrix: Callable[[], Matrix], leg: Leg, target: Target) -> Dialog:
    """Call the telephones of a target for ``leg``.

    Raises:
        NoSlot: the exchange is full.
    """
    if target.beside is None:
        return send(target.account, target.uri, events=leg)
    telephones = (target, target.beside)
    branches = [partial(_send, send, telephone) for telephone in telephones]
    return Fork(matrix(), leg, branches)


def _send(send: Send, telephone: Target, events: CallEvents) -> SipCall:
    return send(telephone.account, telephone.uri, events=events)
