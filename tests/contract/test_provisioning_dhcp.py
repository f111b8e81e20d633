"""DHCP: our answers to packets, and on a network of its own beside a router (dnsmasq).

dhclient and scapy are the clients: code that is not ours.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Interface

import pytest

from firmware.config.schema import DhcpMode
from firmware.link.api import ProvisionApi
from provisioning.dhcp import packet as dhcp
from provisioning.dhcp.answering import LEASE_S, Answering, Pool
from provisioning.dhcp.packet import Kind, Packet, parse, write
from provisioning.dhcp.service import place_for
from tests.contract.office_lan import BOX, BoxOnLan
from tests.contract.provisioned import Clock
from tests.rig.namespaces import Lan
from tests.rig.until import until

ROUTER = "10.99.0.1"
PHONE_MAC, PC_MAC = "0015654aa937", "525400aabbcc"
HERE = IPv4Interface("10.99.0.10/24")
NOBODY = IPv4Address(0)


# -- packets ---------------------------------------------------------------------------------


class Leases:
    """Leases in memory."""

    def __init__(self):
        self.kept = {}

    def leases(self):
        return dict(self.kept)

    def lease(self, mac, address, until):
        self.kept = {m: k for m, k in self.kept.items() if k[0] != address}
        self.kept[mac] = (address, until)

    def end_lease(self, mac):
        self.kept.pop(mac, None)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(clock):
    return Answering(HERE, lambda: "http://10.99.0.10:8088/", Leases(), clock)


@pytest.fixture
def full(server):
    server.pool = Pool(
        first=IPv4Address("10.99.0.100"),
        last=IPv4Address("10.99.0.102"),
        router=IPv4Address(ROUTER),
    )
    return server


def ask(kind, mac=PHONE_MAC, *, vendor="", ciaddr=NOBODY, **options):
    codes = {"requested": dhcp.REQUESTED, "server": dhcp.SERVER}
    written = {codes[name]: IPv4Address(value).packed for name, value in options.items()}
    if vendor:
        written[dhcp.VENDOR_CLASS] = vendor.encode()
    return Packet(is_reply=False, kind=kind, xid=7, mac=mac, ciaddr=ciaddr, options=written)


def test_a_packet_reads_back_as_it_was_written():
    long = Packet(
        is_reply=True,
        kind=Kind.ACK,
        xid=0xDEADBEEF,
        mac=PHONE_MAC,
        yiaddr=IPv4Address("10.0.0.5"),
        options={66: b"http://x/" * 60, 43: b"", 42: b"\1\2\3\4"},
    )
    found = parse(write(long))
    assert found.options == {dhcp.KIND: b"\5", **long.options}
    assert (found.xid, found.mac, found.yiaddr, found.kind) == (
        *(long.xid, long.mac, long.yiaddr, Kind.ACK),
    )
    assert len(write(ask(Kind.INFORM))) >= 300


@pytest.mark.parametrize("cut", [0, 10, 236, 239, 240, 242])
def test_a_torn_packet_is_none(cut):
    assert parse(write(ask(Kind.INFORM))[:cut]) is None


def test_an_option_that_runs_over_the_end_is_left_out():
    raw = write(ask(Kind.INFORM))[:243] + bytes([66, 200]) + b"short"
    assert 66 not in parse(raw).options


def test_beside_a_router_only_telephones_that_inform_are_answered(server):
    for kind in (Kind.DISCOVER, Kind.REQUEST, Kind.RELEASE, Kind.DECLINE):
        assert server.answer(ask(kind)) is None
    assert server.answer(ask(Kind.INFORM, PC_MAC, vendor="MSFT 5.0")) is None
    told = server.answer(ask(Kind.INFORM, ciaddr=IPv4Address("10.99.0.50")))
    assert told.kind is Kind.ACK
    assert told.options[66] == b"http://10.99.0.10:8088/"
    assert told.yiaddr == NOBODY
    assert dhcp.LEASE_S not in told.options
    assert dhcp.ROUTER not in told.options


@pytest.mark.parametrize(
    ("vendor", "mac", "code", "words"),
    [
        ("Gigaset_N720_DM_PRO", "7c2f80ca21e4", 114, b"http://10.99.0.10:8088/"),
        ("Polycom-VVX400", "64167f001122", 160, b"http://10.99.0.10:8088/"),
        ("ccp.avaya.com", "c81fea83e85a", 242, b"HTTPSRVR=10.99.0.10"),
    ],
)
def test_every_family_is_told_in_the_options_it_reads(server, vendor, mac, code, words):
    told = server.answer(ask(Kind.INFORM, mac, vendor=vendor))
    assert words in told.options[code]


def test_option_43_goes_only_to_who_names_its_class(server):
    named = server.answer(ask(Kind.INFORM, "00085d237429", vendor="AastraIPPhone6731i"))
    plain = server.answer(ask(Kind.INFORM, "00085d237429"))
    assert 43 in named.options
    assert 43 not in plain.options


def test_full_gives_an_address_and_the_same_one_again(full):
    offer = full.answer(ask(Kind.DISCOVER))
    assert (offer.kind, offer.yiaddr) == (Kind.OFFER, IPv4Address("10.99.0.100"))
    wanted = {"requested": str(offer.yiaddr), "server": str(HERE.ip)}
    ack = full.answer(ask(Kind.REQUEST, **wanted))
    assert (ack.kind, ack.yiaddr) == (Kind.ACK, offer.yiaddr)
    assert ack.address(dhcp.MASK) == IPv4Address("255.255.255.0")
    assert ack.address(dhcp.ROUTER) == IPv4Address(ROUTER)
    assert int.from_bytes(ack.options[dhcp.LEASE_S], "big") == LEASE_S
    assert ack.options[66] == b"http://10.99.0.10:8088/"
    assert full.answer(ask(Kind.DISCOVER)).yiaddr == offer.yiaddr
    assert full.answer(ask(Kind.DISCOVER, PC_MAC)).yiaddr != offer.yiaddr


def test_a_computer_gets_an_address_and_no_telephone_s_option(full):
    offer = full.answer(ask(Kind.DISCOVER, PC_MAC))
    assert 66 not in offer.options
    assert offer.yiaddr in full.pool


def test_no_two_have_one_address_and_a_full_pool_is_silent(full, clock):
    given = []
    for n in range(3):
        offer = full.answer(ask(Kind.DISCOVER, f"00156500000{n}"))
        full.answer(ask(Kind.REQUEST, f"00156500000{n}", requested=str(offer.yiaddr)))
        given.append(offer.yiaddr)
    assert len(set(given)) == 3
    assert full.answer(ask(Kind.DISCOVER, PC_MAC)) is None
    clock.now += LEASE_S + 1
    assert full.answer(ask(Kind.DISCOVER, PC_MAC)) is not None


def test_what_is_not_ours_is_refused_or_left_to_the_other(full):
    assert full.answer(ask(Kind.REQUEST, requested="192.168.5.5")).kind is Kind.NAK
    assert full.answer(ask(Kind.REQUEST, requested="10.99.0.100", server=ROUTER)) is None
    taken = full.answer(ask(Kind.DISCOVER)).yiaddr
    full.answer(ask(Kind.REQUEST, requested=str(taken)))
    assert full.answer(ask(Kind.REQUEST, PC_MAC, requested=str(taken))).kind is Kind.NAK


def test_an_address_that_is_declined_rests(full):
    offer = full.answer(ask(Kind.DISCOVER))
    full.answer(ask(Kind.REQUEST, requested=str(offer.yiaddr)))
    full.answer(ask(Kind.DECLINE, requested=str(offer.yiaddr)))
    assert full.answer(ask(Kind.DISCOVER)).yiaddr != offer.yiaddr


def test_answers_go_where_the_client_can_hear_them(full):
    discover = ask(Kind.DISCOVER)
    assert place_for(full.answer(discover), discover) == "255.255.255.255"
    inform = ask(Kind.INFORM, ciaddr=IPv4Address("10.99.0.50"))
    assert place_for(full.answer(inform), inform) == "10.99.0.50"


def test_relays_and_replies_are_not_answered(full):
    assert (
        full.answer(parse(write(Packet(is_reply=True, kind=Kind.OFFER, xid=1, mac=PC_MAC)))) is None
    )


# -- on a network ----------------------------------------------------------------------------

DHCLIENT = """#!/bin/sh
# dhclient's script: takes the address as Debian's does, and tells what it was told.
env | grep '^new_' | sort >> "$OUT"
echo "reason=$reason" >> "$OUT"
case "$reason" in BOUND|RENEW|REBIND|REBOOT)
    ip address flush dev eth0
    ip address add "$new_ip_address/24" dev eth0;; esac
"""

CONF = """
option option-160 code 160 = text;
request subnet-mask, routers, tftp-server-name, ntp-servers, option-160;
timeout 8;
"""


@pytest.fixture
def lan():
    with Lan() as made:
        yield made


def router(lan, folder):
    """The office's own router: gives 10.99.0.50 to 60, knows nothing of telephones."""
    host = lan.host("router", f"{ROUTER}/24")
    lan.start(
        host,
        *("dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null"),
        *("--dhcp-range=10.99.0.50,10.99.0.60,1h", "--dhcp-authoritative", "--interface=eth0"),
        *(f"--dhcp-leasefile={folder}/leases", "--log-dhcp", "--log-facility=-", "--no-ping"),
        log=folder / "dnsmasq.log",
    )
    until(lambda: "DHCP, IP range" in (folder / "dnsmasq.log").read_text(), 5.0, "it is on")
    return host


def boot(lan, host, folder, *, vendor=""):
    """A client that starts with nothing; what it was told, by dhclient's names."""
    name = f"{host.name}-{len(list(folder.iterdir()))}"
    script, conf, out = folder / "script", folder / f"{name}.conf", folder / f"{name}.out"
    script.write_text(DHCLIENT)
    script.chmod(0o755)
    conf.write_text(CONF + (f'send vendor-class-identifier "{vendor}";\n' if vendor else ""))
    out.write_text("")
    client = lan.start(
        host,
        *("dhclient", "-1", "-d", "--no-pid", "-cf", str(conf), "-sf", str(script)),
        *("-lf", str(folder / f"{host.name}.leases"), "-e", f"OUT={out}", "eth0"),
        log=folder / f"{name}.log",
    )
    bound = re.compile(r"reason=(BOUND|REBOOT)")
    until(lambda: bound.search(out.read_text()), 15.0, "the client has an address")
    client.kill()
    client.wait()
    return dict(line.split("=", 1) for line in out.read_text().splitlines() if "=" in line)


INFORM = """
import sys
from scapy.all import BOOTP, DHCP, IP, UDP, Ether, get_if_hwaddr, sendp, sniff
here, vendor = sys.argv[1], sys.argv[2]
mac = bytes.fromhex(get_if_hwaddr("eth0").replace(":", ""))
options = [("message-type", "inform")]
if vendor:
    options.append(("vendor_class_id", vendor.encode()))
options += [("param_req_list", [66, 43, 160, 114]), "end"]
asked = (Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=here, dst="255.255.255.255")
         / UDP(sport=68, dport=67) / BOOTP(op=1, ciaddr=here, chaddr=mac, xid=77)
         / DHCP(options=options))
found = sniff(iface="eth0", timeout=3, lfilter=lambda p: DHCP in p and p[BOOTP].op == 2,
              started_callback=lambda: sendp(asked, iface="eth0", verbose=False))
for answer in found:
    if answer[BOOTP].xid == 77:
        told = {o[0]: o[1:] for o in answer[DHCP].options if isinstance(o, tuple)}
        print(answer[IP].src, answer[IP].dst, answer[BOOTP].yiaddr, told.get("lease_time"),
              told.get("tftp_server_name", told.get("server_name")), told["message-type"], told)
"""


@pytest.mark.timeout(180)
def test_beside_a_router_telephones_that_inform_are_told_and_nobody_is_disturbed(lan, tmp_path):
    router(lan, tmp_path)
    box = BoxOnLan(lan, lan.host("box", f"{BOX}/24"), tmp_path / "b", dhcp=DhcpMode.INFORM)
    box.start()
    phone = lan.host("phone", mac="00:15:65:4a:a9:37")
    told = boot(lan, phone, tmp_path)
    assert told["new_dhcp_server_identifier"] == ROUTER
    assert "new_tftp_server_name" not in told

    answers = phone.python(INFORM, told["new_ip_address"], "").splitlines()
    ours = [line for line in answers if line.startswith(f"{BOX} ")]
    assert len(ours) == 1, answers
    assert box.base in ours[0]
    assert " 0.0.0.0 None " in ours[0]

    computer = lan.host("computer", mac="52:54:00:aa:bb:cc")
    told = boot(lan, computer, tmp_path)
    assert told["new_dhcp_server_identifier"] == ROUTER
    answers = computer.python(INFORM, told["new_ip_address"], "MSFT 5.0")
    assert f"{BOX} " not in answers
    with box.control() as link:
        window = until(
            lambda: link.snapshot()["window"][0].other_servers and link.snapshot()["window"][0],
            15.0,
            "the router is seen",
        )
        assert window.other_servers == (ROUTER,)


@pytest.mark.timeout(180)
def test_full_dhcp_does_not_start_beside_another_server(lan, tmp_path):
    router(lan, tmp_path)
    box = BoxOnLan(
        *(lan, lan.host("box", f"{BOX}/24"), tmp_path / "b"),
        dhcp=DhcpMode.FULL,
        pool_first=IPv4Address("10.99.0.100"),
        pool_last=IPv4Address("10.99.0.110"),
    )
    box.start()
    with box.control() as link:

        def state():
            return link.snapshot()["window"][0].dhcp

        until(lambda: state() not in ("off", "inform"), 15.0, "it has looked")
        assert state() == f"another DHCP server answers: {ROUTER}"
    for n in range(2):
        told = boot(lan, lan.host(f"phone{n}", mac=f"00:15:65:4a:a9:4{n}"), tmp_path)
        assert told["new_dhcp_server_identifier"] == ROUTER


@pytest.mark.timeout(180)
def test_full_dhcp_alone_gives_addresses_and_a_telephone_finds_its_files(lan, tmp_path):
    box = BoxOnLan(
        *(lan, lan.host("box", f"{BOX}/24"), tmp_path / "b"),
        dhcp=DhcpMode.FULL,
        pool_first=IPv4Address("10.99.0.100"),
        pool_last=IPv4Address("10.99.0.110"),
        router=IPv4Address(ROUTER),
    )
    box.start()
    with box.control() as link:
        until(lambda: link.snapshot()["window"][0].dhcp == "full", 15.0, "it has looked")
        link.call(ProvisionApi.open_window, 5.0)
    phone = lan.host("phone", mac="00:15:65:4a:a9:37")
    told = boot(lan, phone, tmp_path, vendor="yealink")
    assert told["new_dhcp_server_identifier"] == BOX
    assert told["new_ip_address"] == "10.99.0.100"
    assert told["new_tftp_server_name"] == box.base
    assert told["new_ntp_servers"] == BOX
    got = phone.must("curl", "-s", told["new_tftp_server_name"] + f"{PHONE_MAC}.cfg")
    assert re.search(r"auto_provision.server.url = http://10.99.0.10:\d+/p/[0-9a-f]{32}/", got)
    computer = lan.host("computer", mac="52:54:00:aa:bb:cc")
    told = boot(lan, computer, tmp_path)
    assert told["new_ip_address"] == "10.99.0.101"
    assert "new_tftp_server_name" not in told
    assert told["new_routers"] == ROUTER
    again = boot(lan, phone, tmp_path)
    assert again["new_ip_address"] == "10.99.0.100"
