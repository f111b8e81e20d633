"""SIP PnP and mDNS on a network of their own: SIPp is the telephone."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from firmware.link.api import ProvisionApi
from firmware.link.client import Refused
from tests.contract.office_lan import BOX, BoxOnLan
from tests.contract.provisioned import FILE, MAC, password_of, token_in
from tests.rig.namespaces import Lan
from tests.rig.until import until

PHONE = "10.99.0.21"
SCENARIO = Path(__file__).parents[1] / "rig" / "sipp" / "pnp.xml"


@pytest.fixture(scope="module")
def lan():
    with Lan() as made:
        yield made


@pytest.fixture(scope="module")
def box(lan, tmp_path_factory):
    made = BoxOnLan(
        *(lan, lan.host("box", f"{BOX}/24"), tmp_path_factory.mktemp("box")),
        pnp=True,
        mdns=True,
    )
    # The exchange has its own address on port 5060, as Kamailio does.
    lan.start(
        made.host,
        *("python3", "-c", _EXCHANGE, BOX),
        log=made.home.log / "exchange.log",
    )
    made.start()
    return made


_EXCHANGE = """
import socket, sys
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.bind((sys.argv[1], 5060))
while True:
    packet, source = line.recvfrom(4096)
    print("exchange heard", packet[:20], flush=True)
    line.sendto(b"SIP/2.0 489 Bad Event\\r\\n\\r\\n", source)
"""


@pytest.fixture(scope="module")
def phone(lan):
    return lan.host("phone", f"{PHONE}/24", mac="00:15:65:4a:a9:37")


@pytest.fixture
def fresh(box):
    with box.control() as link:
        for row in link.snapshot().get("phone", ()):
            link.call(ProvisionApi.forget, row.id)
        link.call(ProvisionApi.close_window)
    return box


def ask(phone, folder, mac=MAC, vendor="Yealink", model="T46G", timeout="4s", port="5060"):
    """One SIPp telephone: whether it got its URL, and the URL."""
    (folder / "who.csv").write_text(f"SEQUENTIAL\n{mac};{vendor};{model}\n")
    log = folder / "sipp.log"
    log.unlink(missing_ok=True)
    done = phone.run(
        *("sipp", f"224.0.1.75:{port}", "-sf", str(SCENARIO), "-inf", str(folder / "who.csv")),
        *("-m", "1", "-i", PHONE, "-p", "5062", "-nostdin", "-timeout", timeout),
        *("-timeout_error", "-trace_logs", "-log_file", str(log)),
    )
    found = re.search(r"URL (\S+)", log.read_text()) if log.exists() else None
    return done.returncode, found[1] if found else ""


@pytest.mark.parametrize("port", ["5060", "5080"])
def test_a_new_telephone_is_told_its_own_url_and_finds_its_file_there(fresh, phone, tmp_path, port):
    with fresh.control() as link:
        link.call(ProvisionApi.open_window, 5.0)
    status, url = ask(phone, tmp_path, port=port)
    assert status == 0
    assert url.startswith(f"{fresh.base}p/")
    got = phone.must("curl", "-s", f"{url.rstrip('/')}/{FILE}")
    assert "auto_provision.server.url" in got
    with fresh.control() as link:
        (row,) = link.snapshot()["phone"]
    assert (row.id, row.vendor, row.model, row.address) == (MAC, "Yealink", "T46G", PHONE)


def test_with_the_window_shut_nothing_is_said_but_it_is_shown(fresh, phone, tmp_path):
    status, url = ask(phone, tmp_path)
    assert (status != 0, url) == (True, "")
    with fresh.control() as link:
        (row,) = link.snapshot()["phone"]
    assert (row.id, row.state) == (MAC, "seen")


def test_who_has_its_token_is_told_nothing_more(fresh, phone, tmp_path):
    with fresh.control() as link:
        link.call(ProvisionApi.open_window, 5.0)
    status, url = ask(phone, tmp_path)
    assert status == 0
    phone.must("curl", "-s", f"{url.rstrip('/')}/{FILE}")
    assert ask(phone, tmp_path)[0] != 0


@pytest.mark.parametrize("vendor", ["OEM", "VOIP PHONE", ""])
def test_the_maker_s_address_counts_more_than_the_name(fresh, phone, tmp_path, vendor):
    with fresh.control() as link:
        link.call(ProvisionApi.open_window, 5.0)
    assert ask(phone, tmp_path, vendor=vendor, model="")[0] == 0


def test_the_exchange_hears_nothing_of_it(fresh, phone, tmp_path):
    with fresh.control() as link:
        link.call(ProvisionApi.open_window, 5.0)
    assert ask(phone, tmp_path)[0] == 0
    assert "heard" not in (fresh.home.log / "exchange.log").read_text()


def test_mdns_names_the_place(box, phone):
    code = """
from zeroconf import Zeroconf
import socket, sys
zeroconf = Zeroconf(interfaces=[sys.argv[1]])
found = zeroconf.get_service_info("_http._tcp.local.", "Markaz telephones._http._tcp.local.", 5000)
print(socket.inet_ntoa(found.addresses[0]), found.port, found.properties)
zeroconf.close()
"""
    said = phone.python(code, PHONE)
    assert said.startswith(f"{BOX} {box.site.provisioning.http_port} ")


def test_a_scan_finds_who_is_there(fresh, phone, lan):
    """A telephone that answers OPTIONS, and one that says nothing but whose maker is known."""
    silent = lan.host("silent", "10.99.0.33/24", mac="00:0b:82:11:22:33")
    computer = lan.host("computer", "10.99.0.34/24")
    code = """
import socket, sys
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.bind((sys.argv[1], 5060))
print("ready", flush=True)
while True:
    packet, source = line.recvfrom(4096)
    line.sendto(b"SIP/2.0 200 OK\\r\\nUser-Agent: Yealink SIP-T54W 96.86.0.70 00:15:65:4a:a9:37"
                b"\\r\\n\\r\\n", source)
"""
    log = fresh.home.log / "phone.log"
    lan.start(phone, "python3", "-c", code, PHONE, log=log)
    until(lambda: log.exists() and "ready" in log.read_text(), 5.0, "the telephone is on")
    with fresh.control() as link:
        link.call(ProvisionApi.scan)

    def rows():
        with fresh.control() as link:
            return {row.id: row for row in link.snapshot().get("phone", ())}

    found = until(lambda: len(rows()) == 2 and rows(), 15.0, "both are found")
    assert (found[MAC].model, found[MAC].firmware, found[MAC].address) == (
        *("T54W", "96.86.0.70", PHONE),
    )
    assert (found["000b82112233"].vendor, found["000b82112233"].found_by) == (
        *("Grandstream", "scan"),
    )
    assert silent.mac
    assert computer.mac.replace(":", "") not in found


GRANDSTREAM = "000b82445566"
EAR = """
import socket, sys
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.bind((sys.argv[1], 5060))
print("ready", flush=True)
while True:
    packet, source = line.recvfrom(4096)
    print(packet.decode(), flush=True)
    line.sendto(b"SIP/2.0 200 OK\\r\\n\\r\\n", source)
"""


def test_who_waits_for_its_extension_is_told_at_once_in_its_dialect(fresh, lan, tmp_path):
    """A Grandstream looks again once an hour: nobody wants to wait so long."""
    waiting = lan.host("waiting", "10.99.0.37/24", mac="00:0b:82:44:55:66")
    log = tmp_path / "waiting.log"
    lan.start(waiting, "python3", "-c", EAR, "10.99.0.37", log=log)
    until(lambda: log.exists() and "ready" in log.read_text(), 5.0, "it is on")
    with fresh.control() as link:
        link.call(ProvisionApi.open_window, 5.0)
    path = f"{fresh.base}cfg{GRANDSTREAM}.xml"
    agent = "Grandstream Model HW GXP1628 SW 1.0.4.138 DevId 000b82445566"
    pointer = waiting.must("curl", "-s", "-A", agent, path)
    assert password_of(fresh.site, "101") not in pointer
    assert "NOTIFY" not in log.read_text()
    with fresh.control() as link:
        link.call(ProvisionApi.assign, GRANDSTREAM, ("101",))
    until(lambda: "NOTIFY sip:10.99.0.37:5060 SIP/2.0" in log.read_text(), 5.0, "it is told")
    assert "Event: resync" in log.read_text()
    until(lambda: "was told directly: 200" in fresh.log.read_text(), 5.0, "it is noted")
    own = f"{fresh.base}p/{token_in(pointer)}/cfg{GRANDSTREAM}.xml"
    assert password_of(fresh.site, "101") in waiting.must("curl", "-s", "-A", agent, own)


SPA = "000e08112233"
PAGE = """
import http.server, sys, urllib.request
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, address = self.path.partition("?")
        self.send_response(200 if path == "/admin/resync" else 404)
        self.end_headers()
        if path == "/admin/resync":
            print("got", len(urllib.request.urlopen(address).read()), flush=True)
    def address_string(self):
        return "somebody"
http.server.HTTPServer.server_bind = lambda self: self.socket.bind(self.server_address)
print("ready", flush=True)
http.server.HTTPServer((sys.argv[1], 80), Page).serve_forever()
"""


def test_who_does_not_ask_is_told_over_its_own_page(fresh, lan, tmp_path):
    """A Cisco SPA that a scan found: the one maker whose guide names a way."""
    spa = lan.host("spa", "10.99.0.36/24", mac="00:0e:08:11:22:33")
    log = tmp_path / "spa.log"
    lan.start(spa, "python3", "-c", PAGE, "10.99.0.36", log=log)
    until(lambda: log.exists() and "ready" in log.read_text(), 5.0, "its page is there")
    with fresh.control() as link:
        link.call(ProvisionApi.scan)

    def row():
        with fresh.control() as link:
            rows = {row.id: row for row in link.snapshot().get("phone", ())}
        return rows.get(SPA)

    until(lambda: row() is not None and row().address, 15.0, "it is found")
    assert row().can_push
    with fresh.control() as link:
        with pytest.raises(Refused, match="window is shut"):
            link.call(ProvisionApi.push, SPA)
        link.call(ProvisionApi.open_window, 5.0)
        link.call(ProvisionApi.push, SPA)
    until(lambda: "got" in log.read_text(), 8.0, "it fetches")
    until(lambda: row().state == "invited" and row().last_result == "pointer", 5.0, "it is shown")
    assert not row().can_push
    with fresh.control() as link, pytest.raises(Refused, match="cannot be told so"):
        link.call(ProvisionApi.push, SPA)
    said = fresh.log.read_text()
    assert "was told its address" in said
    assert "/admin/resync" not in said


def test_a_link_that_was_away_is_joined_again(fresh, phone, tmp_path, lan):
    """The kernel forgets memberships of an interface that is taken away; ours come back."""
    host = fresh.host
    host.must("ip", "link", "set", "eth0", "down")
    host.must("ip", "link", "set", "eth0", "up")
    with fresh.control() as link:
        link.call(ProvisionApi.open_window, 5.0)
    until(lambda: ask(phone, tmp_path)[0] == 0, 20.0, "it is answered again")


def test_the_group_alone_is_bound():
    """On this machine, without a namespace: two sockets of other programs are not disturbed."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as group,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as exchange,
    ):
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        group.bind(("224.0.1.75", 0))
        exchange.bind(("127.0.0.1", group.getsockname()[1]))
        assert exchange.getsockname()[1] == group.getsockname()[1]
