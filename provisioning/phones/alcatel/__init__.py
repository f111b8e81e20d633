"""Alcatel-Lucent Enterprise: Myriad M, H, 80x8s in SIP mode. XML of settings with ids."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.alcatel import params
from provisioning.phones.family import MAC, Family, FileRule, models_of, words

FAMILY = Family(
    name="alcatel",
    title="Alcatel-Lucent Enterprise",
    models=models_of("alcatel"),
    known="alcatel",
    user_agents=(
        (
            r"^ALE (?P<model>(?:ALE-)?[A-Z]?\d+\w?)(?:-\w+)? (?P<firmware>[\d.]+)"
            r"(?: (?P<mac>[0-9a-f]{12}))?"
        ),
        r"^Alcatel IP Touch (?P<model>\d{4}\w*)/(?P<firmware>[\d.]+)",
    ),
    vendor_classes=(r"^aledevice", r"^ictouch\.0", r"^alcatel\.(?:ictouch|noe|sip)\.0"),
    ouis=words("3c28a6 487a55 00809f"),
    pnp_vendors=("ale", "alcatel"),
    pnp="{base}config.{mac}.xml",
    rules=(
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"config\.{MAC}\.xml",
            path="config.{mac}.xml",
            write=params.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"config\.(?P<model>(?:ALE-)?[A-Z]?\d+\w?)\.xml",
            path="config.{model}.xml",
            write=params.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=rf"sipconfig(?:-{MAC})?\.txt"),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:directory|phonebook)\.xml",
            path="phonebook.xml",
            write=params.phonebook,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    dhcp={43: "{base}", 66: "{base}"},
    resync_event="check-sync",
)
