"""A caller meets an IVR menu."""

from __future__ import annotations

from firmware.model.dialplan import Destination, Menu
from firmware.switchd.call import Call


async def ask(call: Call, menu: Menu) -> Destination | None:
    """Greet, take one key, and say where it leads.

    A key may be pressed during the greeting. A wrong key is said to be wrong; after the last
    attempt the caller goes where the menu says, or hears goodbye.

    Raises:
        LegGone: the caller left.
    """
    call.answer()
    caller = call.lead
    call.language = menu.language or call.language
    for _attempt in range(menu.attempts):
        key = await caller.collect(call.say(menu.greeting), menu.digit_timeout_s)
        if key:
            call.digits += key
            call.note("pressed", key)
        if key in menu.choices:
            return menu.choices[key]
        if key:
            await caller.listen(call.say("invalid_choice"))
    if menu.otherwise is None:
        await caller.listen(call.say("goodbye"))
    return menu.otherwise
