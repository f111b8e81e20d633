"""How the kinds of voice modem differ, as data: chosen by what ``ATI0`` answers.

Of drivers in the field (callattendant for both, vgetty's IS-101 part); nobody has tried it on
metal with this program yet.
"""

from __future__ import annotations

from dataclasses import dataclass

COMMON_ABILITIES = ("answers", "announces", "records", "keys", "caller_id", "dials")
"""What every one of them can do."""

DUPLEX = "talks"
"""Speaking and listening at once: a conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceDialect:
    """One family. ``idents`` begin the answer to ATI0; ``compression`` chooses 8 bit unsigned
    linear at 8 kHz; the last three end playing, abort it, and end listening."""

    name: str
    idents: tuple[str, ...]
    init: tuple[str, ...]
    compression: str
    end_play: bytes = b"\x10\x03"
    abort_play: bytes = b"\x10\x18\x10\x03"
    end_listen: bytes = b"\x10!"


USR5637 = VoiceDialect(
    name="USRobotics 5637",
    idents=("5601",),
    init=("AT+VCID=1",),
    compression="AT+VSM=128,8000",
)

CX93010 = VoiceDialect(
    name="Conexant CX93010",
    idents=("56000",),
    init=("AT+VCID=1",),
    compression="AT+VSM=1,8000,0,0",
    # callattendant: the Conexant firmware wants its codes after a doubled DLE
    end_play=b"\x10\x10\x10\x03",
    abort_play=b"\x10\x10\x10\x18\x10\x10\x10\x03",
    end_listen=b"\x10\x10\x10!",
)

VOICE_DIALECTS = (USR5637, CX93010)

USB = {("0baf", "0303"), ("0572", "1340"), ("0572", "1329"), ("0803", "3095")}
"""USB identifiers of modems with these chips: USR5637, Conexant's own two, Zoom 3095."""


def of_ident(ident: str) -> VoiceDialect | None:
    """The dialect of a modem that answers ATI0 so."""
    for dialect in VOICE_DIALECTS:
        if any(ident.strip() == known for known in dialect.idents):
            return dialect
    return None
