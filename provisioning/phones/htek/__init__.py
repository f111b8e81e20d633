"""Htek, and Sangoma's S series made by it. XML of P values that also say their names."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.htek import files, params

FAMILY = Family(
    name="htek",
    title="Htek, Sangoma S",
    models=models_of("htek"),
    known="htek",
    user_agents=(
        (
            r"^(?:Htek|Sangoma) (?P<model>(?:UC|S)\w+) (?P<firmware>\S+)"
            r"(?: (?P<mac>(?:[0-9a-f]{2}:?){6}))?"
        ),
    ),
    vendor_classes=(r"^Htek ?(?P<model>\S*)", r"^Sangoma (?P<model>S\d+)"),
    ouis=words("001fc1 005058"),
    pnp_vendors=("htek", "hanlong", "sangoma"),
    rules=(
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"cfg(?P<code>\d{4})\.xml",
            path="cfg{code:0>4}.xml",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=rf"cfg{MAC}(?:\.bin)?"),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"(?:cfg)?{MAC}\.xml",
            path="cfg{mac}.xml",
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
    resync_event="resync",
)
