"""What switchd can be asked about voicemail over its link (``VoicemailApi``)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from firmware.model.voicemail import Greeting, MessageState
from firmware.switchd.exchange import Exchange

S = TypeVar("S", bound=StrEnum)


class VoicemailControl:
    """Implements ``VoicemailApi`` on the mailroom. The link waits for what is a coroutine."""

    def __init__(self, exchange: Exchange) -> None:
        self._mailroom = exchange.mailroom

    async def mark_message(self, message: str, state: str) -> None:
        """VoicemailApi."""
        await self._mailroom.mark(message, _one_of(MessageState, state))

    async def set_mailbox_pin(self, number: str, pin: str) -> None:
        """VoicemailApi."""
        self._mailroom.settings(number)
        if not pin:
            await self._mailroom.clear_pin(number)
        elif (fault := await self._mailroom.set_pin(number, pin)) is not None:
            raise ValueError(str(fault))

    async def keep_greeting(self, *, number: str, greeting: str, upload: str, until: float) -> None:
        """VoicemailApi."""
        self._mailroom.settings(number)
        kind = _one_of(Greeting, greeting)
        sound = self._mailroom.uploaded(upload)
        await self._mailroom.keep_greeting(number, kind, sound, until or None)

    async def remove_greeting(self, number: str, greeting: str) -> None:
        """VoicemailApi."""
        self._mailroom.settings(number)
        await self._mailroom.remove_greeting(number, _one_of(Greeting, greeting))

    def count_mailbox(self, number: str) -> None:
        """VoicemailApi."""
        self._mailroom.count_soon(number)


def _one_of(kind: type[S], word: str) -> S:
    if word not in set(kind):
        raise ValueError(f"'{word}' is none of {', '.join(kind)}")
    return kind(word)
