"""A box with SIP trunks of every kind, and the addresses at which its providers are played."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.config.schema import Site
from firmware.config.sections.routing import Outbound
from firmware.config.sections.trunks import Trunk
from firmware.link.rows import TrunkRow
from tests.rig.box import Box, LeanBox
from tests.rig.provider import Dialog, Provider, sdp_of
from tests.rig.rtp import RtpParty
from tests.rig.until import until

ALPHA, BETA, GAMMA, CODEC = "127.0.0.61", "127.0.0.62", "127.0.0.63", "127.0.0.64"
PASSWORD = "alpha-password-1"


def port(box: Box) -> int:
    """Where providers listen, each at its own address."""
    return box.network.sip_port + 60


def media_port(box: Box) -> int:
    """Where their audio is."""
    return box.network.sip_port + 460  # telephones choose from those below


def site(given: Site) -> Site:
    """Registering and static trunks; "01..." goes out by alpha, and so on."""
    at = given.network.sip_port + 60
    common = {"port": at, "route": "extension:101"}

    def static(name: str, host: str, **more: object) -> Trunk:
        return Trunk.model_validate(
            {"name": name, "host": host, "registers": False, **common, **more}
        )

    trunks = (
        Trunk.model_validate(
            {"name": "alpha", "host": ALPHA, "user": "alice", "password": PASSWORD, **common}
        ),
        Trunk.model_validate(
            {"name": "wrong", "host": ALPHA, "user": "mallory", "password": "not-it-1", **common}
        ),
        static("beta", BETA, did_in="to", session_expires_s=90),
        static(
            "proxied",
            "sip.provider.test",
            port=None,
            outbound_proxy=GAMMA,
            outbound_proxy_port=at,
            caller_id_in="p_asserted_identity",
            user="acct",
            password="proxied-password-1",
            number="02100000",
            did_in="p_called_party_id",
            options=False,
        ),
        *(static(f"codec-{c}", CODEC, codecs=(c,), options=False) for c in CODECS),
        static("secret", "127.0.0.65", transport="tls", srtp="required", tls_verify=False),
    )
    out = [("1", ("alpha",)), ("2", ("beta",)), ("3", ("proxied",)), ("4", ("beta", "alpha"))]
    out += [(f"5{n}", (f"codec-{c}",)) for n, c in enumerate(CODECS)]
    out.append(("6", ("secret",)))
    return given.model_copy(
        update={
            "trunk": trunks,
            "outbound": tuple(
                Outbound.model_validate(
                    {
                        "name": f"by-{key}",
                        "patterns": (f"0{key}.",),
                        "strip": len(key) + 1,
                        "ways": ways,
                    }
                )
                for key, ways in out
            ),
        }
    )


CODECS = {
    "pcma": "PCMA/8000/1",
    "pcmu": "PCMU/8000/1",
    "g722": "G722/16000/1",
    "opus": "opus/48000/2",
    "g729": "G729/8000/1",
    "gsm": "GSM/8000/1",
}
"""As the configuration names them, and as pjsua does."""


@contextmanager
def box_with_trunks() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "switchd", shape=site) as box:
        yield box


def trunk(box: Box, name: str) -> TrunkRow:
    """One trunk as switchd shows it."""
    with box.link("switchd") as link:
        rows = link.snapshot().get("trunk", ())
    found = [row for row in rows if isinstance(row, TrunkRow) and row.id == name]
    assert found, f"switchd shows no trunk {name}"
    return found[0]


def until_state(box: Box, name: str, state: str, timeout_s: float = 20.0) -> TrunkRow:
    """The trunk's row once it has that state."""
    until(lambda: trunk(box, name).state == state, timeout_s, f"trunk {name} is {state}")
    return trunk(box, name)


def answered(dialog: Dialog, party: RtpParty) -> None:
    """The box answers the provider's call; audio flows."""
    ok = dialog.final("INVITE", 10.0)
    assert ok.status == 200, ok.first_line
    dialog.acknowledge()
    party.speak_to(ok.body)
    party.forget()
    until(lambda: party.packets > 60, 6.0, "the provider hears more than a second")


def offer(box: Box, party: RtpParty, formats: str = "8 0 101") -> str:
    """The provider's description of its audio."""
    return sdp_of(
        party.address, party.port, formats, ["a=rtpmap:101 telephone-event/8000", "a=ptime:20"]
    )


def box_place(box: Box) -> tuple[str, int]:
    return str(box.network.sip_address), box.network.sip_port


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for ``name``, signed by itself, and its key: its own authority."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key


def provider(box: Box, address: str, **more: object) -> Provider:
    return Provider(address, port(box), **more)  # type: ignore[arg-type]
