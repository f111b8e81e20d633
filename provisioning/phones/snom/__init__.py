"""Snom: desk telephones 3xx, 7xx, 8xx, D series, and DECT bases M. XML with attributes."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.snom import files, params

MODEL = r"(?P<model>[A-Z]{0,2}\d+[A-Z]*(?:-WiMi)?|MP)"

FAMILY = Family(
    name="snom",
    title="Snom",
    models=models_of("snom"),
    known="snom",
    unlisted=params.DECT_NAMES,
    user_agents=(
        (
            r"\bsnom(?P<model>\w+)-SIP (?P<firmware>[\d.]+)"
            r"(?:.*\s(?P<mac>[0-9a-f]{12})\b)?"
        ),
        r"\bsnom (?P<model>[MC]\d+\S*) (?P<firmware>[\d.]+)(?:\s+(?P<mac>[0-9a-f]{12})\b)?",
        r"\bsnom lid (?P<firmware>\d+)",
    ),
    vendor_classes=(r"^snom(?P<model>\w+)",),
    ouis=words("000413"),
    pnp_vendors=("snom", "oem"),
    pnp="{base}{MAC}.xml",
    rules=(
        FileRule(
            kind=FileKind.MODEL,
            pattern=rf"snom{MODEL}\.htm",
            path="snom{model}.htm",
            write=files.model_list,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=rf"snom{MODEL}\.xml",
            path="snom{model}.xml",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.BOOT,
            pattern=rf"snom(?:{MODEL})?-{MAC}\.htm",
            path="snom{model}-{MAC}.htm",
            write=files.device_list,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}\.(?:xml|cfg)",
            path="{MAC}.xml",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.FIRMWARE,
            pattern=rf"snom{MODEL}-firmware\.(?:xml|htm)",
            path="snom{model}-firmware.xml",
            write=files.firmware,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.LANGUAGE,
            pattern=r"(?P<list>gui|web)_lang\.xml",
            path="gui_lang.xml",
            write=files.languages,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"snom(?:-general)?\.(?:xml|htm)",
            path="snom-general.xml",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:tbook|phonebook|directory)\.xml",
            path="phonebook.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"C520-WiMi_{MAC}\.cfg",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    module_keys=18,
)
