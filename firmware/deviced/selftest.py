"""Can calls be made? Asked the way a call would go: by SIP from outside, through Kamailio, of
switchd; and over switchd's link, by which the rest of the box gives its orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.ping import SELF_TEST, answers_sip

EVERY_S = 2.0
PATIENCE_S = 60.0
"""Failing for so long, the machine is not well: two starts of every daemon fit into it."""

_LINK_TIMEOUT_S = 2.0


def ask(home: Home, address: str, port: int) -> str:
    """ "" when a call can be made, else who does not answer. Waits for seconds."""
    if not answers_sip(address, port, timeout_s=_LINK_TIMEOUT_S):
        return f"the edge does not answer OPTIONS on {address}:{port}"
    if not answers_sip(address, port, timeout_s=_LINK_TIMEOUT_S, user=SELF_TEST):
        return f"switchd does not answer OPTIONS by way of the edge on {address}:{port}"
    try:
        with Link(home.link("switchd"), "deviced", timeout_s=_LINK_TIMEOUT_S) as link:
            link.call(SwitchApi.status)
    except (LinkDown, Refused) as error:
        return str(error)
    return ""


@dataclass(slots=True)
class SelfTest:
    """The test, again and again. ``clock`` gives steady seconds."""

    probe: Callable[[], str]
    clock: Callable[[], float]
    fault: str = "not tested yet"
    passed_at: float | None = None

    @property
    def passes(self) -> bool:
        """Whether it passed the last time."""
        return self.fault == ""

    @property
    def is_well(self) -> bool:
        """Whether it passed not long ago. Before its first pass nothing is: a box that never came
        up is not reset for ever."""
        return self.passed_at is not None and self.clock() - self.passed_at < PATIENCE_S

    def note(self, fault: str) -> bool:
        """Its outcome; whether that is news."""
        if fault == "":
            self.passed_at = self.clock()
        is_news = (fault == "") != (self.fault == "")
        self.fault = fault
        return is_news

    async def once(self) -> bool:
        """Test; whether the outcome is news."""
        return self.note(await asyncio.to_thread(self.probe))
