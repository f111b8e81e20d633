"""What strangers, and telephones with a password, try at the edge: asked of a real Kamailio."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware import processes
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site, Switch
from firmware.config.sections.trunks import Trunk
from firmware.edge import launch
from tests.contract.kamailio import SDP, Edge, account, final
from tests.contract.raw_sip import Endpoint, Message, Telephone, token
from tests.rig.ports import reserve_block
from tests.rig.until import until

PROVIDER = "127.0.0.61"


@pytest.fixture(scope="module")
def provider() -> Iterator[Endpoint]:
    with closing(Endpoint(("127.0.0.1", 9), address=(PROVIDER, 0))) as made:
        yield made


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, provider: Endpoint) -> Iterator[Edge]:
    folder: Path = tmp_path_factory.mktemp("attacked")
    home = Home(folder / "home")
    home.make()
    with reserve_block() as block:
        network = block.network()
        site = Site(
            network=network,
            switch=Switch(max_calls=20),
            extension=tuple(account(number) for number in ("101", "102", "103")),
            trunk=(
                Trunk(
                    name="provider",
                    host=PROVIDER,
                    port=provider.address[1],
                    transport="udp",
                    registers=False,
                    options=False,
                ),
            ),
        )
        history.create_first(home, site)
        edge = Edge(home=home, network=network, folder=folder)
        edge.start()
        yield edge
        assert edge.child is not None
        edge.child.send_signal(signal.SIGTERM)
        until(lambda: edge.child is None or edge.child.status is not None, 8.0, "it stopped")
        assert processes.end(processes.started_with(launch.command(home)), grace_s=1.0) == []


def refer(edge: Edge, switch: Telephone, phone: Telephone, target: str) -> Message | None:
    """REFER within a dialog that switchd has with a telephone; what switchd is handed of it."""
    switch_uri = f"sip:101@127.0.0.3:{edge.network.inner_switch_port}"
    phone.cseq += 1
    phone.send(
        phone.text(
            "REFER",
            switch_uri,
            [
                f"Route: <sip:127.0.0.1:{edge.network.sip_port};lr;r2=on>",
                f"Route: <sip:127.0.0.2:{edge.network.inner_edge_port};lr;r2=on>",
                *target.split("\r\n"),
            ],
            to="<sip:102@box>;tag=there",
        )
    )
    handed = switch.receive_request("REFER", 1.0)
    if handed is not None:
        switch.reply(handed, "202 Accepted")
    return handed


@pytest.mark.parametrize(
    "target",
    [
        "Refer-To: <sip:0900@{realm}?X-Markaz-Trunk=provider>",
        "Refer-To: <sip:0900@{realm}?Replaces=a%3Bto-tag%3Db&X-Markaz-Trunk=provider>",
        "Refer-To: <sip:0900@{realm}?%58-Markaz-Trunk=provider>",
        "Refer-To: <sip:0900@{realm}?Replaces=a&Referred-By=b>",
        "Refer-To: <sip:0900@{realm}?Require=replaces&X-Markaz-Trunk=provider>",
        "r: <sip:0900@{realm}?x-markaz-trunk=provider>",
        "Refer-To: sip:0900@{realm}?X-Markaz-Trunk=provider",
        'Refer-To: "@{realm}" <sip:0900@elsewhere.example>',
        "Refer-To: <sip:0900@elsewhere.example;x=@{realm}>",
        "Refer-To: <tel:0900>",
        "Refer-To: <sip:0900@{realm};maddr=127.0.0.61>",
        "Refer-To: <sip:0900@{realm}?Replaces=a%0D%0AX-Markaz-Trunk:%20provider>",
        "Refer-To: <sip:101@{realm}>\r\nRefer-To: <sip:0900@{realm}?X-Markaz-Trunk=provider>",
        "Refer-To: <sip:101@{realm}>\r\nr: <sip:0900@{realm}?X-Markaz-Trunk=provider>",
    ],
)
def test_a_transfer_names_a_number_here_and_nothing_more(edge: Edge, target: str) -> None:
    with closing(edge.switch()) as switch, closing(edge.telephone("101")) as phone:
        handed = refer(edge, switch, phone, target.format(realm=edge.network.realm))
        assert handed is None or all(
            "?" not in value and "maddr" not in value and "0900" not in value
            for value in [*handed.all("Refer-To"), *handed.all("r")]
        )


@pytest.mark.parametrize(
    "target",
    [
        "Refer-To: <sip:102@{realm}>",
        "Refer-To: sip:102@{realm}",
        'Refer-To: "Omar" <sip:*72@{realm};user=phone>',
        "Refer-To: <sip:102@{realm}?Replaces=abc%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "Refer-To: <sip:102@{realm}?Require=replaces&Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "Refer-To: <sip:102@{realm}?Replaces=abc%3Bto-tag%3D1&Require=replaces>",
        "Refer-To: <sip:102@{realm}:{port};transport=udp?Replaces=abc%3Bto-tag%3D1>",
    ],
)
def test_a_decent_transfer_is_handed_on(edge: Edge, target: str) -> None:
    with closing(edge.switch()) as switch, closing(edge.telephone("101")) as phone:
        text = target.format(realm=edge.network.realm, port=edge.network.sip_port)
        handed = refer(edge, switch, phone, text)
        assert handed is not None
        assert handed.all("Referred-By") == [f"<sip:101@{edge.network.realm}>"]


def test_a_hairpin_never_leaves_by_a_trunk(edge: Edge, provider: Endpoint) -> None:
    with closing(edge.switch()) as switch:
        switch.cseq += 1
        switch.send(
            switch.text(
                "INVITE",
                f"sip:0900@{edge.network.realm}",
                ["X-Markaz-Trunk: provider", "Referred-By: <sip:101@x>"],
                to="<sip:0900@x>",
                body=SDP,
            )
        )
        came_back = switch.receive_request("INVITE", 2.0)
        assert came_back is not None
        assert came_back.get("X-Markaz-Trunk") == ""
        switch.reply(came_back, "404 Not Found")
        assert provider.receive(0.2) is None


def test_a_telephone_is_called_where_it_registered_and_nowhere_else(
    edge: Edge, provider: Endpoint
) -> None:
    """A binding at the provider would be a call outside that nobody asked switchd about."""
    host, port = provider.address
    with closing(edge.switch()) as switch, closing(edge.telephone("103")) as phone:
        asked = phone.ask(
            "REGISTER",
            f"sip:{edge.network.realm}",
            [f"Contact: <sip:0900@{host}:{port}>", "Expires: 60"],
            to=f"<sip:103@{edge.network.realm}>",
        )
        assert asked is not None
        switch.cseq += 1
        switch.send(
            switch.text("INVITE", f"sip:103@{edge.network.realm}", [], to="<sip:103@x>", body=SDP)
        )
        assert provider.receive(1.0) is None
        phone.ask(
            "REGISTER",
            f"sip:{edge.network.realm}",
            ["Contact: *", "Expires: 0"],
            to=f"<sip:103@{edge.network.realm}>",
        )


def _domain_watched(edge: Edge, user: str) -> str:
    """Whose lamp a SUBSCRIBE leads to: the entity of the NOTIFY that follows."""
    with closing(edge.telephone("101")) as phone:
        asked = phone.ask(
            "SUBSCRIBE",
            f"sip:{user}@{edge.network.realm}",
            ["Event: dialog", "Expires: 60", "Accept: application/dialog-info+xml"],
            to=f"<sip:{user}@{edge.network.realm}>",
        )
        if asked is None or asked.status >= 300:
            return ""
        notify = phone.receive_request("NOTIFY", 2.0)
        return notify.body if notify is not None else ""


def test_a_number_to_watch_asks_the_database_nothing_else(edge: Edge) -> None:
    """Whoever sees whether a question of their own is true reads every password's hash."""
    own = f"101.{edge.network.realm}"
    for secret in ("1", "(select/**/ha1/**/from/**/subscriber)"):
        injected = f"x'/**/or/**/{secret}--"
        assert own not in _domain_watched(edge, injected)
    assert own in _domain_watched(edge, "*78")


@pytest.mark.parametrize(
    "events",
    [
        ["o: message-summary", "Event: dialog"],
        ["Event: dialog", "o: message-summary"],
        ["Event: Message-Summary"],
        ["Event: dialog", "Event: message-summary"],
    ],
)
def test_nobody_watches_the_mailbox_of_another(edge: Edge, events: list[str]) -> None:
    with closing(edge.telephone("101")) as phone:
        asked = phone.ask(
            "SUBSCRIBE",
            f"sip:102@{edge.network.realm}",
            [*events, "Expires: 60"],
            to=f"<sip:102@{edge.network.realm}>",
        )
        if asked is not None and asked.status < 300:
            notify = phone.receive_request("NOTIFY", 2.0)
            assert notify is not None
            assert "Message-Account: sip:102@" not in notify.body
            assert "102" not in notify.body or "dialog-info" in notify.body


def test_what_only_the_box_says_is_taken_out_however_it_is_written(edge: Edge) -> None:
    spoofed = [
        "x-markaz-trunk: provider",
        "X-MARKAZ-LINE : fxo-1",
        "X-Markaz-Call:\r\n x",
        "p-asserted-identity: <sip:102@x>",
        "Remote-party-id: <sip:102@x>",
        "b: <sip:102@x>",
        "REFERRED-BY: <sip:102@x>",
    ]
    with closing(edge.switch()) as switch, closing(edge.telephone("101")) as phone:
        phone.cseq += 1
        uri = f"sip:102@{edge.network.realm}"
        phone.send(phone.text("INVITE", uri, spoofed, to=f"<{uri}>", body=SDP))
        challenge = phone.receive_final(f"{phone.cseq} INVITE", 2.0)
        assert final(challenge) == 401 or final(challenge) == 407
        assert challenge is not None
        phone.acknowledge(uri, challenge)
        phone.cseq += 1
        credentials = phone.credentials("INVITE", uri, challenge)
        phone.send(phone.text("INVITE", uri, [*spoofed, credentials], to=f"<{uri}>", body=SDP))
        invite = switch.receive_request("INVITE", 2.0)
        assert invite is not None
        names = [name.lower().strip() for name, _ in invite.headers]
        assert not {"x-markaz-trunk", "x-markaz-line", "x-markaz-call", "referred-by"} & set(names)
        assert "remote-party-id" not in names
        assert invite.all("P-Asserted-Identity") == [f"<sip:101@{edge.network.realm}>"]


def test_a_stranger_within_no_dialog_reaches_nobody(edge: Edge, provider: Endpoint) -> None:
    """A To-tag spares nobody the question for a password but switchd's dialogs."""
    with closing(edge.telephone("101", address="127.0.0.62")) as stranger:
        for route in (
            f"<sip:{PROVIDER}:{provider.address[1]};lr>",
            f"<sip:127.0.0.2:{edge.network.inner_edge_port};lr>",
        ):
            stranger.call_id = token()
            answer = stranger.ask_once(
                "INVITE",
                f"sip:0900@{PROVIDER}:{provider.address[1]}",
                [f"Route: {route}", "X-Markaz-Trunk: provider"],
                to="<sip:0900@x>;tag=made-up",
                timeout_s=1.0,
            )
            assert answer is not None
            assert answer.status >= 400
        assert provider.receive(0.2) is None


def test_one_telephone_that_subscribes_without_an_end_is_left_unanswered(edge: Edge) -> None:
    with closing(edge.telephone("102", address="127.0.0.63")) as phone:
        assert final(phone.register()) == 200
        for number in range(2100):
            phone.cseq += 1
            uri = f"sip:{number}@{edge.network.realm}"
            phone.send(phone.text("SUBSCRIBE", uri, ["Event: dialog"], to=f"<{uri}>"))
            while phone.receive(0.001) is not None:
                pass
        uri = f"sip:103@{edge.network.realm}"
        assert phone.ask_once("SUBSCRIBE", uri, ["Event: dialog"], timeout_s=0.5) is None
        assert final(phone.register()) == 200  # it is not banned: it may call
    with closing(edge.telephone("103", address="127.0.0.64")) as other:
        assert final(other.register()) == 200
        assert other.ask("SUBSCRIBE", uri, ["Event: dialog"], to=f"<{uri}>") is not None
