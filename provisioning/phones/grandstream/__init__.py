"""Grandstream: GXP, GRP, GXV telephones and HT ATAs. XML of numbered P values."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.grandstream import files, params

FAMILY = Family(
    name="grandstream",
    title="Grandstream",
    models=models_of("grandstream"),
    known="grandstream",
    unlisted=frozenset(("P23007", "P23008")),  # a gap in the list, not in the series
    user_agents=(
        r"^Grandstream Model HW (?P<model>\w+)(?:\s+V\S+)? SW (?P<firmware>\S+) DevId (?P<mac>\S+)",
        r"^Grandstream (?P<model>\w+) .*:(?P<firmware>[^ :)]+)\) DevId (?P<mac>\S+)",
        r"^Grandstream (?P<model>(?:GX|GR|GH|HT|DP|WP|GAC|GDS|GSC)\w+)",
    ),
    vendor_classes=(r"^Grandstream (?P<model>\w+)", r"^(?P<model>HT8\d\d)$"),
    ouis=words("000b82 c074ad ec74d7"),
    pnp_vendors=("grandstream",),
    rules=(
        FileRule(kind=FileKind.ABSENT, pattern=rf"cfg{MAC}(?:\.bin)?"),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"cfg{MAC}\.xml",
            path="cfg{mac}.xml",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"cfg(?P<model>(?:gxp|grp|gxv|ghp|gac|gds|gsc|ht|dp|wp)\w+)\.xml",
            path="cfg{model_lower}.xml",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.COMMON,
            pattern=r"cfg\.xml",
            path="cfg.xml",
            write=files.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"phonebook\.xml",
            path="phonebook.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=r"(?:gs_)?(?:phonebook\.gz|lang\.txt|ring\d\.bin)"),
    ),
    settings=params.settings,
    module_keys=40,
    dhcp={66: "{base}", 160: "{base}"},
    resync_event="resync",
)
