"""The edge's promises, asked of a real Kamailio by a raw telephone and a raw switchd."""

from __future__ import annotations

import re
import sqlite3
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from firmware import processes
from firmware.config.inner import SWITCH_ADDRESS
from firmware.edge import database, kamailio, kamailio_rpc, launch
from firmware.edge.registrations import Registrations
from firmware.ping import SELF_TEST, answers_sip
from tests.contract.kamailio import SDP, Edge, final, running_edge
from tests.contract.raw_sip import Endpoint, Message, TcpTelephone, Telephone, TlsTelephone
from tests.rig.until import until


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_edge(tmp_path_factory.mktemp("edge")) as edge:
        yield edge


def test_registers_with_the_right_password(edge: Edge) -> None:
    with closing(edge.telephone("101")) as telephone:
        answer = telephone.register(expires_s=120)
        assert final(answer) == 200
        assert answer is not None
        assert telephone.contact.strip("<>") in answer.get("Contact")


def test_a_telephone_that_starts_again_and_again_is_not_locked_out(edge: Edge) -> None:
    """Each start leaves a binding behind; the ones that run out first make room."""
    bound: list[str] = []
    for _ in range(8):
        with closing(edge.telephone("106")) as telephone:
            answer = telephone.register(expires_s=100 + len(bound))
            assert final(answer) == 200
            assert answer is not None
            bound.append(telephone.contact)
            there = re.findall(r"<sip:106@[^>]+>", answer.get("Contact"))
            assert set(there) == set(bound[-5:])
    with closing(edge.telephone("106")) as telephone:
        gone = telephone.ask(
            "REGISTER",
            f"sip:{edge.network.realm}",
            ["Contact: *", "Expires: 0"],
            to=f"<sip:106@{edge.network.realm}>",
        )
        assert final(gone) == 200


def test_challenges_before_it_believes(edge: Edge) -> None:
    with closing(edge.telephone("101")) as telephone:
        asked = telephone.ask_once("REGISTER", f"sip:{edge.network.realm}", ["Expires: 60"])
        assert final(asked) == 401
        assert asked is not None
        assert f'realm="{edge.network.realm}"' in asked.get("WWW-Authenticate")


@pytest.mark.parametrize(
    ("number", "address"), [("102", "127.0.0.11"), ("999", "127.0.0.12")], ids=["wrong", "unknown"]
)
def test_three_challenges_then_403(edge: Edge, number: str, address: str) -> None:
    """A wrong password and a number that does not exist cannot be told apart."""
    with closing(edge.telephone(number, "not-the-password", address)) as telephone:
        answers = [final(telephone.register()) for _ in range(5)]
    assert answers == [401, 401, 401, 403, 403]


def test_the_right_password_ends_the_count(edge: Edge) -> None:
    address = "127.0.0.13"
    with (
        closing(edge.telephone("103", "wrong", address)) as guesser,
        closing(edge.telephone("103", address=address)) as owner,
    ):
        assert [final(guesser.register()) for _ in range(3)] == [401, 401, 401]
        assert final(owner.register()) == 200
        assert final(guesser.register()) == 401


def test_a_guesser_is_banned_and_others_are_not(edge: Edge) -> None:
    with closing(edge.telephone("104", "wrong", "127.0.0.14")) as guesser:
        for _ in range(11):
            guesser.register()
        assert guesser.ask_once("OPTIONS", f"sip:{edge.network.realm}", timeout_s=0.5) is None
    with closing(edge.telephone("104", address="127.0.0.15")) as owner:
        assert final(owner.register()) == 200


def test_a_flood_is_banned(edge: Edge) -> None:
    with closing(edge.telephone("104", address="127.0.0.16")) as flooder:
        for _ in range(150):
            flooder.cseq += 1
            flooder.send(flooder.text("OPTIONS", "sip:box", [], to="<sip:box>"))
        until(
            lambda: flooder.ask_once("OPTIONS", f"sip:{edge.network.realm}", timeout_s=0.3) is None,
            5.0,
            "the flooder is ignored",
        )
    with closing(edge.telephone("104", address="127.0.0.17")) as other:
        assert final(other.register()) == 200


def test_refuses_a_foreign_domain_without_a_challenge(edge: Edge) -> None:
    with closing(edge.telephone("101")) as telephone:
        telephone.realm = "elsewhere.example"
        assert final(telephone.ask_once("INVITE", "sip:102@elsewhere.example")) == 403


def test_may_not_call_as_somebody_else(edge: Edge) -> None:
    with closing(edge.telephone("105")) as telephone:
        uri = f"sip:102@{edge.network.realm}"
        challenge = telephone.ask_once("INVITE", uri)
        assert challenge is not None
        telephone.acknowledge(uri, challenge)
        credentials = telephone.credentials("INVITE", uri, challenge)
        telephone.number = "106"
        assert final(telephone.ask_once("INVITE", uri, [credentials])) in (403, 407)


def test_switchd_hears_who_calls_from_the_edge_alone(edge: Edge) -> None:
    with closing(edge.switch()) as switch, closing(edge.telephone("101")) as telephone:
        request = _call(edge, telephone, switch, SPOOFED)
        assert request.all("P-Asserted-Identity") == [f"<sip:101@{edge.network.realm}>"]
        assert request.get("Remote-Party-ID") == ""
        assert request.get("Diversion") == ""
        assert request.get("Replaces") == ""
        ours = [name for name, _ in request.headers if name.startswith("X-Markaz-")]
        assert sorted(ours) == ["X-Markaz-Replaces", "X-Markaz-Source"]
        # A lamp's key picks a call up by this; left as Replaces, the stack would act by itself.
        assert request.get("X-Markaz-Replaces") == "abc;to-tag=1;from-tag=2"
        host, port = telephone.address
        assert request.get("X-Markaz-Source") == f"udp;{host};{port}"
        assert request.uri == f"sip:102@{edge.network.realm}"
        assert request.get("Route") == ""
        assert not request.get("Proxy-Authorization"), "credentials are the edge's business"
        assert request.source == edge.inside


SPOOFED = (
    "P-Asserted-Identity: <sip:9999@elsewhere.example>",
    "P-Preferred-Identity: <sip:9999@elsewhere.example>",
    "Remote-Party-ID: <sip:9999@elsewhere.example>",
    "Diversion: <sip:9999@elsewhere.example>",
    "X-Markaz-Source: udp;1.2.3.4;5",
    "X-Markaz-Anything: 1",
    "X-Markaz-Trunk: alpha",
    "Replaces: abc;to-tag=1;from-tag=2",
    "Route: <sip:127.0.0.9:9;lr>",
)


def _call(
    edge: Edge, telephone: Telephone, switch: Endpoint, headers: tuple[str, ...] = ()
) -> Message:
    """Let a telephone call 102 through the challenge; what switchd hears. It is refused."""
    uri = f"sip:102@{edge.network.realm}"
    challenge = telephone.ask_once("INVITE", uri, headers, body=SDP)
    assert challenge is not None
    assert challenge.status == 407
    telephone.acknowledge(uri, challenge)
    telephone.cseq += 1
    credentials = telephone.credentials("INVITE", uri, challenge)
    telephone.send(telephone.text("INVITE", uri, [*headers, credentials], to=f"<{uri}>", body=SDP))
    request = switch.receive_request("INVITE", 3.0)
    assert request is not None, "switchd heard nothing"
    switch.reply(request, "486 Busy Here")
    assert final(telephone.receive_final(f"{telephone.cseq} INVITE", 3.0)) == 486
    return request


def test_a_call_cancelled_is_cancelled_at_switchd(edge: Edge) -> None:
    with closing(edge.switch()) as switch, closing(edge.telephone("101")) as telephone:
        uri = f"sip:102@{edge.network.realm}"
        challenge = telephone.ask_once("INVITE", uri)
        assert challenge is not None
        telephone.acknowledge(uri, challenge)
        telephone.cseq += 1
        text = telephone.text(
            "INVITE", uri, [telephone.credentials("INVITE", uri, challenge)], to=f"<{uri}>"
        )
        telephone.send(text)
        invite = switch.receive_request("INVITE", 3.0)
        assert invite is not None
        switch.reply(invite, "180 Ringing")
        telephone.send(_cancel_of(text, telephone.cseq))
        cancel = switch.receive_request("CANCEL", 3.0)
        assert cancel is not None
        switch.reply(cancel, "200 OK")
        switch.reply(invite, "487 Request Terminated")
        assert final(telephone.receive_final(f"{telephone.cseq} INVITE", 3.0)) == 487


def _cancel_of(invite: str, cseq: int) -> str:
    """RFC 3261 §9.1: the same branch, From, To and Call-ID."""
    kept = re.findall(r"^(?:Via|From|To|Call-ID): .*$", invite, re.MULTILINE)
    uri = invite.split()[1]
    lines = [f"CANCEL {uri} SIP/2.0", *(line.rstrip("\r") for line in kept)]
    return "\r\n".join([*lines, f"CSeq: {cseq} CANCEL", "Max-Forwards: 70", "", ""])


def test_a_foreign_packet_inside_is_dropped(edge: Edge) -> None:
    for place in (("127.0.0.1", 0), (SWITCH_ADDRESS, 0)):
        foreign = Telephone(edge.inside, address=place, number="101", realm=edge.network.realm)
        with closing(foreign):
            assert foreign.ask_once("OPTIONS", "sip:127.0.0.2", timeout_s=0.5) is None
    with closing(edge.switch()) as switch:
        assert final(switch.ask_once("OPTIONS", "sip:127.0.0.2")) == 200


def test_the_self_test_goes_through_to_switchd_and_nobody_elses_does(edge: Edge) -> None:
    own, port = edge.outside
    with closing(edge.switch()) as switch, ThreadPoolExecutor(1) as asking:
        passes = asking.submit(answers_sip, own, port, 5.0, SELF_TEST)
        asked = switch.receive_request("OPTIONS", 3.0)
        assert asked is not None
        switch.reply(asked, "200 OK")
        assert passes.result()
        assert not answers_sip(own, port, 0.5, SELF_TEST), "switchd says nothing"
        switch.receive_request("OPTIONS", 3.0)
        with closing(edge.telephone("101", address="127.0.7.7")) as stranger:
            uri = f"sip:{SELF_TEST}@{edge.network.realm}"
            assert final(stranger.ask_once("OPTIONS", uri)) == 200, "from Kamailio itself"


def test_a_telephone_that_is_not_there_is_480_with_cause_20(edge: Edge) -> None:
    with closing(edge.switch()) as switch:
        answer = switch.ask_once("INVITE", f"sip:106@{edge.network.realm}", body=SDP)
        assert final(answer) == 480
        assert answer is not None
        assert answer.get("Reason") == "Q.850;cause=20"


def test_switchd_reaches_a_telephone_and_talks_within_the_dialog(edge: Edge) -> None:
    with closing(edge.switch()) as switch, closing(edge.telephone("102")) as telephone:
        assert final(telephone.register()) == 200
        headers = ("P-Asserted-Identity: <sip:101@box>", "X-Markaz-Secret: 1")
        invite = _answered_call(edge, switch, telephone, headers)
        assert invite.get("P-Asserted-Identity") == "<sip:101@box>"
        assert invite.get("X-Markaz-Secret") == "", "what the box says to itself stays inside"
        assert invite.source == edge.outside
        said = _say_in_dialog("BYE", telephone, switch, invite)
        assert said.source == edge.inside


def test_a_telephone_over_tcp_is_called_on_its_connection(edge: Edge) -> None:
    telephone = TcpTelephone(
        edge.outside,
        address=("127.0.0.1", 0),
        number="102",
        password="secret-102",
        realm=edge.network.realm,
    )
    with closing(edge.switch()) as switch, closing(telephone):
        assert final(telephone.register()) == 200
        invite = _answered_call(edge, switch, telephone)
        assert any("transport=tcp" in route for route in invite.all("Record-Route"))
        _say_in_dialog("BYE", telephone, switch, invite)
        assert final(telephone.register(expires_s=0)) == 200


def test_a_telephone_over_tls_is_called_on_its_connection(edge: Edge) -> None:
    """With the certificate the box has made itself, which is for its address."""
    place = (str(edge.network.sip_address), edge.network.sip_tls_port)
    telephone = TlsTelephone(
        place,
        address=("127.0.0.1", 0),
        number="102",
        password="secret-102",
        realm=edge.network.realm,
    )
    with closing(edge.switch()) as switch, closing(telephone):
        assert final(telephone.register()) == 200
        invite = _answered_call(edge, switch, telephone)
        assert any("transport=tls" in route for route in invite.all("Record-Route"))
        _say_in_dialog("BYE", telephone, switch, invite)
        assert final(telephone.register(expires_s=0)) == 200
    shown = ssl.get_server_certificate(place)
    made = edge.home.edge / "tls" / f"own-{edge.network.sip_address}.pem"
    assert ssl.PEM_cert_to_DER_cert(shown) == ssl.PEM_cert_to_DER_cert(made.read_text())


def test_behind_address_translation_the_telephone_is_reached_where_it_is(edge: Edge) -> None:
    with (
        closing(edge.switch()) as switch,
        closing(edge.telephone("103", address="127.0.0.18")) as telephone,
    ):
        telephone.claims = "192.168.77.7:5060"
        assert final(telephone.register()) == 200
        _answered_call(edge, switch, telephone)
        assert final(telephone.register(expires_s=0)) == 200


def test_a_digit_in_a_plain_info_becomes_one_pjsip_understands(edge: Edge) -> None:
    with closing(edge.switch()) as switch, closing(edge.telephone("102")) as telephone:
        assert final(telephone.register()) == 200
        invite = _answered_call(edge, switch, telephone)
        said = _say_in_dialog("INFO", telephone, switch, invite, "5")
        assert said.get("Content-Type") == "application/dtmf-relay"
        assert said.body.startswith("Signal=5\r\n")
        _say_in_dialog("BYE", telephone, switch, invite)


def _answered_call(
    edge: Edge, switch: Telephone, telephone: Telephone, headers: tuple[str, ...] = ()
) -> Message:
    """A call from switchd to a telephone, answered; the INVITE as the telephone saw it."""
    switch.cseq += 1
    uri = f"sip:{telephone.number}@{edge.network.realm}"
    switch.send(switch.text("INVITE", uri, headers, to=f"<{uri}>", body=SDP))
    invite = telephone.receive_request("INVITE", 3.0)
    assert invite is not None, "the telephone was not called"
    telephone.reply(invite, "200 OK", [f"Contact: {telephone.contact}"], SDP)
    assert final(switch.receive_final(f"{switch.cseq} INVITE", 3.0)) == 200
    return invite


def _say_in_dialog(
    method: str, telephone: Telephone, switch: Telephone, invite: Message, digit: str = ""
) -> Message:
    """A request over the recorded route, outside to inside, and its answer; as switchd saw it."""
    routes = [f"Route: {route}" for route in invite.all("Record-Route")]
    if digit:
        routes.append("Content-Type: application/dtmf")
    host, port = switch.address
    to = invite.get("From")
    telephone.call_id, telephone.cseq = invite.get("Call-ID"), telephone.cseq + 1
    text = telephone.text(method, f"sip:box@{host}:{port}", routes, to=to, body=digit)
    telephone.send(text.replace("Content-Type: application/sdp\r\n", ""))
    said = switch.receive_request(method, 3.0)
    assert said is not None, f"the {method} did not reach switchd"
    switch.reply(said, "200 OK")
    assert final(telephone.receive_final(f"{telephone.cseq} {method}", 3.0)) == 200
    return said


def test_is_no_relay_for_requests_within_a_dialog(edge: Edge) -> None:
    with (
        closing(Endpoint(edge.outside, address=("127.0.0.1", 0))) as victim,
        closing(edge.telephone("101")) as telephone,
    ):
        host, port = victim.address
        routes = [f"Route: <sip:{edge.outside[0]}:{edge.outside[1]};lr>"]
        to = "<sip:x@elsewhere.example>;tag=made-up"
        telephone.cseq += 1
        telephone.send(telephone.text("BYE", f"sip:x@{host}:{port}", routes, to=to))
        assert final(telephone.receive_final(f"{telephone.cseq} BYE", 3.0)) == 404
        assert victim.receive(0.3) is None


def test_refuses_what_is_not_there_yet(edge: Edge) -> None:
    with closing(edge.telephone("101")) as telephone:
        uri = f"sip:101@{edge.network.realm}"
        assert final(telephone.ask_once("PUBLISH", uri, ["Event: dialog"])) == 405
        assert final(telephone.ask_once("MESSAGE", uri)) == 405


def test_says_503_quickly_when_switchd_is_down(edge: Edge) -> None:
    with closing(edge.telephone("101")) as telephone:
        answer = telephone.ask("INVITE", f"sip:102@{edge.network.realm}", body=SDP, timeout_s=4.0)
        assert final(answer) == 503
        assert answer is not None
        assert int(answer.get("Retry-After")) > 0


def test_a_registration_can_be_taken_away(edge: Edge) -> None:
    rpc = kamailio.rpc_socket(edge.home)
    with closing(edge.telephone("103")) as telephone:
        assert final(telephone.register()) == 200
        kamailio_rpc.forget(rpc, "103")
        kamailio_rpc.forget(rpc, "103")  # lawful when there is none
    with closing(edge.switch()) as switch:
        answer = switch.ask_once("INVITE", f"sip:103@{edge.network.realm}", body=SDP)
        assert final(answer) == 480


def test_an_order_kamailio_does_not_know_is_an_error(edge: Edge) -> None:
    with pytest.raises(kamailio_rpc.KamailioRefused, match="no_such_order"):
        kamailio_rpc.call(kamailio.rpc_socket(edge.home), "no_such_order", [])


def test_registrations_survive_kill_9(edge: Edge) -> None:
    """Its workers keep the ports when the main process is killed: the launcher clears them."""
    with closing(edge.switch()) as switch, closing(edge.telephone("105")) as telephone:
        assert final(telephone.register()) == 200
        host, port = telephone.address
        edge.kill()
        assert processes.started_with(launch.command(edge.home)), "workers outlive it"
        edge.start()
        seen = Registrations(kamailio.location_db(edge.home), clock=_far_past)
        with closing(seen):
            assert seen.current()["105"].contact == f"udp:{host}:{port}"
        switch.cseq += 1
        uri = f"sip:105@{edge.network.realm}"
        switch.send(switch.text("INVITE", uri, [], to=f"<{uri}>", body=SDP))
        invite = telephone.receive_request("INVITE", 3.0)
        assert invite is not None, "the telephone must be found without registering again"
        telephone.reply(invite, "486 Busy Here")
        assert final(switch.receive_final(f"{switch.cseq} INVITE", 3.0)) == 486


def _far_past() -> float:
    return 0.0


def test_no_password_is_stored(edge: Edge) -> None:
    for path in (*edge.home.edge.rglob("*"), *edge.home.ram_edge.rglob("*")):
        assert path.is_dir() or b"secret-" not in path.read_bytes(), path.name


def test_a_call_to_a_kamailio_that_starts_waits_until_it_knows_who_is_there(tmp_path: Path) -> None:
    """Many registrations take long to load, and 101's is the last; other workers answer already."""
    with running_edge(tmp_path) as edge, closing(edge.telephone("101")) as telephone:
        assert final(telephone.register()) == 200
        edge.kill()
        launch.stop_leftovers(launch.command(edge.home))
        with database.writing(kamailio.location_db(edge.home)) as location:
            _register_before(location, "101", others=4_000)
        edge.begin()
        uri = f"sip:101@{edge.network.realm}"
        with closing(edge.switch()) as switch:
            invite = switch.text("INVITE", uri, [], to=f"<{uri}>", body=SDP)

            def is_answered() -> Message | None:
                switch.send(invite)
                return switch.receive(0.01)

            assert final(until(is_answered, 10.0, "Kamailio answers")) == 100
            received = telephone.receive_request("INVITE", 3.0)
            assert received is not None
            telephone.reply(received, "486 Busy Here")


def _register_before(location: sqlite3.Connection, number: str, *, others: int) -> None:
    """Have ``others`` registered like ``number``, and before it."""
    there = location.execute("SELECT * FROM location WHERE username = ?", (number,))
    names = [column[0] for column in there.description]
    row = dict(zip(names, there.fetchone(), strict=True))
    first = row["id"]
    location.execute("UPDATE location SET id = id + ?", (others,))
    location.executemany(
        f"INSERT INTO location VALUES ({', '.join(f':{name}' for name in names)})",
        (
            row | {"id": first + at, "username": f"{number}-{at}", "ruid": f"other-{at}"}
            for at in range(others)
        ),
    )
