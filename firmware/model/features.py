"""Feature codes: what a person dials to tell the exchange something, as data.

Each feature has a code that comes with the box and an *argument*: the digits that may follow the
code in the same number. ``*72102`` is "forward always" with the argument "102"; ``*72`` alone
lets the exchange ask for it. A site may change or switch off every code. The codes that come
with the box are those people know from the exchanges they had (FreePBX, Grandstream UCM).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

OFF = "off"
"""What a site writes for the code of a feature it does not want."""


class Feature(StrEnum):
    HELP = "help"
    FORWARD_ALWAYS_ON = "forward_always_on"
    FORWARD_ALWAYS_OFF = "forward_always_off"
    FORWARD_BUSY_ON = "forward_busy_on"
    FORWARD_BUSY_OFF = "forward_busy_off"
    FORWARD_NO_ANSWER_ON = "forward_no_answer_on"
    FORWARD_NO_ANSWER_OFF = "forward_no_answer_off"
    FORWARD_UNREACHABLE_ON = "forward_unreachable_on"
    FORWARD_UNREACHABLE_OFF = "forward_unreachable_off"
    FORWARDS_OFF = "forwards_off"
    DND_ON = "dnd_on"
    DND_OFF = "dnd_off"
    DND_TOGGLE = "dnd_toggle"
    CALL_WAITING_ON = "call_waiting_on"
    CALL_WAITING_OFF = "call_waiting_off"
    FOLLOW_ME_ON = "follow_me_on"
    FOLLOW_ME_OFF = "follow_me_off"
    REDIAL = "redial"
    CALL_BACK = "call_back"
    SPEED_DIAL = "speed_dial"
    SPEED_DIAL_SET = "speed_dial_set"
    HOT_DESK_IN = "hot_desk_in"
    HOT_DESK_OUT = "hot_desk_out"
    WAKE_UP_ON = "wake_up_on"
    WAKE_UP_OFF = "wake_up_off"
    VOICEMAIL = "voicemail"
    VOICEMAIL_ANY = "voicemail_any"
    VOICEMAIL_OF = "voicemail_of"
    NIGHT_SWITCH = "night_switch"
    PICKUP = "pickup"
    PICKUP_DIRECTED = "pickup_directed"
    PARK = "park"
    INTERCOM = "intercom"
    PAGING = "paging"
    AGENT_LOG_IN = "agent_log_in"
    AGENT_LOG_OUT = "agent_log_out"
    AGENT_PAUSE = "agent_pause"
    AGENT_RESUME = "agent_resume"
    AGENT_WRAP_UP_DONE = "agent_wrap_up_done"
    AGENT_WRAP_UP_MORE = "agent_wrap_up_more"
    RECORD = "record"
    RECORD_PAUSE = "record_pause"


class Argument(StrEnum):
    """What may follow a code."""

    NONE = "none"
    NUMBER = "number"  # anything that can be dialled
    EXTENSION = "extension"  # digits
    SLOT = "slot"  # the place of a speed dial, 0 to 99
    SLOT_AND_NUMBER = "slot_and_number"  # "7*09121234567"
    TIME = "time"  # "0630"


_SHAPE = {
    Argument.NONE: re.compile(r""),
    Argument.NUMBER: re.compile(r"[0-9*#+]{1,32}"),
    Argument.EXTENSION: re.compile(r"[0-9]{1,16}"),
    Argument.SLOT: re.compile(r"[0-9]{1,2}"),
    Argument.SLOT_AND_NUMBER: re.compile(r"[0-9]{1,2}\*[0-9*#+]{1,32}"),
    Argument.TIME: re.compile(r"([01][0-9]|2[0-3])[0-5][0-9]"),
}


class Scope(StrEnum):
    """Where a code counts."""

    DIALLED = "dialled"  # as a number
    PRESSED = "pressed"  # as keys in a call


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRule:
    """One feature: its code as the box comes, what may follow it, and whether it must."""

    code: str
    argument: Argument = Argument.NONE
    is_needed: bool = False
    scope: Scope = Scope.DIALLED


_NUMBER, _EXTENSION = Argument.NUMBER, Argument.EXTENSION

FEATURES: Mapping[Feature, FeatureRule] = {
    Feature.HELP: FeatureRule(code="*0"),
    Feature.FORWARD_ALWAYS_ON: FeatureRule(code="*72", argument=_NUMBER),
    Feature.FORWARD_ALWAYS_OFF: FeatureRule(code="*73"),
    Feature.FORWARD_BUSY_ON: FeatureRule(code="*90", argument=_NUMBER),
    Feature.FORWARD_BUSY_OFF: FeatureRule(code="*91"),
    Feature.FORWARD_NO_ANSWER_ON: FeatureRule(code="*92", argument=_NUMBER),
    Feature.FORWARD_NO_ANSWER_OFF: FeatureRule(code="*93"),
    Feature.FORWARD_UNREACHABLE_ON: FeatureRule(code="*94", argument=_NUMBER),
    Feature.FORWARD_UNREACHABLE_OFF: FeatureRule(code="*95"),
    Feature.FORWARDS_OFF: FeatureRule(code="*96"),
    Feature.DND_ON: FeatureRule(code="*78"),
    Feature.DND_OFF: FeatureRule(code="*79"),
    Feature.DND_TOGGLE: FeatureRule(code="*76"),
    Feature.CALL_WAITING_ON: FeatureRule(code="*70"),
    Feature.CALL_WAITING_OFF: FeatureRule(code="*71"),
    Feature.FOLLOW_ME_ON: FeatureRule(code="*20"),
    Feature.FOLLOW_ME_OFF: FeatureRule(code="*21"),
    Feature.REDIAL: FeatureRule(code="*66"),
    Feature.CALL_BACK: FeatureRule(code="*69"),
    Feature.SPEED_DIAL: FeatureRule(code="*75", argument=Argument.SLOT, is_needed=True),
    Feature.SPEED_DIAL_SET: FeatureRule(code="*74", argument=Argument.SLOT_AND_NUMBER),
    Feature.HOT_DESK_IN: FeatureRule(code="*11", argument=_EXTENSION),
    Feature.HOT_DESK_OUT: FeatureRule(code="*12"),
    Feature.WAKE_UP_ON: FeatureRule(code="*35", argument=Argument.TIME),
    Feature.WAKE_UP_OFF: FeatureRule(code="*36"),
    Feature.VOICEMAIL: FeatureRule(code="*97"),
    Feature.VOICEMAIL_ANY: FeatureRule(code="*98", argument=_EXTENSION),
    Feature.VOICEMAIL_OF: FeatureRule(code="*99", argument=_EXTENSION, is_needed=True),
    Feature.NIGHT_SWITCH: FeatureRule(code="*28", argument=Argument.SLOT),
    Feature.PICKUP: FeatureRule(code="*8"),
    Feature.PICKUP_DIRECTED: FeatureRule(code="**", argument=_EXTENSION, is_needed=True),
    Feature.PARK: FeatureRule(code="*68", argument=_EXTENSION),
    Feature.INTERCOM: FeatureRule(code="*80", argument=_EXTENSION, is_needed=True),
    Feature.PAGING: FeatureRule(code="*81", argument=_EXTENSION, is_needed=True),
    Feature.AGENT_LOG_IN: FeatureRule(code="*22", argument=_EXTENSION),
    Feature.AGENT_LOG_OUT: FeatureRule(code="*23"),
    Feature.AGENT_PAUSE: FeatureRule(code="*24", argument=Argument.SLOT),
    Feature.AGENT_RESUME: FeatureRule(code="*25"),
    Feature.AGENT_WRAP_UP_DONE: FeatureRule(code="*26", argument=Argument.SLOT),
    Feature.AGENT_WRAP_UP_MORE: FeatureRule(code="*27", argument=Argument.SLOT),
    Feature.RECORD: FeatureRule(code="*1", scope=Scope.PRESSED),
    Feature.RECORD_PAUSE: FeatureRule(code="*2", scope=Scope.PRESSED),
}
"""Every feature with its code as the box comes."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for by a code. ``argument`` is "" when none was dialled."""

    feature: Feature
    argument: str


class FeatureCodes:
    """The codes of one site. ``codes`` has each feature's code; ``OFF`` and one that is absent
    are features the site does not have."""

    def __init__(self, codes: Mapping[Feature, str]) -> None:
        self._codes = {feature: code for feature, code in codes.items() if code != OFF}
        self._dialled = sorted(
            (f for f in self._codes if FEATURES[f].scope is Scope.DIALLED),
            key=lambda feature: len(self._codes[feature]),
            reverse=True,
        )

    def __contains__(self, dialled: object) -> bool:
        """Whether a dialled number asks for a feature."""
        return isinstance(dialled, str) and self.parse(dialled) is not None

    def code_of(self, feature: Feature) -> str:
        """The code of a feature, "" where the site does not have it."""
        return self._codes.get(feature, "")

    def parse(self, dialled: str) -> Request | None:
        """What a dialled number asks for; None when it is no feature code. Of two codes that fit,
        the longer one is meant: ``*81101`` is not ``*8`` with something behind it."""
        return next(self._readings(dialled), None)

    def pressed(self, keys: str) -> Feature | None:
        """The feature whose code is what a party pressed in a call."""
        for feature, code in self._codes.items():
            if code == keys and FEATURES[feature].scope is Scope.PRESSED:
                return feature
        return None

    def _readings(self, dialled: str) -> Iterator[Request]:
        for feature in self._dialled:
            rest = dialled.removeprefix(code := self._codes[feature])
            if dialled.startswith(code) and _fits(FEATURES[feature], rest):
                yield Request(feature, rest)


DEFAULT_CODES = FeatureCodes({feature: rule.code for feature, rule in FEATURES.items()})
"""The codes as the box comes."""


def _fits(rule: FeatureRule, argument: str) -> bool:
    if not argument:
        return not rule.is_needed
    return _SHAPE[rule.argument].fullmatch(argument) is not None


def clashes(codes: Mapping[Feature, str]) -> Iterator[tuple[Feature, Feature]]:
    """Pairs of features of one scope that cannot be told apart: the same code, or one code that
    reads as the other with an argument."""
    wanted = [(feature, code) for feature, code in codes.items() if code != OFF]
    for index, (feature, code) in enumerate(wanted):
        rule = FEATURES[feature]
        for earlier, other in wanted[:index]:
            if rule.scope is not FEATURES[earlier].scope:
                continue
            if _hides(rule, code, other) or _hides(FEATURES[earlier], other, code):
                yield feature, earlier


def _hides(rule: FeatureRule, code: str, other: str) -> bool:
    """Whether ``other`` reads as ``code`` with an argument of ``rule``, or is the same."""
    return code == other or (
        other.startswith(code) and _SHAPE[rule.argument].fullmatch(other[len(code) :]) is not None
    )
