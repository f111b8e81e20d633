"""What a modem's error numbers mean, in words for the technician.

``+CME ERROR`` is of 3GPP TS 27.007 §9.2, ``+CMS ERROR`` of 27.005 §3.2.5 (up to 127 the
network's cause of 24.011 Annex E, 128 to 255 that of 23.040 §9.2.3.22).
"""

from __future__ import annotations

import re

_CME = {
    0: "the modem failed",
    3: "the modem does not allow that now",
    4: "the modem cannot do that",
    5: "the SIM is bound to another telephone",
    10: "there is no SIM in the modem",
    11: "the SIM wants its PIN",
    12: "the SIM is blocked: it wants its PUK",
    13: "the SIM failed",
    14: "the SIM is busy",
    15: "the SIM is of the wrong kind",
    16: "wrong password",
    17: "the SIM wants PIN2",
    18: "the SIM wants PUK2",
    20: "the memory is full",
    21: "no such place in the memory",
    23: "the memory failed",
    24: "the text is too long",
    26: "the number is too long",
    30: "no network",
    31: "the network does not answer",
    32: "the network allows emergency calls only",
    40: "the modem is bound to another network",
    50: "the modem does not know such a value",
    100: "the modem does not know why",
    103: "the network refuses the SIM (illegal mobile station)",
    106: "the network refuses the modem (illegal equipment)",
    107: "the network allows the SIM no data",
    111: "the network is not allowed to this SIM",
    148: "the network does not know why",
    258: "there is no call, or it cannot take that",
}

_CMS = {
    1: "the number does not exist",
    8: "the operator bars it",
    10: "the number is barred",
    17: "the network failed",
    21: "the message is refused",
    22: "the network's memory is full",
    27: "the number cannot be reached",
    28: "the network does not know the subscriber",
    29: "the facility is refused",
    30: "the network does not know the SIM's subscriber",
    38: "the network is out of order",
    41: "the network fails for the moment",
    42: "the network is overloaded",
    47: "the network has no resources",
    50: "the SIM is not subscribed to short messages",
    69: "the network does not do that",
    96: "the network finds the message wrong",
    111: "the network failed on the message",
    208: "the SIM's memory is full",
    209: "the SIM has no memory for messages",
    211: "the memory is full",
    300: "the modem failed",
    301: "the modem's message service is reserved",
    302: "the modem does not allow that now",
    303: "the modem cannot do that",
    304: "the modem finds the message wrong",
    305: "the modem finds a value wrong",
    310: "there is no SIM in the modem",
    311: "the SIM wants its PIN",
    313: "the SIM failed",
    314: "the SIM is busy",
    315: "the SIM is of the wrong kind",
    316: "the SIM is blocked: it wants its PUK",
    320: "the memory failed",
    321: "no such place in the memory",
    322: "the memory is full",
    330: "the service centre's address is not known",
    331: "no network",
    332: "the network does not answer",
    500: "the modem does not know why",
    512: "the modem failed to send it",
}

_PASSING_CMS = frozenset({17, 22, 27, 38, 41, 42, 47, 300, 314, 331, 332, 500, 512})
_ERROR = re.compile(r"^\+CM([ES]) ERROR: ?(\d+)$")
_PLAIN = {"TIMEOUT": "no answer from the modem", "ERROR": "the modem refuses it"}


def words(result: str) -> str:
    """A command's result in words, with the modem's own beside them."""
    found = _ERROR.match(result)
    if found is None:
        meaning = _PLAIN.get(result, "")
    else:
        meaning = (_CME if found[1] == "E" else _CMS).get(int(found[2]), "")
    return f"{meaning} ({result})" if meaning else result


def may_pass(result: str) -> bool:
    """Whether a message that was refused so may be taken a little later."""
    found = _ERROR.match(result)
    if found is None:
        return result == "TIMEOUT"
    return found[1] == "S" and int(found[2]) in _PASSING_CMS


def memory_is_full(result: str) -> bool:
    """Whether there is no room for one more message."""
    return bool(re.match(r"^\+CM(E ERROR: ?20|S ERROR: ?(208|211|322))$", result))


def cme_number(result: str) -> int | None:
    """The number of a ``+CME ERROR``."""
    found = _ERROR.match(result)
    return int(found[2]) if found is not None and found[1] == "E" else None


_STATUS = {
    0x40: "the service centre failed",
    0x41: "the number cannot take it",
    0x42: "the number is not reachable",
    0x43: "the number refuses messages",
    0x44: "the quality the network wants is not there",
    0x45: "the number is busy",
    0x46: "the number was not reached in time",
    0x47: "it was replaced by another message",
    0x48: "the operator removed it",
    0x49: "the service centre does not have it",
}


def status_words(status: int) -> str:
    """TP-Status of a message that was not delivered (23.040 §9.2.3.15)."""
    meaning = _STATUS.get(status, "the network could not deliver it")
    return f"{meaning} (status 0x{status:02X})"
