"""Yealink: T2 to T8, W (DECT), CP, VP, AX. Text files, ``name = value``."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.yealink import files, params

FAMILY = Family(
    name="yealink",
    title="Yealink",
    models=models_of("yealink"),
    known="yealink",
    user_agents=(
        (
            r"^(?:yealink\s+(?:SIP(?: VP)?-)?(?=[A-Z]+\d)|(?=(?:VP|W)\d))"
            r"(?P<model>[\w-]+)\s+(?P<firmware>[\d.]+)(?:\s+(?P<mac>(?:[0-9a-f]{2}:?){6}))?\s*$"
        ),
        r"^yealink-(?P<model>\w+)\s+(?P<firmware>[\d.]+)\s+[\d.]+$",
    ),
    vendor_classes=(r"^yealink",),
    ouis=words(
        "001565 249ad8 3497d7 44dbd2 644f56 805e0c 805ec0 b061a9 c4fc22 e434d7 ec1da9 f01653"
    ),
    pnp_vendors=("yealink",),
    rules=(
        FileRule(
            kind=FileKind.BOOT,
            pattern=rf"{MAC}\.boot",
            path="{mac}.boot",
            write=files.boot,
        ),
        FileRule(
            kind=FileKind.BOOT,
            pattern=r"y0{12}\.boot",
            path="y000000000000.boot",
            write=files.boot,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"y(?P<code>\d{12})\.cfg",
            path="y{code:0>12}.cfg",
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
        FileRule(kind=FileKind.UPLOAD, pattern=rf"{MAC}(?:-\w+\.(?:log|xml|cfg)|\.log)"),
        FileRule(kind=FileKind.ABSENT, pattern=r"(?:favorite_setting|super_search)\.xml"),
    ),
    settings=params.settings,
    module_keys=60,
)
