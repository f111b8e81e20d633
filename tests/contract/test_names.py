"""Names led to addresses, asked of a real name server (dnsmasq)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing

import dns.asyncresolver
import pytest

from firmware.edge.names import Address, Unresolved, Wanted, find
from tests.rig.child import Child
from tests.rig.ports import reserve_block
from tests.rig.until import until

RECORDS = (
    "--naptr-record=all.test,20,10,s,SIP+D2T,,_sip._tcp.all.test",
    "--naptr-record=all.test,10,10,s,SIPS+D2T,,_sips._tcp.all.test",
    "--srv-host=_sips._tcp.all.test,sbc.test,5071,1,1",
    "--srv-host=_sip._udp.many.test,b.test,5062,20,1",
    "--srv-host=_sip._udp.many.test,sbc.test,5061,10,1",
    "--srv-host=_sip._udp.many.test,lost.test,5063,30,1",
    "--host-record=sbc.test,192.0.2.1",
    "--host-record=b.test,192.0.2.2",
    "--host-record=plain.test,192.0.2.3",
    "--host-record=six.test,2001:db8::1",
    "--local=/test/",
    "--local-ttl=77",
)


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dns.asyncresolver.Resolver]:
    folder = tmp_path_factory.mktemp("dns")
    made = dns.asyncresolver.Resolver(configure=False)
    with reserve_block() as ports:
        made.nameservers, made.port = ["127.0.0.1"], ports.control_port()
        child = Child(
            "dnsmasq",
            [
                *("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts"),
                *("--conf-file=/dev/null", "--user=", f"--pid-file={folder}/pid"),
                *("--bind-interfaces", "--listen-address=127.0.0.1"),
                *(f"--port={made.port}", *RECORDS),
            ],
            folder / "log",
        )

        def answers() -> bool:
            child.check()
            try:
                asyncio.run(find(Wanted(host="plain.test", port=5060, transport="udp"), made))
            except Unresolved:
                return False
            return True

        until(answers, 10.0, "dnsmasq answers")
        yield made
        child.stop()


def found(
    resolver: dns.asyncresolver.Resolver, host: str, port: int = 0, transport: str = "auto"
) -> list[str]:
    answer = asyncio.run(find(Wanted(host=host, port=port, transport=transport), resolver))
    return [address.uri for address in answer.addresses]


@pytest.mark.parametrize(
    ("host", "port", "transport", "uris"),
    [
        pytest.param("all.test", 0, "auto", ["sip:192.0.2.1:5071;transport=tls"], id="naptr"),
        pytest.param(
            "many.test",
            0,
            "udp",
            ["sip:192.0.2.1:5061;transport=udp", "sip:192.0.2.2:5062;transport=udp"],
            id="srv-in-order-of-priority",
        ),
        pytest.param("plain.test", 0, "auto", ["sip:192.0.2.3:5060;transport=udp"], id="a"),
        pytest.param("plain.test", 0, "tls", ["sip:192.0.2.3:5061;transport=tls"], id="tls-port"),
        pytest.param("many.test", 5070, "udp", [], id="a-port-asks-for-no-srv"),
        pytest.param("192.0.2.9", 0, "tcp", ["sip:192.0.2.9:5060;transport=tcp"], id="number"),
        pytest.param("six.test", 0, "udp", [], id="ipv6-only"),
        pytest.param("nobody.test", 0, "udp", [], id="nobody"),
    ],
)
def test_rfc_3263(
    resolver: dns.asyncresolver.Resolver, host: str, port: int, transport: str, uris: list[str]
) -> None:
    if uris:
        assert found(resolver, host, port, transport) == uris
    else:
        with pytest.raises(Unresolved, match=host):
            found(resolver, host, port, transport)


def test_an_answer_says_how_long_it_is_good(resolver: dns.asyncresolver.Resolver) -> None:
    answer = asyncio.run(find(Wanted(host="plain.test", port=0, transport="udp"), resolver))
    assert answer.ttl_s == 77.0


def test_a_silent_name_server_is_told_of_in_time() -> None:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], silent.getsockname()[1]
        with pytest.raises(Unresolved, match=r"plain\.test: .*expired"):
            found(resolver, "plain.test")


def test_an_address_is_written_as_kamailio_reads_it() -> None:
    assert Address(ip="1.2.3.4", port=5, transport="tcp").uri == "sip:1.2.3.4:5;transport=tcp"
