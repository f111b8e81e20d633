"""Avaya J1xx with open SIP (3PCC) firmware. Text of ``SET NAME "value"`` and ``GET file``."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.avaya import params
from provisioning.phones.family import MAC, Family, FileRule, models_of, words

FAMILY = Family(
    name="avaya",
    title="Avaya J1xx",
    models=models_of("avaya"),
    known="avaya",
    unlisted=frozenset(("DSTOFFSET",)),  # vendor's guide
    user_agents=(
        (
            r"\bAVAYA/(?:SIP)?(?P<model>[A-Z]?\d+x?\d*)-?(?P<firmware>[\w.]+)?"
            r"(?: \(MAC:(?P<mac>[0-9a-f]{12})\))?"
        ),
    ),
    vendor_classes=(r"^ccp\.avaya\.com", r"^Avaya"),
    ouis=words("c81fea 04ea0c"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.BOOT,
            pattern=r"(?:J100S|96x1S|96x1H)?upgrade\.txt",
            path="J100Supgrade.txt",
            write=params.upgrade,
        ),
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"46xxsettings\.txt",
            path="46xxsettings.txt",
            write=params.common,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"(?:SIP)?{MAC}\.(?:txt|cfg)",
            path="{mac}.txt",
            write=params.config,
            secret=True,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=r"1[12]\d0SIP\.cfg|DeviceConfig\.cfg"),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:directory|phonebook)\.xml",
            path="phonebook.xml",
            write=params.phonebook,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    never_in_names='"',
    never_in_labels=";=",
    dhcp={242: "HTTPSRVR={host},HTTPPORT={port},HTTPDIR=/{path}"},
)
