"""Mitel 68xx and 69xx, Aastra 67xx and before. Text, ``name: value``."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones.aastra import params
from provisioning.phones.family import MAC, Family, FileRule, models_of, words

FAMILY = Family(
    name="aastra",
    title="Mitel and Aastra",
    models=models_of("aastra"),
    known="aastra",
    unlisted=params.UNLISTED,
    user_agents=(
        r"^(?:Aastra|Mitel)(?P<model>\w+) MAC:(?P<mac>\S+) V:(?P<firmware>\S+?)(?:-SIP)?$",
    ),
    vendor_classes=(r"^AastraIPPhone(?P<model>\w+)", r"^Mitel(?:IPPhone)?(?P<model>\w*)"),
    ouis=words("00085d 1400e9"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.BOOT,
            pattern=r"(?:startup|aastra)\.cfg",
            path="startup.cfg",
            write=params.config,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}\.cfg",
            path="{MAC}.cfg",
            write=params.config,
            secret=True,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"(?P<model>\d{2,4}[iw]?)\.cfg",
            path="{model}.cfg",
            write=params.config,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=rf"(?:security|startup|{MAC}|\d{{4}}[iw]?)\.tuz"),
        FileRule(kind=FileKind.ABSENT, pattern=rf"\w+\.st|MN_(?:Generic|{MAC})\.cfg"),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:directory|phonebook)\.csv",
            path="directory.csv",
            write=params.phonebook,
        ),
    ),
    settings=params.settings,
    module_keys=28,
    dhcp={43: "{base}", 66: "{base}", 160: "{base}"},
    resync_event="check-sync",
)
