"""Panasonic KX-UT, KX-HDV, KX-TGP. Text, ``NAME="value"``, with a first line they insist on."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.panasonic import params

MODEL = r"(?P<model>KX-\w+)"

FAMILY = Family(
    name="panasonic",
    title="Panasonic KX",
    models=models_of("panasonic"),
    known="panasonic",
    user_agents=(
        r"^Panasonic[_ /](?P<model>KX-\w+)/(?P<firmware>[\w.]+)(?: \((?P<mac>[0-9a-f]{12})\))?",
    ),
    vendor_classes=(r"^Panasonic",),
    ouis=words("0080f0 bcc342"),
    pnp_vendors=("panasonic",),
    pnp="{base}Config{MAC}.cfg",
    rules=(
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"Config{MAC}\.cfg",
            path="Config{MAC}.cfg",
            write=params.config,
            secret=True,
        ),
        FileRule(
            kind=FileKind.BOOT,
            pattern=rf"{MODEL}\.cfg",
            path="{model}.cfg",
            write=params.boot,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=rf"Config{MODEL}\.cfg",
            path="Config{model}.cfg",
            write=params.config,
        ),
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"ConfigCommon\.cfg",
            path="ConfigCommon.cfg",
            write=params.config,
        ),
    ),
    settings=params.settings,
    never_in_names='"',
    dhcp={160: "{base}{{MODEL}}.cfg", 66: "{base}{{MODEL}}.cfg"},
    resync_event="check-sync",
)
