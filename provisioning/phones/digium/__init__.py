"""Digium D series and Sangoma P series. XML of settings, accounts and contacts."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.digium import params
from provisioning.phones.family import MAC, Family, FileRule, models_of, words

FAMILY = Family(
    name="digium",
    title="Digium D, Sangoma P",
    models=models_of("digium"),
    known="digium",
    unlisted=params.ACCOUNT_NAMES,
    user_agents=(
        r"^Digium (?P<model>D\d+) (?P<firmware>[\w.]+)(?: (?P<mac>(?:[0-9a-f]{2}:?){6}))?",
        r"^Sangoma (?P<model>P\d{3}) (?P<firmware>[\w.]+)(?: (?P<mac>(?:[0-9a-f]{2}:?){6}))?",
    ),
    vendor_classes=(r"^digium_(?P<model>D\d+)_(?P<firmware>[\d_]+)", r"^sangoma_(?P<model>P\d+)"),
    ouis=words("000fd3"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"0{12}\.cfg",
            write=params.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}\.cfg",
            path="{mac}.cfg",
            write=params.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=rf"{MAC}-contacts\.(?:cfg|xml)",
            path="{mac}-contacts.xml",
            write=params.contacts,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=rf"{MAC}-smartblf\.(?:cfg|xml)",
            path="{mac}-smartblf.xml",
            write=params.lamps,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    resync_event="check-sync",
)
