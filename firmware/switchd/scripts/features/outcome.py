"""An agent says at a telephone what came of the last call, by its number in the queue's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.speech.parts import Cardinal, Phrase, Sentence
from firmware.switchd.call import Call
from firmware.switchd.queues.plan import OutcomePlace
from firmware.switchd.scripts.features.parts import DIGIT_TIMEOUT_S

if TYPE_CHECKING:
    from firmware.switchd.places import House

ATTEMPTS = 3


async def may_go_on(call: Call, house: House, agent: str) -> bool:
    """Ask for the outcome where the agent's queue wants one and has none yet; False: they have
    not given it.

    Raises:
        LegGone: the caller left.
    """
    for _ in range(ATTEMPTS):
        if not await house.queues.outcomes.is_owed(agent):
            return True
        call.answer()
        choices = house.queues.outcomes.of_last_call(agent)
        said, longest = call.say(_question(choices)), len(str(len(choices)))
        number = await call.lead.collect_number(said, DIGIT_TIMEOUT_S, longest)
        if number and (wrong := take(house, agent, number)):
            await call.lead.listen(call.say(wrong))
    return not await house.queues.outcomes.is_owed(agent)


def take(house: House, agent: str, number: str) -> str:
    """Write down the outcome of that number; the prompt that says why not, "" when it is done."""
    choices = house.queues.outcomes.of_last_call(agent)
    if not choices:
        return "agent_not_in_wrap_up"
    if not number.isdecimal() or not 1 <= int(number) <= len(choices):
        return "agent_outcome_unknown"
    house.queues.outcomes.choose(agent, choices[int(number) - 1])
    return ""


def _question(choices: tuple[OutcomePlace, ...]) -> Sentence:
    said = [
        Phrase("agent_outcome_choice", {"outcome": one.prompt, "number": Cardinal(number)})
        for number, one in enumerate(choices, 1)
        if one.prompt
    ]
    return ("agent_outcome_ask", *said)
