"""Gigaset: DECT bases N and Maxwell telephones. Three generations of XML for one vendor."""

from __future__ import annotations

from provisioning.device import FileKind
from provisioning.phones import writers
from provisioning.phones.family import MAC, Family, FileRule, models_of, words
from provisioning.phones.gigaset import files, params

FAMILY = Family(
    name="gigaset",
    title="Gigaset N and Maxwell",
    models=models_of("gigaset"),
    known="gigaset",
    unlisted=params.SYMBOLS,
    user_agents=(
        (
            r"^\"?(?:Gigaset )?(?P<model>(?:N|C|S|T)\d{3}[\w -]*?)/(?P<firmware>[\w.+-]+)"
            r"(?:;(?P<mac>[0-9a-f]{12}))?"
        ),
        r"^\"?(?P<model>Maxwell[\w ]*?)/(?P<firmware>[\w.+-]+)(?:;(?P<mac>[0-9a-f]{12}))?",
    ),
    vendor_classes=(r"^(?:Gigaset_)?(?P<model>N\d{3}\w*)$", r"^Gigaset_(?P<model>\w+)"),
    # 000413 is Snom's, yet Gigaset telephones are seen in it: it decides for nobody alone.
    ouis=words("7c2f80 589ec6 002104 000413"),
    pnp_vendors=("gigaset",),
    pnp="{base}{MAC}.xml",
    rules=(
        FileRule(
            kind=FileKind.DEVICE,
            pattern=rf"{MAC}\.xml",
            path="{MAC}.xml",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(  # Maxwell's only file: whose it is, is told by the address or the user agent
            kind=FileKind.DEVICE,
            pattern=r"provisioning\.xml",
            write=files.config,
            secret=True,
            content_type=writers.XML_TYPE,
        ),
        FileRule(kind=FileKind.ABSENT, pattern=r"(?:master|sifsroot|\w+_\d+|fw\d+|baselines)\.bin"),
        FileRule(kind=FileKind.ABSENT, pattern=r"\d+/\d+/(?:cgi/)?[\w/.]+"),
        FileRule(
            kind=FileKind.PHONEBOOK,
            pattern=r"(?:directory|phonebook)\.xml",
            path="phonebook.xml",
            write=files.phonebook,
            content_type=writers.XML_TYPE,
        ),
    ),
    settings=params.settings,
    dhcp={114: "{base}", 66: "{base}"},
    resync_event="check-sync",
    model_of=lambda wire: wire.replace("_", " "),
)
