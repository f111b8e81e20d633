"""Fanvil: X, V, H, W, C and i series, and what it makes for others. One nested XML document."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.fanvil import files, params

FAMILY = Family(
    name="fanvil",
    title="Fanvil",
    models=models_of("fanvil"),
    known="fanvil",
    unlisted=frozenset(("DownloadDeviceConf", "alert")),
    user_agents=(
        (
            r"^(?:Fanvil|Nethesis) (?P<model>(?:[A-Za-z]+-?[A-Z]*\d+\w*(?:-\w+)?(?: Pro)?))"
            r" (?P<firmware>[\w.-]+) (?P<mac>(?:[0-9a-f]{2}:?){6})"
        ),
        r"^(?:Fanvil|Nethesis) (?P<model>\S+)",
    ),
    vendor_classes=(r"^Fanvil ?(?P<model>\S*)", r"^Nethesis (?P<model>\S+)"),
    ouis=words("0c383e 00a859 e0e656"),
    pnp_vendors=("fanvil", "voip phone", "nethesis"),
    pnp="{base}{mac}.cfg",
    rules=(
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"(?P<code>F0\w*\d[\w.]*)\.cfg",
            path="{code}.cfg",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"fanvil_(?P<model>\w+?)_hwv?\d+_\d+\.txt",
            path="fanvil_{model_under}_hwv2_0.txt",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}\.(?:cfg|txt|xml)",
            path="{mac}.cfg",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:directory|phonebook)\.xml",
            path="phonebook.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    module_keys=32,
    dhcp={66: "{base}$mac.cfg", 43: "{base}$mac.cfg"},
    resync_event="check-sync",
)
