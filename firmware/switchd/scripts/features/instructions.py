"""The exchange says its feature codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.model.dialplan import Destination
from firmware.model.features import FEATURES, Feature, Scope
from firmware.model.record import Disposition
from firmware.model.speech.parts import Digits
from firmware.switchd.call import Call

if TYPE_CHECKING:
    from firmware.switchd.places import House


async def say_codes(call: Call, house: House, _argument: str) -> Destination | None:
    """Say every code the site has, with what it does; a key goes on to the next one.

    Raises:
        LegGone: the caller has heard enough.
    """
    call.answer()
    call.disposition = Disposition.ANSWERED
    for feature in Feature:
        code = house.plan().codes.code_of(feature)
        if not code:
            continue
        prompt = "help_key" if FEATURES[feature].scope is Scope.PRESSED else "help_code"
        said = call.say(prompt, feature=f"feature_{feature}", code=Digits(code))
        await call.lead.collect(said, 0.0)
    await call.lead.listen(call.say("goodbye"))
    call.lead.hang_up()
    return None
