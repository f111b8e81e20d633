"""The table of families, models, evidence and abilities: ``python -m provisioning.table``.

What a family can do is not declared but found out: a telephone is described once without and
once with each ability, and the family can do it when it then tells the telephone something else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import resources
from itertools import groupby
from pathlib import Path

from provisioning import country
from provisioning.device import (
    Account,
    AtaPort,
    Contact,
    Device,
    Evidence,
    Key,
    KeyKind,
    LanguagePack,
    Ring,
    Srtp,
    TimeZone,
    Tone,
    Transport,
)
from provisioning.phones import families
from provisioning.phones.family import Family, Model

DOCUMENT = Path("docs/phones.md")
DIALLED = "38114"  # a key counts only where its number is told
BUSY = Tone(freqs_hz=(425,), cadence_ms=(500, 500))
ACCOUNT = Account(number="201", user="201", password="placeholder", server="192.0.2.1")  # noqa: S106


def _account(**changes: object) -> Callable[[Device], Device]:
    return lambda device: replace(
        device,
        accounts=tuple(replace(account, **changes) for account in device.accounts),  # type: ignore[arg-type]
    )


def _device(**changes: object) -> Callable[[Device], Device]:
    return lambda device: replace(device, **changes)  # type: ignore[arg-type]


def _key(kind: KeyKind) -> Callable[[Device], Device]:
    return _device(keys=(Key(kind=KeyKind.NONE),) * 3 + (Key(kind=kind, value=DIALLED),))


ABILITIES: Mapping[str, Callable[[Device], Device]] = {
    "TCP, TLS": _account(transport=Transport.TLS),
    "SRTP": _account(srtp=Srtp.REQUIRED),
    "codecs": _account(codecs=("pcmu",)),
    "voicemail lamp": _account(voicemail_number="700"),
    "outbound proxy": _account(outbound_proxy="192.0.2.9:5070"),
    "BLF": _key(KeyKind.BLF),
    "speed dial": _key(KeyKind.SPEED_DIAL),
    "park": _key(KeyKind.PARK),
    "queue log-in": _key(KeyKind.QUEUE),
    "queue log-out": _key(KeyKind.QUEUE_OUT),
    "night switch": _key(KeyKind.NIGHT),
    "intercom": _key(KeyKind.INTERCOM),
    "voicemail key": _key(KeyKind.VOICEMAIL),
    "modules": _device(expansion_keys=((Key(kind=KeyKind.BLF, value=DIALLED),),)),
    "time zone": _device(time_zone=TimeZone(iana="Asia/Kabul", offset_minutes=270)),
    "NTP": _device(ntp_server="192.0.2.2"),
    "language": _device(language="fr"),
    "language pack": _device(
        language="fa",
        language_packs=(LanguagePack(language="fa", name="F", url="http://192.0.2.2/p/x/f.xml"),),
    ),
    "country's tones": _device(tones={"busy": BUSY}),
    "ring by Alert-Info": _device(rings=(Ring(alert_info="internal", tone=2),)),
    "phone book": _device(
        phonebook_url="http://192.0.2.2/p/x/phonebook.xml",
        contacts=(Contact(name="A", number="1"),),
    ),
    "wallpaper": _device(wallpaper_url="http://192.0.2.2/p/x/w.png"),
    "admin password": _device(admin_password="another"),  # noqa: S106
    "firmware": _device(firmware_url="http://192.0.2.2/p/x/f.bin", firmware_version="1"),
    "resync interval": _device(resync_minutes=777),
    "analogue ports": _device(ata_ports=(AtaPort(index=1, flash_max_ms=333),)),
}


def abilities(family: Family) -> frozenset[str]:
    """The names in ``ABILITIES`` of what some model of ``family`` can be told."""
    return frozenset(
        name
        for name, change in ABILITIES.items()
        if any(_differs(family, model, change) for model in family.models)
    )


def _differs(family: Family, model: Model, change: Callable[[Device], Device]) -> bool:
    plain = Device(
        mac="02005e000001",
        vendor=model.vendor,
        model=model.name,
        family=family.name,
        base_url="http://192.0.2.2/p/x/",
        accounts=(ACCOUNT,),
    )
    changed = change(plain)
    written = _written(family, changed)
    if changed.keys or changed.expansion_keys:
        return any(DIALLED.encode() in content for content in written)
    return _written(family, plain) != written


def _written(family: Family, device: Device) -> list[bytes]:
    files = (family.render(device, name.path) for name in family.files(device))
    return [file.content for file in files if file]


def document() -> str:
    """The whole page."""
    guide = resources.files("provisioning").joinpath("guide.md").read_text(encoding="utf-8")
    parts = [*_head(), *guide.splitlines(), *_lines(), *_families(), *_abilities(), *_models()]
    return "\n".join(parts) + "\n"


def _head() -> Iterator[str]:
    count = sum(len(family.models) for family in families())
    yield "# Telephones and ATAs"
    yield ""
    yield "Written by `python -m provisioning.table`; do not edit. The words are in"
    yield "`provisioning/guide.md`, all else is found out from the code."
    yield ""
    yield f"{len(families())} families, {count} models, none of them tried by us on a handset."
    yield "What each label means:"
    yield ""
    meaning = {
        Evidence.PROVEN_ON_HANDSET: "somebody reported that this very model worked",
        Evidence.PROVEN_WITH_CLIENT: "a test lets this client fetch its file, register and call",
        Evidence.REPLAYED: "a test replays the requests recorded from this model",
        Evidence.DOCUMENTED: "other open provisioning systems or the vendor document it",
        Evidence.INFERRED: "concluded from a documented sister model; nobody we know tried",
    }
    for evidence in Evidence:
        yield f"* **{_words(evidence)}**: {meaning[evidence]}."
    yield ""


def _lines() -> Iterator[str]:
    yield "## Lines of a country, as an ATA's ports copy them"
    yield ""
    yield "Chosen by `office.country`. Any other country gets the European tones and ETSI's line."
    yield ""
    yield _row("country", "dial, busy (Hz)", "ring (s)", "caller ID", "flash (ms)", "impedance")
    yield _rule(6)
    for code in sorted(country.codes()):
        port = country.port(code, 1)
        tones = (port.tones["dial"], port.tones["busy"])
        yield _row(
            code,
            ", ".join("+".join(str(hertz) for hertz in tone.freqs_hz) for tone in tones),
            " ".join(f"{length / 1000:g}" for length in port.ring_ms),
            str(port.caller_id).replace("_", " "),
            f"{port.flash_min_ms} to {port.flash_max_ms}",
            str(port.impedance).replace("|", "\\|"),
        )
    yield ""


def _families() -> Iterator[str]:
    yield "## Families"
    yield ""
    columns = [_words(evidence) for evidence in Evidence]
    yield _row("family", "models", *columns, "PnP", "DHCP options", "told by NOTIFY")
    yield _rule(len(columns) + 5)
    for family in families():
        counts = [sum(m.evidence is evidence for m in family.models) for evidence in Evidence]
        asks = "yes" if family.pnp else "no"
        options = ", ".join(str(code) for code in family.dhcp) or "none"
        shown = (str(count or "") for count in counts)
        yield _row(
            family.title, str(len(family.models)), *shown, asks, options, family.resync_event
        )
    yield ""


def _abilities() -> Iterator[str]:
    found = {family.name: abilities(family) for family in families()}
    yield "## What each family is told"
    yield ""
    yield "Found out by describing a telephone with and without each, not declared."
    yield ""
    yield _row("", *(family.name.replace("_", " ") for family in families()))
    yield _rule(len(families()) + 1)
    for ability in ABILITIES:
        yield _row(ability, *("✓" if ability in found[f.name] else "" for f in families()))
    yield ""


def _models() -> Iterator[str]:
    yield "## Models"
    for family in families():
        yield ""
        yield f"### {family.title}"
        yield ""
        yield _row("vendor", "models", "evidence", "source")
        yield _rule(4)
        for (vendor, evidence, source), models in groupby(family.models, key=_why):
            names = ", ".join(model.name for model in models)
            yield _row(vendor, names, _words(evidence), source)


def _why(model: Model) -> tuple[str, Evidence, str]:
    return model.vendor, model.evidence, model.source


def _words(evidence: Evidence) -> str:
    return evidence.value.replace("_", " ")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(count: int) -> str:
    return "|" + "---|" * count


def main() -> int:
    """Write ``docs/phones.md``; with ``--check`` only say whether it is as it would be written."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        DOCUMENT.write_text(document(), encoding="utf-8")
        return 0
    if DOCUMENT.is_file() and DOCUMENT.read_text(encoding="utf-8") == document():
        return 0
    sys.stderr.write(f"{DOCUMENT} is out of date; run: python -m provisioning.table\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
