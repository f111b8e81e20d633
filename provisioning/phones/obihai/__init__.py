"""Poly OBi telephones and ATAs. A list of objects, each with its parameters.

The default ConfigURL (``tftp://$DHCPOPT66/$DM.xml``) is unproven, as the fact book says: these
are best told their address on their own page.
"""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.obihai import params

FAMILY = Family(
    name="obihai",
    title="Poly OBi",
    models=models_of("obihai"),
    known="obihai",
    unlisted=params.UNLISTED,
    user_agents=(r"^OBIHAI/(?P<model>OBi\w+)-(?P<firmware>[\w.]+)",),
    vendor_classes=(r"^(?P<model>OBi\d+)",),
    ouis=words("9cadef"),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.MODEL,
            pattern=r"(?P<model>OBi\d+|ATA40\d)\.xml",
            path="{model}.xml",
            write=params.config,
            content_type=writers.XML_TYPE,
        ),
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"(?:OBi)?{MAC}\.xml",
            path="{MAC}.xml",
            write=params.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    resync_event="resync",
)
