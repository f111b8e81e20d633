"""Poly and Polycom with UC Software: SoundPoint, SoundStation, VVX, CCX, Edge E. XML attributes."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.polycom import files, params

FAMILY = Family(
    name="polycom",
    title="Poly VVX, Edge E, SoundPoint",
    models=models_of("polycom"),
    known="polycom",
    unlisted=params.UNLISTED,
    user_agents=(
        (
            r"^FileTransport Poly\w*?-(?P<model>\w+?)-UA/(?P<firmware>[\d.]+)"
            r"(?:.*\((?P<mac>[0-9a-f]{12})\))?"
        ),
        r"^Poly(?:com)?[ /](?P<model>(?:VVX|CCX|Edge|Trio)\S*)[ /](?P<firmware>[\d.]+)",
    ),
    vendor_classes=(r"^Polycom[- ]?(?P<model>\S*)", r"^Poly-(?P<model>\S+)"),
    ouis=words("0004f2 64167f 482567"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.BOOT,
            pattern=rf"(?!0{{12}}){MAC}\.cfg",
            path="{mac}.cfg",
            write=files.master,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.BOOT,
            pattern=r"0{12}\.cfg",
            path="000000000000.cfg",
            write=files.master,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}-(?:user|registration)\.cfg",
            path="{mac}-user.cfg",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"(?:sip|phone1|custom|common|site)\.cfg",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=rf"(?!0{{12}}){MAC}-directory\.xml",
            path="{mac}-directory.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"0{12}-directory\.xml",
            path="000000000000-directory.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.UPLOAD,
            pattern=rf"{MAC}-(?:(?:app|boot|now|ref)\w*\.log|(?:phone|web)\.cfg|calls\.xml)",
        ),
        FileRule(kind=FileKind.ABSENT, pattern=rf"{MAC}-(?:license|feature)\w*\.cfg|license\.cfg"),
        FileRule(kind=FileKind.ABSENT, pattern=r"[\w.-]*(?:sip\.ld|bootrom\.ld|sip\.ver)"),
    ),
    settings=params.settings,
    module_keys=28,
    dhcp={66: "{base}", 160: "{base}"},
    resync_event="check-sync",
    reboot_event="check-sync",
)
