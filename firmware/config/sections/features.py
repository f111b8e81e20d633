"""The section ``features``: the site's feature codes, and what they may not collide with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from firmware.config.problem import Problem
from firmware.config.scalar import shown
from firmware.config.types import Section, text
from firmware.model.features import FEATURES, OFF, Feature, FeatureCodes, clashes

Item = Mapping[str, Any]

Code = Annotated[
    str, text(r"^([0-9*#]{1,8}|off)$", '1 to 8 of the keys 0-9, * and #, or "off" for none')
]


def _code(feature: Feature) -> str:
    return FEATURES[feature].code


class Features(Section):
    """Feature codes: what is dialled to reach each feature; "off" takes it away."""

    help: Code = _code(Feature.HELP)
    forward_always_on: Code = _code(Feature.FORWARD_ALWAYS_ON)
    forward_always_off: Code = _code(Feature.FORWARD_ALWAYS_OFF)
    forward_busy_on: Code = _code(Feature.FORWARD_BUSY_ON)
    forward_busy_off: Code = _code(Feature.FORWARD_BUSY_OFF)
    forward_no_answer_on: Code = _code(Feature.FORWARD_NO_ANSWER_ON)
    forward_no_answer_off: Code = _code(Feature.FORWARD_NO_ANSWER_OFF)
    forward_unreachable_on: Code = _code(Feature.FORWARD_UNREACHABLE_ON)
    forward_unreachable_off: Code = _code(Feature.FORWARD_UNREACHABLE_OFF)
    forwards_off: Code = _code(Feature.FORWARDS_OFF)
    dnd_on: Code = _code(Feature.DND_ON)
    dnd_off: Code = _code(Feature.DND_OFF)
    dnd_toggle: Code = _code(Feature.DND_TOGGLE)
    call_waiting_on: Code = _code(Feature.CALL_WAITING_ON)
    call_waiting_off: Code = _code(Feature.CALL_WAITING_OFF)
    follow_me_on: Code = _code(Feature.FOLLOW_ME_ON)
    follow_me_off: Code = _code(Feature.FOLLOW_ME_OFF)
    redial: Code = _code(Feature.REDIAL)
    call_back: Code = _code(Feature.CALL_BACK)
    speed_dial: Code = _code(Feature.SPEED_DIAL)
    speed_dial_set: Code = _code(Feature.SPEED_DIAL_SET)
    hot_desk_in: Code = _code(Feature.HOT_DESK_IN)
    hot_desk_out: Code = _code(Feature.HOT_DESK_OUT)
    wake_up_on: Code = _code(Feature.WAKE_UP_ON)
    wake_up_off: Code = _code(Feature.WAKE_UP_OFF)
    voicemail: Code = _code(Feature.VOICEMAIL)
    voicemail_any: Code = _code(Feature.VOICEMAIL_ANY)
    voicemail_of: Code = _code(Feature.VOICEMAIL_OF)
    night_switch: Code = _code(Feature.NIGHT_SWITCH)
    pickup: Code = _code(Feature.PICKUP)
    pickup_directed: Code = _code(Feature.PICKUP_DIRECTED)
    park: Code = _code(Feature.PARK)
    intercom: Code = _code(Feature.INTERCOM)
    paging: Code = _code(Feature.PAGING)
    agent_log_in: Code = _code(Feature.AGENT_LOG_IN)
    agent_log_out: Code = _code(Feature.AGENT_LOG_OUT)
    agent_pause: Code = _code(Feature.AGENT_PAUSE)
    agent_resume: Code = _code(Feature.AGENT_RESUME)
    agent_wrap_up_done: Code = _code(Feature.AGENT_WRAP_UP_DONE)
    agent_wrap_up_more: Code = _code(Feature.AGENT_WRAP_UP_MORE)
    record: Code = _code(Feature.RECORD)
    record_pause: Code = _code(Feature.RECORD_PAUSE)

    @property
    def codes(self) -> FeatureCodes:
        """As the exchange reads them."""
        return FeatureCodes(codes_of(self.model_dump()))


def codes_of(written: Item) -> dict[Feature, str]:
    """Each feature's code in a section that may be half written; one of a wrong shape is out."""
    codes = {feature: written.get(feature, _code(feature)) for feature in Feature}
    return {feature: code for feature, code in codes.items() if isinstance(code, str)}


def check(document: Item, numbers: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Every problem of the section. ``numbers`` are the paths and texts of all other numbers
    that telephones dial: extensions, menus, queues, groups, emergency numbers."""
    written = document.get("features")
    section = written if isinstance(written, dict) else {}
    codes = codes_of(section)
    for feature, other in clashes(codes):
        later, earlier = (feature, other) if feature in section else (other, feature)
        yield Problem(
            path=f"features.{later}",
            value=shown(codes[later]),
            reason=f"cannot be told from features.{earlier} ({codes[earlier]})",
            suggestion=f'give one of them another code, or "{OFF}"',
        )
    read = FeatureCodes(codes)
    for path, number in numbers:
        if (request := read.parse(number)) is not None:
            yield Problem(
                path=path,
                value=shown(number),
                reason=f"is the code of features.{request.feature} ({codes[request.feature]})",
                suggestion="choose another number, or another code for the feature",
            )
