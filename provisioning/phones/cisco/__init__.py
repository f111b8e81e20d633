"""Cisco: SPA and multiplatform (3PCC) telephones, SPA1x2 and ATA19x, Linksys before. Flat XML."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.cisco import files, params
from provisioning.phones.family import MAC, Family, FileRule, models_of, words

FAMILY = Family(
    name="cisco",
    title="Cisco SPA, ATA and multiplatform",
    models=models_of("cisco"),
    known="cisco",
    unlisted=frozenset(("Extension_#_", "Short_Name_#_", "Extended_Function_#_")),  # wazo-provd
    user_agents=(
        r"^Cisco-(?P<model>(?:CP|DP)-\w+(?:-3PCC)?)/(?P<firmware>\S+) \((?P<mac>[0-9a-f]{12})\)",
        (
            r"^Cisco/(?P<model>ATA\d+)-MPP-(?P<firmware>\S+)"
            r"(?: \((?P<mac>[0-9a-f]{12})\))?"
        ),
        r"^Cisco/(?P<model>\w+)-(?P<firmware>\S+) (?:\((?P<mac>[0-9a-f]{12})\))?(?:\(\w+\))?",
        # What stands in Linksys' brackets is a serial number, even where it looks like a MAC.
        r"^Linksys/(?P<model>[\w-]+)-(?P<firmware>[^\s-]+) \(\w+\)",
    ),
    vendor_classes=(
        r"^(?P<model>(?:CP|DP)-\w+-3PCC)",
        r"^(?:CISCO|LINKSYS) (?P<model>(?:SPA|ATA|PAP)-?\w+)",
        r"^Cisco Systems, Inc\. IP Phone (?P<model>\S+)",
    ),
    ouis=words("000c41 000e08 000f66 001217 8843e1 00562b 0002fd"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.BOOT,
            pattern=r"(?P<model>(?:spa|pap|ata)-?\d\w*|(?:CP|DP)-\w+(?:-3PCC)?)\.(?:cfg|xml)",
            path="{model_psn}.cfg",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.BOOT,
            pattern=r"(?:init|generic|spa\w*)\.(?:cfg|xml)",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"(?:(?P<model>(?:CP|DP)-\w+(?:-3PCC)?)/)?(?:init_)?{MAC}\.(?:xml|cfg)",
            path="{mac}.xml",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"ATA{MAC}\.cnf\.xml",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=rf"(?:CTLSEP|ITLSEP){MAC}\.tlv|ITLFile\.tlv"),
        FileRule(
            kind=FileKind.ABSENT,
            pattern=rf"SEP{MAC}\.cnf\.xml|SIPDefault\.cnf|XMLDefault\.cnf\.xml",
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
    never_in_labels=";=",
    module_keys=32,
    dhcp={66: "{base}$MA.xml", 160: "{base}$MA.xml"},
    push="http://{address}/admin/resync?{own}",  # the vendor's provisioning guide
    resync_event="check-sync",
    reboot_event="reboot=true",
    model_of=params.model_of,
)
