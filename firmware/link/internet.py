"""The row of the internet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetRow:
    """Whether there is an internet, as the edge judges it. Its event: changed."""

    id: str  # "internet"
    state: str  # InternetState of firmware.model.internet
    cause: str  # InternetCause, "" when it is up
    detail: str  # in the log's words: who does not answer
    since: float  # Unix seconds of the last change of ``state``
