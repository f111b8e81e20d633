"""Flyingvoice, which speaks Yealink's words and asks for Yealink's files."""

from __future__ import annotations

from dataclasses import replace

from provisioning.device import Device, FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, Model, models_of, words
from provisioning.phones.writers import Settings
from provisioning.phones.yealink import files
from provisioning.phones.yealink import params as yealink

# Words of Yealink's that no list of Flyingvoice's has.
NOT_THEIRS = (
    "features.remote_phonebook.enable",
    "local_time.summer_time",
    "local_time.time_zone_name",
    "phone_setting.backgrounds",
    "wallpaper_upload.url",
)


def settings(device: Device, model: Model) -> Settings:
    """Yealink's settings, without the words it does not share."""
    told = yealink.settings(replace(device, language_packs=()), model)
    return {name: value for name, value in told.items() if name not in NOT_THEIRS}


FAMILY = Family(
    name="flyingvoice",
    title="Flyingvoice",
    models=models_of("flyingvoice"),
    known="flyingvoice",
    unlisted=frozenset(("account.#.sip_server.#.transport_type",)),  # without it TLS is lost
    user_agents=(
        (
            r"^Flyingvoice (?P<model>\S+) (?P<firmware>\S+)"
            r"(?: (?P<mac>(?:[0-9a-f]{2}:?){6}))?"
        ),
    ),
    vendor_classes=(r"^Flyingvoice ?(?P<model>\S*)",),
    ouis=words("789912 0021f2"),
    pnp_vendors=("flyingvoice",),
    rules=(
        FileRule(
            kind=FileKind.BOOT,
            pattern=rf"(?:y0{{12}}|{MAC})\.boot",
            path="y000000000000.boot",
            write=files.boot,
        ),
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"y0{12}\.cfg",
            path="y000000000000.cfg",
            write=files.config,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}\.cfg",
            path="{mac}.cfg",
            write=files.config,
            secret=True,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:directory|phonebook)\.xml",
            path="phonebook.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=settings,
)
