"""What keys dial: the site's feature codes in place of the words a technician chooses by.

A key says what it is for (park, queue log-in, night switch, intercom, voicemail); the number it
dials follows from the site's codes, and follows them when they change. A value that begins with
``*`` or ``#`` is a number of the technician's own and stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from firmware.model.features import Feature, FeatureCodes
from provisioning.device import Key, KeyKind

FEATURES: Mapping[KeyKind, Feature] = {
    KeyKind.PARK: Feature.PARK,
    KeyKind.QUEUE: Feature.AGENT_LOG_IN,
    KeyKind.QUEUE_OUT: Feature.AGENT_LOG_OUT,
    KeyKind.PAUSE: Feature.AGENT_PAUSE,
    KeyKind.READY: Feature.AGENT_RESUME,
    KeyKind.WRAPPED_UP: Feature.AGENT_WRAP_UP_DONE,
    KeyKind.NIGHT: Feature.NIGHT_SWITCH,
    KeyKind.INTERCOM: Feature.INTERCOM,
    KeyKind.VOICEMAIL: Feature.VOICEMAIL,
}
"""The feature behind each kind of key that has one."""

ONLY_DIAL = frozenset({KeyKind.PAUSE, KeyKind.READY, KeyKind.WRAPPED_UP})
"""Kinds that reach families as a speed dial: there is no lamp to them."""


def with_number(key: Key, codes: FeatureCodes) -> Key:
    """``key`` with the number it dials, of a kind that families know; an empty key where the site
    does not have the feature.

    Its value (a slot, an extension) goes behind the code where the feature takes one.
    """
    feature = FEATURES.get(key.kind)
    if key.kind in ONLY_DIAL:
        key = replace(key, kind=KeyKind.SPEED_DIAL)
    if feature is None or key.value.startswith(("*", "#")):
        return key
    code = codes.code_of(feature)
    if not code:
        return replace(key, kind=KeyKind.NONE, value="")
    whole = codes.parse(code + key.value)
    fits = whole is not None and whole.feature is feature
    return replace(key, value=code + key.value if fits else code)
