"""A caller on paper: the same flows and the same interpreter, with keys from a line of text and
what is heard as text. Nobody is charged, called back or recorded."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.ivr.expression import Value
from firmware.ivr.ports import Charge, Kept, NoAnswer, Question, Receipt
from firmware.ivr.saying import Utterance
from firmware.ivr.services import Services
from firmware.ivr.tables import Tables
from firmware.ivr.visit import Memory
from firmware.model.calendar import CalendarState
from firmware.model.cause import Cause
from firmware.model.contact import Contact
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow.wish import NO_WISH, QueueWish
from firmware.model.speech.sentence import REST, prompts_of
from firmware.prompts import catalogue

Tell = Callable[[str], None]

SILENCE = ","
"""In the keys: the caller lets one time-out pass."""


class CallerLeft(ConnectionError):
    """The caller has hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the caller does. ``leaves``: they hang up after their last key."""

    keys: str
    leaves: bool = False


class PaperParty:
    """``firmware.ivr.ports.Party``; time is what the time-outs make of it."""

    def __init__(self, script: Script, tell: Tell, limit_s: Callable[[], float]) -> None:
        self._keys = list(script.keys.replace(" ", ""))
        self._leaves = script.leaves
        self._tell = tell
        self._limit_s = limit_s
        self.waited_s = 0.0
        self.is_over = False
        self._is_unheard = False

    @property
    def has_keys(self) -> bool:
        """Keys are pressed when they are asked for."""
        return False

    def answer(self) -> None:
        """The call is taken up."""

    async def say(self, said: Utterance) -> None:
        """Print it."""
        self._tell(f"hears [{said.language}] {text_of(said)}")

    async def ask(self, said: Utterance, timeout_s: float) -> str:
        """Print it; the next key."""
        await self.say(said)
        return await self.key(timeout_s) if timeout_s else ""

    async def key(self, timeout_s: float) -> str:
        """The next key; "" for a silence, and for ever after the last one."""
        key = self._keys.pop(0) if self._keys else ""
        if key and key != SILENCE:
            self._tell("presses a key" if self._is_unheard else f"presses {key}")
            return key
        if not key and self._leaves:
            self._tell("hangs up")
            raise CallerLeft
        self._tell(f"says nothing for {timeout_s:g} s")
        self.waited_s += timeout_s
        if self.waited_s > self._limit_s():
            self.waited_s = 0.0
            raise TimeoutError
        return ""

    def forget_keys(self) -> None:
        """Those of a script are all meant."""

    async def take_down(self, name: str, *, longest_s: float, silence_s: float) -> str:
        """Nothing is kept."""
        self._tell(f"speaks after the tone ({longest_s:g} s at most, {silence_s:g} s of silence)")
        return f"{name}.wav"

    async def play(self, recording: str) -> None:
        """Print it."""
        self._tell(f"hears their own recording {recording}")

    def hang_up(self, cause: Cause) -> None:
        """The end."""
        self.is_over = True
        self._tell(f"=> the call ends: {cause.name.lower()} ({int(cause)})")

    @contextlib.contextmanager
    def unheard(self) -> Iterator[None]:
        """Shown."""
        self._tell("(recording paused)")
        self._is_unheard = True
        try:
            yield
        finally:
            self._is_unheard = False
            self._tell("(recording goes on)")


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """What a simulated call meets."""

    caller: str
    called: str
    at: dt.datetime  # the office's wall clock
    language: str
    stations: frozenset[str]
    calendar: Callable[[str], CalendarState]
    contact: Contact | None
    services: Services | None  # None: nobody answers
    tables: Tables


class PaperWorld:
    """``firmware.ivr.ports.World``."""

    def __init__(self, around: Surroundings, memory: Memory, tell: Tell) -> None:
        self._around = around
        self._memory = memory
        self._tell = tell
        self.wished = NO_WISH

    def facts(self) -> Mapping[str, Value]:
        """As a call would have them at that time."""
        around, at = self._around, self._around.at
        return {
            "caller": around.caller,
            "caller_name": around.contact.shown if around.contact else "",
            "called": around.called,
            "line": "",
            "language": around.language,
            "queue": "",
            "agent": "",
            "is_vip": around.contact is not None and around.contact.is_vip,
            "weekday": at.isoweekday(),
            "hour": at.hour,
            "minute": at.minute,
            "today": f"{at:%Y-%m-%d}",
            "now": f"{at:%H:%M}",
        }

    def speak(self, language: str) -> None:
        """Go on in a language."""
        self._around.language = language

    def calendar(self, name: str) -> CalendarState:
        """What it says at that time."""
        state = self._around.calendar(name)
        self._tell(f"(calendar {name} is {state})")
        return state

    def contact(self) -> Contact | None:
        """Whom the phonebook takes the caller for."""
        return self._around.contact

    def extension(self, number: str) -> Destination | None:
        """The extension of a number."""
        if number in self._around.stations:
            return Destination(DestinationKind.EXTENSION, number)
        return None

    def begins_extension(self, digits: str) -> bool:
        """Whether an extension's number begins so."""
        return any(one.startswith(digits) and one != digits for one in self._around.stations)

    async def look_up(self, question: Question) -> Any:
        """Really asked, unless offline."""
        self._tell(f"(asks {question.service} for {question.path})")
        if self._around.services is None:
            raise NoAnswer("offline")
        try:
            return await self._around.services.ask(question)
        except NoAnswer as error:
            self._tell(f"({error})")
            raise

    async def row(self, table: str, key: str) -> Mapping[str, str]:
        """Really looked up."""
        self._tell(f'(looks for "{key}" in table {table})')
        return await self._around.tables.row(table, key)

    async def charge(self, charge: Charge) -> Receipt:
        """Nothing is charged."""
        self._tell(
            f"(service {charge.service} would be asked to charge {charge.amount} {charge.currency})"
        )
        return Receipt(is_approved=True, reference="simulated")

    async def ask_back(self, queue: str, number: str) -> bool:
        """Promised, and not kept."""
        self._tell(f"(queue {queue} would call {number} back)")
        return True

    def wish(self, wish: QueueWish) -> None:
        """Shown."""
        self.wished = self.wished.joined(wish)
        self._tell(f"(into the queue: {self.wished})")

    def come_back(self, flow: str, node: str) -> None:
        """Shown."""
        self._memory.resume[flow] = node
        self._tell(f"(after the talk: {flow}, node {node})")

    def after_talk(self, to: Destination) -> None:
        """Shown."""
        self._tell(f"(after the talk: {to})")

    def keep(self, kept: Kept) -> None:
        """Shown."""
        self._tell(f"(kept: {kept.kind} {kept.name} = {kept.value})")

    def moved(self, to: Destination) -> None:
        """Shown."""
        self._tell(f"(goes on to {to})")

    def pressed(self, keys: str) -> None:
        """Shown with the keys already."""

    def note(self, name: str, detail: str = "") -> None:
        """Shown."""
        self._tell(f"({name}: {detail})")


def text_of(said: Utterance) -> str:
    """What is heard, in words; a recording nobody has written down is named."""
    words = catalogue.of(said.language)
    names = prompts_of(said.parts, said.language, words.phrases)
    texts = {**words.texts, **said.words}
    return " ".join(texts.get(name, f"<{name}>") for name in names if name != REST)
