"""Telephones and gateways that we can name but write nothing for: the console shows them."""

from __future__ import annotations

from provisioning.device import Device, FileKind
from provisioning.phones.family import Family, FileRule, Model, models_of, words
from provisioning.phones.writers import Settings


def settings(_device: Device, _model: Model) -> Settings:
    """Nothing: we do not know these telephones' words."""
    return {}


FAMILY = Family(
    name="recognised",
    title="Recognised only",
    models=models_of("recognised"),
    user_agents=(
        r"^AUDC-IPPhone/(?P<firmware>[\w.]+) \((?P<model>\w+)-\w+; (?P<mac>[0-9a-f]{12})\)",
        r"^SmartNode \(Model:(?P<model>\w+).*?;.*Software Version:(?P<firmware>\S+)",
        (
            r"^THOMSON (?P<model>\w+) hw\w+ fw(?P<firmware>\S+)"
            r" (?P<mac>(?:[0-9a-f]{2}-?){6})"
        ),
        r"^Akuvox (?P<model>\S+) (?P<firmware>[\d.]+)(?: (?P<mac>[0-9a-f:]{12,17}))?",
    ),
    vendor_classes=(r"^(?P<model>SN\d{4})",),
    ouis=words("00908f 00a0ba 00147f 0c1105 9c7514"),
    pnp="",
    rules=(
        FileRule(kind=FileKind.ABSENT, pattern=r"algom?(?P<mac>[0-9a-f]{12})\.conf"),
        FileRule(kind=FileKind.ABSENT, pattern=r"VCS754_(?P<mac>[0-9a-f]{12})\.cfg"),
        FileRule(
            kind=FileKind.ABSENT,
            pattern=r"(?P<mac>[0-9a-f]{12})_(?:phonebook|extern)\.xml",
        ),
    ),
    settings=settings,
    dhcp={},
)
