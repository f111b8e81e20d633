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
    KeyKind.NIGHT: Feature.NIGHT_SWITCH,
    KeyKind.INTERCOM: Feature.INTERCOM,
    KeyKind.VOICEMAIL: Feature.VOICEMAIL,
}
"""The feature behind each kind of key that has one."""


def with_number(key: Key, codes: FeatureCodes) -> Key:
    """``key`` with the number it dials; an empty key where the site does not have the feature.

    Its value (a slot, an extension) goes behind the code where the feature takes one.
    """
    feature = FEATURES.get(key.kind)
    if feature is None or key.value.startswith(("*", "#")):
        return key
    code = codes.code_of(feature)
    if not code:
        return replace(key, kind=KeyKind.NONE, value="")
    whole = codes.parse(code + key.value)
    fits = whole is not None and whole.feature is feature
    return replace(key, value=code + key.value if fits else code)
