"""What a flow needs around it: somebody who hears and presses keys, and an exchange."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware.ivr.expression import Value
from firmware.ivr.saying import Utterance
from firmware.model.calendar import CalendarState
from firmware.model.cause import Cause
from firmware.model.contact import Contact
from firmware.model.dialplan import Destination
from firmware.model.flow.wish import QueueWish


class NotThere(LookupError):
    """What was looked up does not exist; that is an answer."""


class NoAnswer(RuntimeError):
    """Nobody could say; the text says why."""


def reason(error: BaseException) -> str:
    """What failed, in one line, and nothing of what was sent."""
    told = str(error).splitlines()[0][:120] if str(error) else "no reason given"
    return f"{type(error).__name__}: {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A look-up by HTTP: ``path`` is escaped already."""

    service: str
    path: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A card and what is taken from it. Nothing of the card is ever shown (``repr``)."""

    service: str
    path: str
    amount: str
    currency: str
    card: str = field(repr=False)
    expiry: str = field(repr=False)  # MMYY
    code: str = field(repr=False)  # "" when it was not asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the payment program answered."""

    is_approved: bool
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One thing that a caller leaves behind in a flow."""

    flow: str
    node: str
    kind: str  # "score", "comment", "recording", "payment"
    name: str
    value: str


class Party(Protocol):
    """The caller. Every wait ends with an exception of the caller's own when they leave."""

    @property
    def has_keys(self) -> bool:
        """Whether keys wait that nobody has taken."""
        ...

    def answer(self) -> None:
        """Take the call up."""
        ...

    async def say(self, said: Utterance) -> None:
        """To its end, whatever is pressed."""
        ...

    async def ask(self, said: Utterance, timeout_s: float) -> str:
        """Say it and take one key, which may come during it; "" when none came within
        ``timeout_s`` after its end."""
        ...

    async def key(self, timeout_s: float) -> str:
        """One key, "" when none came in time."""
        ...

    def forget_keys(self) -> None:
        """What was pressed up to now counts no more."""
        ...

    async def take_down(self, name: str, *, longest_s: float, silence_s: float) -> str:
        """Sound the tone and keep what is said after it; its path, "" when nothing was said.

        Raises:
            NoAnswer: the disk refuses.
        """
        ...

    async def play(self, recording: str) -> None:
        """Play what was taken down. One that is gone is passed over."""
        ...

    def hang_up(self, cause: Cause) -> None:
        """End the call."""
        ...

    def unheard(self) -> AbstractContextManager[None]:
        """While this lasts nothing of the caller is recorded, and no key is written down."""
        ...


class World(Protocol):
    """The exchange around the caller."""

    def facts(self) -> Mapping[str, Value]:
        """The built-in variables, as they are now."""
        ...

    def speak(self, language: str) -> None:
        """From now on the call is in this language."""
        ...

    def calendar(self, name: str) -> CalendarState:
        """What a calendar says now."""
        ...

    def contact(self) -> Contact | None:
        """Whom the phonebook takes the caller for."""
        ...

    def extension(self, number: str) -> Destination | None:
        """The extension of a number."""
        ...

    def begins_extension(self, digits: str) -> bool:
        """Whether more digits could make an extension's number of them."""
        ...

    async def look_up(self, question: Question) -> Any:
        """The answer, read from JSON.

        Raises:
            NotThere: the service does not know it.
            NoAnswer: it did not answer, not in time, or with nonsense.
        """
        ...

    async def row(self, table: str, key: str) -> Mapping[str, str]:
        """A row of a table.

        Raises:
            NotThere: no row has that key.
            NoAnswer: the table cannot be read.
        """
        ...

    async def charge(self, charge: Charge) -> Receipt:
        """Hand a card to the payment program.

        Raises:
            NoAnswer: it did not answer, or with nonsense.
        """
        ...

    async def ask_back(self, queue: str, number: str) -> bool:
        """Promise to call back from a queue; False when that is not possible."""
        ...

    def wish(self, wish: QueueWish) -> None:
        """Take along into the queue."""
        ...

    def come_back(self, flow: str, node: str) -> None:
        """After the talk to come, go on at this node."""
        ...

    def after_talk(self, to: Destination) -> None:
        """After the talk to come, go on at this place."""
        ...

    def keep(self, kept: Kept) -> None:
        """Put on record."""
        ...

    def moved(self, to: Destination) -> None:
        """The caller is led to another flow."""
        ...

    def pressed(self, keys: str) -> None:
        """The caller chose; put on record."""
        ...

    def note(self, name: str, detail: str = "") -> None:
        """Put an event on the call's timeline."""
        ...
