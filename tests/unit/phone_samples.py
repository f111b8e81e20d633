"""The telephones that golden files are written for: ``python -m tests.unit.phone_samples``.

Names carry what breaks careless templates: quotation marks, ``&``, ``]]>``, Persian.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from provisioning.codes import ONLY_DIAL
from provisioning.device import (
    Account,
    AtaPort,
    Contact,
    Device,
    Key,
    KeyKind,
    LanguagePack,
    Ring,
    Srtp,
    Tone,
)
from provisioning.phones import families, family_of
from provisioning.phones.family import Family, Model

GOLDEN = Path(__file__).with_name("golden")
HOSTILE = "علی \"A&B\" <x> ]]> 'y'"
QUOTELESS = "علی A&B <x> ]]> 'y'"
SAMPLES = {
    "yealink": ("T46G", "T31G"),
    "grandstream": ("GXP1628", "HT802", "HT818"),
    "snom": ("D785", "M700"),
    "fanvil": ("X4",),
    "cisco": ("SPA504G", "SPA112", "CP-7841-3PCC"),
    "polycom": ("VVX400",),
    "obihai": ("OBi1062", "OBi302"),
    "gigaset": ("N510 IP PRO", "N870 IP PRO", "Maxwell 3"),
    "gigaset_desk": ("P825",),
    "panasonic": ("KX-UT136",),
    "htek": ("UC903",),
    "alcatel": ("M3",),
    "avaya": ("J179",),
    "aastra": ("6867i",),
    "flyingvoice": ("FIP13G",),
    "digium": ("D65",),
    "linphone": ("Linphone console",),
    "zenitel": ("IP station",),
}
TONES = {
    "dial": Tone(freqs_hz=(425,)),
    "busy": Tone(freqs_hz=(425,), cadence_ms=(500, 500)),
    "ringback": Tone(freqs_hz=(425,), cadence_ms=(1000, 4000)),
    "congestion": Tone(freqs_hz=(425,), cadence_ms=(240, 240)),
}
PASSWORD = "wW9-secret-of-"
ADMIN = "adm-secret-7"


def sample(family: Family, model: Model, name: str | None = None) -> Device:
    """A telephone that uses everything we can tell one."""
    shown = HOSTILE if name is None else name
    keys = tuple(
        Key(kind=kind, value=f"3{number:02d}", label=shown if kind is KeyKind.BLF else kind.value)
        for number, kind in enumerate(kind for kind in KeyKind if kind not in ONLY_DIAL)
    )
    return Device(
        mac="02005e4aa937",
        vendor=model.vendor,
        model=model.name,
        family=family.name,
        base_url="http://192.0.2.2:8088/p/5f0c3a/",
        accounts=tuple(
            account(number, shown) for number in range(1, min(2, max(1, model.accounts)) + 1)
        ),
        keys=keys,
        expansion_keys=(keys[:3],) if model.modules else (),
        ata_ports=tuple(AtaPort(index=port, tones=TONES) for port in range(1, model.ports + 1)),
        ntp_server="192.0.2.2",
        language="fa",
        tones=TONES,
        admin_password=ADMIN,
        phonebook_url="http://192.0.2.2:8088/p/5f0c3a/phonebook.xml",
        contacts=(Contact(name=shown, number="201", group="فروش"),),
        wallpaper_url="http://192.0.2.2:8088/p/5f0c3a/wallpaper.png",
        firmware_url="http://192.0.2.2:8088/firmware/new.bin",
        firmware_version="9.9",
        ca_url="http://192.0.2.2:8088/ca.pem",
        language_packs=(
            LanguagePack(language="fa", name="فارسی", url="http://192.0.2.2:8088/lang/fa.xml"),
        ),
        rings=(Ring(alert_info="internal", tone=2),),
        pickup_code="**",
    )


def account(number: int, name: str) -> Account:
    return Account(
        number=f"20{number}",
        user=f"u20{number}",
        password=f"{PASSWORD}{number}",
        server="192.0.2.1",
        display_name=name,
        outbound_proxy="192.0.2.1:5062",
        voicemail_number="*97",
        srtp=Srtp.OPTIONAL,
        port_index=number,
    )


def told(family: str, model: str, **changes: object) -> dict[str, str]:
    """Every parameter a model is told, with some of it changed."""
    found = family_of(family)
    known = found.model(model)
    assert known is not None
    device = replace(sample(found, known, "plain"), **changes)  # type: ignore[arg-type]
    return found.preview(device)


def golden_files() -> dict[Path, bytes]:
    """Where each golden file lies, and what it holds."""
    found = {}
    for family in families():
        for name in SAMPLES.get(family.name, ()):
            model = family.model(name)
            assert model is not None, name
            device = sample(family, model)
            for file in family.files(device):
                rendered = family.render(device, file.path)
                if rendered is not None:
                    folder = GOLDEN / family.name / name.replace(" ", "_")
                    found[folder / file.path.replace("/", "_")] = rendered.content
    return found


def main() -> None:
    for path, content in golden_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
