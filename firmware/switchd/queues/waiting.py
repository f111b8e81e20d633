"""What a waiting caller hears and presses: greeting, music, place and wait, messages, keys.

Everything is a sound during which a key may be pressed; music is the one without an end. No
offer waits for any of it: when an agent answers, it is cut.
"""

from __future__ import annotations

from typing import Protocol

from firmware.model import acd
from firmware.model.speech.parts import Count, Digits, Duration, Noun, Ordinal, Part, Phrase
from firmware.switchd.call import Call
from firmware.switchd.queues.plan import QueuePlace
from firmware.switchd.queues.visit import Visit

_LONGEST_NUMBER = 20
_KEY_TIMEOUT_S = 6.0
_YES, _ANOTHER = "1", "2"

_CAUSES = {
    acd.WaitCause.OVERTAKEN: "queue_overtaken",
    acd.WaitCause.FEWER_AGENTS: "queue_fewer_agents",
    acd.WaitCause.LONGER_CALLS: "queue_longer_calls",
}


class Centre(Protocol):
    """What waiting needs of the queues."""

    def queue_place(self, queue: str) -> QueuePlace: ...
    def tell(self, event: acd.Event) -> None: ...
    def may_call_back(self, queue: str, number: str) -> bool: ...
    async def promise(self, visit: Visit, number: str) -> bool: ...


class _Music:
    """Music as a sound that ends when there is something to be said."""

    def __init__(self, visit: Visit, name: str) -> None:
        self._visit, self._name = visit, name
        visit.call.start_music(name)

    async def finished(self) -> None:
        """Wait until there is something to be said."""
        self._visit.said.clear()
        if not self._visit.sayings:
            await self._visit.said.wait()

    def stop(self) -> None:
        """Stop it."""
        self._visit.call.stop_music(self._name)


async def wait(visit: Visit, centre: Centre, greeting: str) -> None:
    """Let the caller of a visit hear what there is to hear, until somebody cancels it.

    Raises:
        LegGone: the caller left.
    """
    call = visit.call
    if greeting:
        await _press(visit, centre, await call.lead.collect(call.say(greeting), 0.0))
    while True:
        place = centre.queue_place(visit.queue)
        if visit.sayings:
            said = _sentence(visit.sayings.popleft())
            key = await call.lead.collect(call.say(said), 0.0) if said else ""
        else:
            key = await call.lead.collect(_Music(visit, place.music), 0.0)
        await _press(visit, centre, key)


async def _press(visit: Visit, centre: Centre, key: str) -> None:
    """A key: the callback's asks for one, the queue's exits are the engine's affair."""
    if not key:
        return
    visit.call.note("pressed", key)
    if key == centre.queue_place(visit.queue).callback_digit:
        await ask_for_callback(visit, centre)
    else:
        centre.tell(acd.CallerPressed(visit.id, key))


async def ask_for_callback(visit: Visit, centre: Centre) -> None:
    """Agree with the caller on a number; the wait ends with the promise. Who does not agree, or
    gives no number that can be called, goes on waiting.

    Raises:
        LegGone: the caller left.
    """
    call, number, key = visit.call, visit.number, _ANOTHER
    if centre.may_call_back(visit.queue, number):
        said = call.say("callback_offer", number=Digits(number))
        key = await call.lead.collect(said, _KEY_TIMEOUT_S)
    if key == _ANOTHER:
        number = await _other_number(call)
        if number and not centre.may_call_back(visit.queue, number):
            await call.lead.listen(call.say("unknown_number"))
            number = ""
    elif key != _YES:
        number = ""
    if not number or not await centre.promise(visit, number):
        await call.lead.listen(call.say("callback_not_taken"))


async def _other_number(call: Call) -> str:
    said = call.say("callback_enter_number")
    return await call.lead.collect_number(said, _KEY_TIMEOUT_S, _LONGEST_NUMBER)


def _sentence(saying: acd.Announce | acd.PlayMessage) -> tuple[Part, ...]:
    """What is said; () when there is nothing to say."""
    if isinstance(saying, acd.PlayMessage):
        return (saying.message,)
    parts: list[Part] = []
    if saying.position and saying.more_than:
        parts.append(Phrase("queue_more_than", {"callers": Count(saying.position, Noun.CALLER)}))
    elif saying.position == 1:
        parts.append(Phrase("queue_next", {}))
    elif saying.position:
        parts.append(Phrase("queue_position", {"place": Ordinal(saying.position)}))
    if saying.wait_s is not None:
        if saying.cause in _CAUSES:
            parts.append(Phrase(_CAUSES[saying.cause], {}))
        parts.append(Phrase("queue_wait_time", {"time": Duration(round(saying.wait_s))}))
    return tuple(parts)
