"""The owner of a voicemail box calls it: lets themselves in, listens, and sees to the box."""

from __future__ import annotations

import logging
from dataclasses import replace

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.record import Disposition
from firmware.model.speech.parts import Cardinal, Count, Digits, Noun, Part, Phrase
from firmware.model.voicemail import (
    LONGEST_PIN,
    PIN_TRIES_A_CALL,
    Counted,
    Message,
    MessageState,
    PinResult,
    Side,
)
from firmware.switchd.call import Call
from firmware.switchd.disk import DiskFault
from firmware.switchd.mailroom import BoxFull, Mailroom, NoBox
from firmware.switchd.media import PlayedSound, Studio
from firmware.switchd.scripts.features.parts import DIGIT_TIMEOUT_S, digits
from firmware.switchd.scripts.greetings import see_to_greetings
from firmware.switchd.scripts.refuse import refuse
from firmware.voicemail.when import local, spoken

log = logging.getLogger(__name__)

ANY = "any"
"""The name of the place that asks whose box it is."""

_PATIENCE = 3
"""How often a menu is said to somebody who presses nothing, or nothing that means anything."""

_LONGEST_NUMBER = 32
_LANGUAGES = {"1": "en", "2": "fa", "3": "ar"}


async def open_mailbox(
    call: Call, mailroom: Mailroom, studio: Studio, number: str
) -> Destination | None:
    """Let the owner into the box of ``number``, "any" asks for it.

    Returns:
        Whom to call, when they wish to call somebody back; else None.

    Raises:
        LegGone: they left.
    """
    call.answer()
    if call.talked_at is None:
        call.disposition = Disposition.ANSWERED
    try:
        return await _open(call, mailroom, studio, number)
    except DiskFault as error:
        log.error("call %s: the box %s cannot be opened: %s", call.id, number, error)
        return await refuse(call, Cause.SWITCH_CONGESTION)


async def _open(call: Call, mailroom: Mailroom, studio: Studio, number: str) -> Destination | None:
    if number == ANY:
        number = await digits(call, "voicemail_ask_mailbox", most=_LONGEST_NUMBER)
    if not mailroom.has_box(number):
        await call.lead.listen(call.say("voicemail_none"))
        return None
    call.language = await mailroom.language_of(number)
    if not await let_in(call, mailroom, number):
        await call.lead.listen(call.say("goodbye"))
        return None
    call.note("mailbox_opened", number)
    return await Visit(call, mailroom, studio, number).stay()


# -- the door -------------------------------------------------------------------------------


async def let_in(call: Call, mailroom: Mailroom, number: str) -> bool:
    """Ask for the PIN. At the box's own telephone an owner who has none chooses one."""
    side = Side.OWN if call.lead.party == number else Side.FAR
    for _ in range(PIN_TRIES_A_CALL):
        if not (await mailroom.state_of(number)).has_pin:
            if side is Side.FAR:
                await call.lead.listen(call.say("voicemail_no_pin"))
                return False
            await call.lead.listen(call.say("voicemail_set_up"))
            return await choose_pin(call, mailroom, number)
        pin = await digits(call, "enter_pin", most=LONGEST_PIN)
        result = await mailroom.check_pin(number, pin, side) if pin else PinResult.WRONG
        if result is PinResult.RIGHT:
            return True
        call.note("pin_refused", f"{number} {result}")
        if result is PinResult.LOCKED:
            break
        await call.lead.listen(call.say("wrong_pin"))
    await call.lead.listen(call.say("too_many_attempts"))
    return False


async def choose_pin(call: Call, mailroom: Mailroom, number: str) -> bool:
    """Ask for a new PIN twice; False when none was chosen."""
    for _ in range(PIN_TRIES_A_CALL):
        pin = await digits(call, "voicemail_new_pin", most=LONGEST_PIN)
        if not pin:
            return False
        if await digits(call, "voicemail_pin_again", most=LONGEST_PIN) != pin:
            await call.lead.listen(call.say("voicemail_pin_differs"))
        elif await mailroom.set_pin(number, pin) is not None:
            await call.lead.listen(call.say("voicemail_pin_weak"))
        else:
            call.note("pin_changed", number)
            await call.lead.listen(call.say("voicemail_pin_changed"))
            return True
    return False


# -- inside ---------------------------------------------------------------------------------


class Visit:
    """One visit to one box."""

    def __init__(self, call: Call, mailroom: Mailroom, studio: Studio, number: str) -> None:
        self._call = call
        self._mailroom = mailroom
        self._studio = studio
        self._number = number
        self._call_back: Destination | None = None

    async def stay(self) -> Destination | None:
        """Say what there is, then serve the menu until they end it."""
        await self._listen(self._counts(await self._mailroom.count(self._number)))
        patience = _PATIENCE
        while patience:
            key = await self._ask("voicemail_menu")
            if key == "#":
                break
            patience = _PATIENCE if key in "1234" and key else patience - 1
            await self._serve(key)
            if self._call_back is not None:
                return self._call_back
        await self._listen("goodbye")
        return None

    async def _serve(self, key: str) -> None:
        match key:
            case "1":
                await self._messages()
            case "2":
                await see_to_greetings(self._call, self._mailroom, self._studio, self._number)
            case "3":
                await choose_pin(self._call, self._mailroom, self._number)
            case "4":
                await self._choose_language()
            case "":
                pass
            case _:
                await self._listen("invalid_choice")

    def _counts(self, counted: Counted) -> Part:
        new, old = counted.new, counted.saved
        if old:
            slots = {"new": Count(new, Noun.NEW_MESSAGE), "old": Count(old, Noun.OLD_MESSAGE)}
            return Phrase("voicemail_new_and_old", slots)
        if new:
            return Phrase("voicemail_new", {"count": Count(new, Noun.NEW_MESSAGE)})
        return "voicemail_empty"

    # -- messages -------------------------------------------------------------------------

    async def _messages(self) -> None:
        """New ones first, then those kept; each group in the order they were said."""
        messages = await self._mailroom.messages(self._number, MessageState.NEW)
        messages += await self._mailroom.messages(self._number, MessageState.SAVED)
        if not messages:
            await self._listen("voicemail_empty")
            return
        place = 0
        while 0 <= place < len(messages):
            key = await self._hear(messages, place)
            place = max(place - 1, 0) if key == "*" else place + 1
            if self._call_back is not None:
                return
        await self._listen("voicemail_no_more")

    async def _hear(self, messages: list[Message], place: int) -> str:
        """Play one message and do with it as they wish; the key that led on."""
        key = await self._play(messages, place)
        patience = _PATIENCE
        while patience:
            if not key:
                key = await self._ask("voicemail_message_menu")
            match key:
                case "1":
                    key = await self._play(messages, place)
                    continue
                case "2":
                    messages[place] = await self._delete_or_restore(messages[place])
                case "3":
                    if await self._return_call(messages[place]):
                        return key
                case "4":
                    await self._send_on(messages[place])
                case "5":
                    messages[place] = await self._keep_as_new(messages[place])
                case "#" | "*":
                    return key
                case _:
                    patience -= 1
            key = ""
        return "#"

    async def _play(self, messages: list[Message], place: int) -> str:
        """The envelope and the message; the key that was pressed in it, "" when none was."""
        message = messages[place]
        key = await self._collect(self._call.say(self._envelope(message, place)))
        if key:
            return key
        try:
            sound = self._studio.play_file(self._call.lead, self._mailroom.sound_of(message))
        except OSError as error:
            log.error("message %s cannot be played: %s", message.id, error)
            await self._listen("congestion")
            return ""
        key = await self._collect(sound)
        if not key and message.state == MessageState.NEW:
            messages[place] = await self._mark(message, MessageState.SAVED)
        return key

    def _envelope(self, message: Message, place: int) -> tuple[Part, ...]:
        zone = self._mailroom.site.office.time_zone
        at, now = local(message.recorded_at, zone), local(self._mailroom.now(), zone)
        number = message.caller
        is_number = bool(number) and all(key in "0123456789*#+" for key in number)
        who: Part = (
            Phrase("voicemail_from", {"number": Digits(number)})
            if is_number
            else "voicemail_from_unknown"
        )
        said = Phrase("voicemail_message", {"number": Cardinal(place + 1)})
        return said, who, spoken(at, now, self._call.language)

    async def _delete_or_restore(self, message: Message) -> Message:
        deleted = message.state == MessageState.DELETED
        state = MessageState.SAVED if deleted else MessageState.DELETED
        changed = await self._mark(message, state)
        await self._listen("voicemail_restored" if deleted else "voicemail_deleted")
        return changed

    async def _mark(self, message: Message, state: MessageState) -> Message:
        try:
            return await self._mailroom.mark(message.id, state)
        except KeyError:  # removed for good meanwhile, from the console
            return replace(message, state=MessageState.DELETED)

    async def _keep_as_new(self, message: Message) -> Message:
        changed = await self._mark(message, MessageState.NEW)
        await self._listen("voicemail_kept_as_new")
        return changed

    async def _return_call(self, message: Message) -> bool:
        """Lead them to the caller; not from outside, where it would be a call at the office's
        expense for whoever guessed a PIN."""
        place = self._mailroom.way_back(self._call.lead.party, message)
        if place is None:
            await self._listen("voicemail_cannot_call")
            return False
        self._call.note("called_back", message.caller)
        self._call_back = place
        return True

    async def _send_on(self, message: Message) -> None:
        number = await digits(self._call, "voicemail_forward_to", most=_LONGEST_NUMBER)
        if not number:
            return
        try:
            await self._mailroom.forward(message, number)
        except NoBox:
            await self._listen("voicemail_none")
        except BoxFull:
            await self._listen("voicemail_full")
        else:
            self._call.note("message_forwarded", f"{message.id} to {number}")
            await self._listen("voicemail_forwarded")

    # -- the rest -------------------------------------------------------------------------

    async def _choose_language(self) -> None:
        """Each language is offered in itself."""
        for language in _LANGUAGES.values():
            said = self._studio.play(self._call.lead, "voicemail_language", language)
            if chosen := _LANGUAGES.get(await self._collect(said)):
                break
        else:
            chosen = _LANGUAGES.get(await self._call.lead.digit(DIGIT_TIMEOUT_S))
        if chosen is not None:
            await self._mailroom.set_language(self._number, chosen)
            self._call.language = chosen
            await self._listen("voicemail_language_set")

    async def _ask(self, prompt: str) -> str:
        key = await self._call.lead.collect(self._call.say(prompt), DIGIT_TIMEOUT_S)
        if key:
            self._call.note("pressed", key)
        return key

    async def _collect(self, sound: PlayedSound) -> str:
        """Play to the end, or to the first key."""
        return await self._call.lead.collect(sound, 0.0)

    async def _listen(self, said: str | Part) -> None:
        await self._call.lead.listen(self._call.say(said))
