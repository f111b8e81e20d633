"""Linphone on a computer or mobile: fetches XML from an address that a QR code or a person gave it.

It does not say who it is (Debian's calls itself "Unknown"), and takes a 401 for failure: its
address must carry the token.
"""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import Family, FileRule, models_of
from provisioning.phones.linphone import params

FAMILY = Family(
    name="linphone",
    title="Linphone",
    models=models_of("linphone"),
    known="linphone",
    unlisted=frozenset(("passwd", "contact")),  # liblinphone's source
    user_agents=(
        r"^Linphone(?P<model>[\w ]*)/(?P<firmware>[\d.]+)",
        r"\bLinphoneSDK/(?P<firmware>[\d.]+)",
    ),
    pnp="",
    rules=(
        FileRule(
            kind=FileKind.DEVICE,
            pattern=r"linphone/(?P<number>[\w.+*-]+?)(?:\.xml)?",
            path="linphone/{number}.xml",
            write=params.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    dhcp={},
    resync_event="check-sync",
)
