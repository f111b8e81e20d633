"""Which script serves which feature code."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination
from firmware.model.features import Feature
from firmware.switchd.call import Call
from firmware.switchd.scripts.features import (
    agents,
    boxes,
    calls,
    desk,
    dialling,
    forwards,
    instructions,
    night,
    switches,
    wake,
)
from firmware.switchd.scripts.refuse import refuse

if TYPE_CHECKING:
    from firmware.switchd.places import House

FeatureScript = Callable[[Call, "House", str], Coroutine[Any, Any, Destination | None]]

SCRIPTS: Mapping[Feature, FeatureScript] = {
    Feature.HELP: instructions.say_codes,
    Feature.FORWARD_ALWAYS_ON: forwards.always_on,
    Feature.FORWARD_ALWAYS_OFF: forwards.always_off,
    Feature.FORWARD_BUSY_ON: forwards.busy_on,
    Feature.FORWARD_BUSY_OFF: forwards.busy_off,
    Feature.FORWARD_NO_ANSWER_ON: forwards.no_answer_on,
    Feature.FORWARD_NO_ANSWER_OFF: forwards.no_answer_off,
    Feature.FORWARD_UNREACHABLE_ON: forwards.unreachable_on,
    Feature.FORWARD_UNREACHABLE_OFF: forwards.unreachable_off,
    Feature.FORWARDS_OFF: forwards.all_off,
    Feature.DND_ON: switches.dnd_on,
    Feature.DND_OFF: switches.dnd_off,
    Feature.DND_TOGGLE: switches.dnd_toggle,
    Feature.CALL_WAITING_ON: switches.call_waiting_on,
    Feature.CALL_WAITING_OFF: switches.call_waiting_off,
    Feature.FOLLOW_ME_ON: switches.follow_me_on,
    Feature.FOLLOW_ME_OFF: switches.follow_me_off,
    Feature.REDIAL: dialling.redial,
    Feature.CALL_BACK: dialling.call_back,
    Feature.SPEED_DIAL: dialling.speed_dial,
    Feature.SPEED_DIAL_SET: dialling.set_speed_dial,
    Feature.VOICEMAIL: boxes.own,
    Feature.VOICEMAIL_ANY: boxes.of_any,
    Feature.VOICEMAIL_OF: boxes.speak_into,
    Feature.HOT_DESK_IN: desk.log_in,
    Feature.HOT_DESK_OUT: desk.log_out,
    Feature.NIGHT_SWITCH: night.switch,
    Feature.WAKE_UP_ON: wake.set_wake_up,
    Feature.WAKE_UP_OFF: wake.cancel_wake_up,
    Feature.PICKUP: calls.pick_up_group,
    Feature.PICKUP_DIRECTED: calls.pick_up_one,
    Feature.PARK: calls.park,
    Feature.INTERCOM: calls.speak_to,
    Feature.PAGING: calls.page_all,
    Feature.AGENT_LOG_IN: agents.log_in,
    Feature.AGENT_LOG_OUT: agents.log_out,
    Feature.AGENT_PAUSE: agents.pause,
    Feature.AGENT_RESUME: agents.resume,
    Feature.AGENT_WRAP_UP_DONE: agents.end_wrap_up,
    Feature.AGENT_WRAP_UP_MORE: agents.extend_wrap_up,
}

FOR_OTHERS = frozenset({Feature.PARK})
"""Codes one may send somebody else to. Any other would change what they have set, in their name."""


async def obey(call: Call, house: House, dialled: str) -> Destination | None:
    """Do what a dialled code asks for. Only the telephones of the office may ask.

    Raises:
        LegGone: the caller left.
    """
    request = house.plan().codes.parse(dialled)
    script = SCRIPTS.get(request.feature) if request else None
    if request is None or script is None or call.lead.party not in house.plan().stations:
        return await refuse(call, Cause.UNALLOCATED_NUMBER)
    if call.transfer is not None and request.feature not in FOR_OTHERS:
        return await refuse(call, Cause.CALL_REJECTED)
    call.note("feature", request.feature)
    return await script(call, house, request.argument)
