"""A provider over TLS is believed only with its own name in its certificate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config.schema import Site
from firmware.config.sections.routing import Outbound
from firmware.config.sections.trunks import Trunk
from tests.rig.box import Box, LeanBox
from tests.rig.provider import Dialog, Provider, sdp_of
from tests.rig.telephone import Telephone
from tests.rig.telephones import Telephones
from tests.rig.until import TooLate, until
from tests.sim.trunk_stage import make_certificate, media_port, port, trunk, until_state

RIGHT, WRONG = "127.0.0.66", "127.0.0.67"
Pair = tuple[str, str]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """By the name each bears; every one its own authority."""
    folder = tmp_path_factory.mktemp("certificates")
    names = ("right.test", "other.test")
    return {name: tuple(map(str, make_certificate(folder, name))) for name in names}  # type: ignore[misc]


@pytest.fixture(scope="module")
def box(certificates: dict[str, Pair]) -> Iterator[Box]:
    def shape(given: Site) -> Site:
        at = given.network.sip_port + 60

        def trunk(name: str, host: str, address: str, ca: str) -> Trunk:
            return Trunk.model_validate(
                {
                    "name": name,
                    "host": host,
                    "outbound_proxy": address,
                    "outbound_proxy_port": at,
                    "transport": "tls",
                    "registers": False,
                    "route": "extension:101",
                    "tls_ca": certificates[ca][0],
                }
            )

        trunks = (
            trunk("right", "right.test", RIGHT, "right.test"),
            trunk("wrong", "right.test", WRONG, "other.test"),
        )
        out = Outbound.model_validate(
            {"name": "out", "patterns": ("01.",), "strip": 2, "ways": ("right",)}
        )
        return given.model_copy(update={"trunk": trunks, "outbound": (out,)})

    with LeanBox("kamailio", "edge", "switchd", shape=shape) as made:
        yield made


def _provider(box: Box, address: str, certificate: Pair) -> Provider:
    return Provider(address, port(box), "tls", certificate=certificate)


def test_the_right_name_is_called_and_calls(
    box: Box, certificates: dict[str, Pair], tmp_path: Path
) -> None:
    with (
        _provider(box, RIGHT, certificates["right.test"]) as provider,
        Telephones(box, tmp_path) as telephones,
    ):
        until_state(box, "right", "ready", 60.0)
        telephone = telephones.baresip("101")
        telephone.dial("010933")
        dialog = _taken(telephone, provider)
        assert dialog.invite is not None
        assert dialog.invite.uri == "sip:0933@right.test"
        dialog.answer("486 Busy Here")
        telephone.expect("ended")
        network = box.network
        inward = provider.call(
            (str(network.sip_address), network.sip_tls_port),
            "sip:02155@127.0.0.1",
            sdp=sdp_of(RIGHT, media_port(box)),
        )
        inward.expect("180", 10.0)
        assert box.calls()[0].line == "right"
        inward.cancel()
        telephone.expect("ended")


def _taken(telephone: Telephone, provider: Provider) -> Dialog:
    """The first connection must have answered a question before a call goes over it."""
    try:
        return provider.taken(2.0)
    except TooLate:
        telephone.expect("ended", 10.0)
        telephone.dial("010933")
        return provider.taken(10.0)


def test_the_wrong_name_gets_no_call(box: Box, certificates: dict[str, Pair]) -> None:
    with _provider(box, WRONG, certificates["other.test"]):
        until(
            lambda: "certificate is not accepted" in trunk(box, "wrong").reason,
            60.0,
            "the certificate has been looked at",
        )
        row = trunk(box, "wrong")
        assert row.state == "untrusted"
        assert "right.test" in row.reason


def test_who_takes_the_providers_place_hears_questions_only(
    box: Box, certificates: dict[str, Pair], tmp_path: Path
) -> None:
    """Between two looks of the keeper: Kamailio itself tells by the fingerprint."""
    with _provider(box, RIGHT, certificates["right.test"]):
        until_state(box, "right", "ready", 60.0)
    with (
        _provider(box, RIGHT, certificates["other.test"]) as impostor,
        Telephones(box, tmp_path) as telephones,
    ):
        telephone = telephones.baresip("101")
        for _ in range(3):
            telephone.dial("010944")
            telephone.expect("ended", 15.0)
        with pytest.raises(TooLate):
            impostor.next("INVITE", 1.0)
        until_state(box, "right", "untrusted", 90.0)
