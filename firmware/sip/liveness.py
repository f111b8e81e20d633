"""Liveness: a telephone that lost its power in a call says no BYE, and its call must end too.

A dialog whose party has sent no audio for a while is asked by OPTIONS within the dialog whether
it is there (RFC 3261 §11, §12.2.1.2). Silence alone proves nothing: a party may hold, or send
none while nobody speaks. No answer, or 481, does: the dialog is over. So does 477, by which
Kamailio says that there is no connection any more: a browser's that was closed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from firmware.sip.call import SipCall

if TYPE_CHECKING:
    from firmware.sip.stack import Stack

log = logging.getLogger(__name__)

GONE = frozenset({408, 477, 481})


class Liveness:
    """Looks after the dialogs of one stack every ``interval_s`` seconds, for as long as the
    loop runs."""

    def __init__(self, stack: Stack, loop: asyncio.AbstractEventLoop, interval_s: float) -> None:
        self._stack = stack
        self._loop = loop
        self._interval_s = interval_s
        self._heard: dict[SipCall, int] = {}  # packets of audio when last looked at
        self._timer = loop.call_later(interval_s, self._look)

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def answered(self, call: SipCall, status: int) -> None:
        """The party answered our question, or nobody did."""
        if status in GONE:
            log.warning("call %s: its party is gone without a word (%d)", call.id, status)
            call.lose()

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._interval_s, self._look)
        heard = {}
        for call in self._stack.talking():
            packets = call.packets_heard()
            if packets == self._heard.get(call):
                call.ask_whether_there()
            heard[call] = packets
        self._heard = heard
