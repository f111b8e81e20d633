"""Gigaset's desk telephones P8xx, which read Snom's documents under other names."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.snom import files, params

FAMILY = Family(
    name="gigaset_desk",
    title="Gigaset P8xx",
    models=models_of("gigaset_desk"),
    known="snom",
    user_agents=(
        r"\bGigaset(?P<model>P[78]\w+)-SIP (?P<firmware>[\d.]+)(?:.*\s(?P<mac>[0-9a-f]{12})\b)?",
    ),
    ouis=words("000413"),
    pnp_vendors=("gigaset p8",),
    pnp="{base}{mac}.xml",
    rules=(
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"Gigaset(?P<model>P[78]\w+)\.(?:htm|xml)",
            path="Gigaset{code}.htm",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.FIRMWARE,
            pattern=r"Gigaset(?P<model>P[78]\w+)-firmware\.(?:htm|xml)",
            path="Gigaset{code}-firmware.htm",
            write=files.firmware,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"(?:Gigaset(?P<model>P[78]\w+)-)?{MAC}\.(?:htm|xml)",
            path="Gigaset{code}-{mac}.htm",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:tbook|phonebook)\.xml",
            path="phonebook.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    module_keys=18,
    dhcp={114: "{base}", 66: "{base}"},
)
