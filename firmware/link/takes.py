"""Takes over the link: prompts that somebody says into a telephone for the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRow:
    """The last take at one telephone. Its event: changed."""

    id: str  # the extension
    language: str
    name: str  # of the prompt
    state: str  # TakeState of firmware.model.take
    at: float  # Unix seconds of the last change of ``state``


class TakesApi(Protocol):
    """A part of ``SwitchApi``."""

    def take_prompt(
        self, *, extension: str, language: str, name: str, who: str, place: str
    ) -> None:
        """Ring an extension's telephone and let whoever answers say a prompt: after the tone, up
        to the hash key. They hear it as callers would, and keep it, say it again or drop it. What
        is kept is heard from its next use on, and is in the audit trail as a change of ``who``
        (a user of the console) from ``place`` (their address). How it goes is told by the row.

        Raises:
            KeyError: no such extension.
            ValueError: no such language, or no prompt's name.
            RuntimeError: somebody is saying one there already, or no new calls may begin.
        """
        ...
