"""Telephones at the daemon itself, over HTTP and HTTPS, by curl."""

from __future__ import annotations

import asyncio
import concurrent.futures
import re
import socket
import ssl
import statistics
import subprocess
import time
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from firmware.link.api import ProvisionApi
from firmware.link.client import Refused
from firmware.link.rows import KeyRow
from provisioning.device import FileKind
from provisioning.phones import family_of
from provisioning.serve.uploads import MOST_OF_FILE
from tests.contract.provisioned import (
    AGENT,
    FILE,
    MAC,
    Provisioned,
    curl,
    password_of,
    sequences,
    token_in,
)
from tests.rig.until import until

SEQUENCES = [sequence for sequence in sequences() if sequence["mac"]]
HTTP = [sequence for sequence in SEQUENCES if "http" in str(sequence["transport"])]


@pytest.fixture(scope="module")
def box():
    with Provisioned() as made:
        yield made


@pytest.fixture
def fresh(box):
    """The box with nobody on record and the window shut."""
    with box.control() as link:
        for row in link.snapshot().get("phone", ()):
            link.call(ProvisionApi.forget, row.id)
        for banned in link.snapshot()["window"][0].banned:
            link.call(ProvisionApi.pardon, banned)
        link.call(ProvisionApi.close_window)
    return box


# -- replay ----------------------------------------------------------------------------------


def name_of(sequence):
    return f"{sequence['vendor']}-{sequence['model']}"


@pytest.mark.parametrize("sequence", HTTP, ids=name_of)
def test_a_recorded_telephone_gets_its_files_once_and_its_password_in_the_right_one(
    fresh, sequence
):
    mac, agent = sequence["mac"], sequence["user_agent"] or ""
    fresh.admit(mac, "101", model="" if agent else sequence["model"] * 0)
    password = password_of(fresh.site, "101")
    given = {}
    for asked in sequence["requests"]:
        method, path = asked.split(" ") if " " in asked else ("GET", asked)
        got = curl(fresh.base + path, "-X", method, agent=agent)
        assert got.status in (200, 404), path
        assert got.total_s < 1.0
        if got.status == 200:
            given[path] = got.text
            if got.text.lstrip().startswith("<") and "xml" in got.header("Content-Type"):
                ET.fromstring(got.text)
    assert set(sequence["secret_files"]) <= set(given), (set(given), sequence["requests"])
    holding = {path for path, text in given.items() if password in text}
    assert holding == set(sequence["secret_files"])
    for path in sequence["secret_files"]:
        assert curl(fresh.base + path, agent=agent).status == 404
    row = fresh.phone(mac)
    assert (row.state, row.is_current, row.last_result) == ("adopted", True, "complete")


@pytest.mark.parametrize("sequence", HTTP, ids=name_of)
def test_what_no_telephone_gets_is_a_small_404(fresh, sequence):
    agent = sequence["user_agent"] or ""
    for asked in sequence["requests"]:
        got = curl(fresh.base + asked.split(" ")[-1], agent=agent)
        assert (got.status, got.text) == (404, "not found\n")


@pytest.mark.parametrize("sequence", HTTP, ids=name_of)
def test_with_the_token_of_its_first_file_everything_comes_again(fresh, sequence):
    """What a telephone is told once must lead it to the rest for ever."""
    mac, agent = sequence["mac"], sequence["user_agent"] or ""
    fresh.admit(mac, "101")
    secret = sequence["secret_files"][0]
    token = token_in(curl(fresh.base + secret, agent=agent).text)
    with fresh.control() as link:
        link.call(ProvisionApi.close_window)
    again = curl(f"{fresh.base}p/{token}/{secret}", agent=agent)
    assert password_of(fresh.site, "101") in again.text


# -- HTTP ------------------------------------------------------------------------------------


@pytest.fixture
def own(fresh):
    """A telephone's own address, with its token."""
    fresh.admit(MAC, "101")
    return f"{fresh.base}p/{fresh.token(MAC, FILE, AGENT)}/"


def test_head_says_what_get_sends(own):
    got = curl(own + FILE)
    looked = curl(own + FILE, "-I")
    assert looked.status == 200
    assert int(looked.header("Content-Length")) == len(got.body)
    assert looked.header("Content-Type") == got.header("Content-Type")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("0-99", 206, slice(0, 100)),
        ("100-", 206, slice(100, None)),
        ("-50", 206, slice(-50, None)),
        ("0-999999", 206, slice(0, None)),
        ("5-2", 200, slice(0, None)),
        ("0-1,5-6", 200, slice(0, None)),
        ("999999-", 416, slice(0, 0)),
    ],
)
def test_ranges(own, asked, status, part):
    whole = curl(own + FILE).body
    got = curl(own + FILE, "-H", f"Range: bytes={asked}")
    assert (got.status, got.body) == (status, whole[part])
    if status == 206:
        assert got.header("Content-Range").endswith(f"/{len(whole)}")


def test_http_1_0_is_spoken(own):
    got = curl(own + FILE, "--http1.0")
    assert got.status == 200
    assert got.header("Transfer-Encoding") == ""


def test_a_nul_at_the_end_does_no_harm(own):
    assert curl(own + FILE + "%00").status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/phones.sqlite"),
        *("firmware/../phones.sqlite", "firmware/..%2f..%2fphones.sqlite", "", "etc/passwd"),
        *("..\\..\\phones.sqlite", "%252e%252e/phones.sqlite", "firmware/", "%00", "a%0d%0ab"),
    ],
)
def test_nothing_climbs_out(own, path):
    got = curl(own + path)
    assert (got.status, got.text) == (404, "not found\n")
    plain = own.partition("/p/")[0] + "/"
    assert curl(plain + path).status == 404


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT"])
def test_other_methods_are_refused_alike(own, method):
    assert curl(own + FILE, "-X", method).status in (400, 404)


def test_logs_of_telephones_are_kept_small(fresh, own, tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_text("phone log\n")
    large.write_bytes(b"x" * (MOST_OF_FILE + 1))
    assert curl(own + f"{MAC}-app.log", "-T", str(small)).status == 200
    kept = fresh.home.provision / "logs" / MAC / f"{MAC}-app.log"
    assert kept.read_text() == "phone log\n"
    assert curl(own + "b.log", "-T", str(large)).status == 413
    assert curl(own + "..%2f..%2fphones.sqlite", "-T", str(small)).status == 404
    assert curl(own + f"{MAC}-app.log").status == 404
    assert curl(fresh.base + f"{MAC}-app.log", "-T", str(small)).status == 404
    for n in range(40):
        curl(own + f"{n}.log", "-T", str(small))
    assert len(list(kept.parent.iterdir())) == 32


def test_the_other_end_of_the_world_is_not_served(fresh):
    with Provisioned(networks=("192.0.2.0/24",)) as foreign:
        foreign.admit(MAC, "101")
        assert curl(foreign.base + FILE).status == 404
        with foreign.control() as link:
            assert link.snapshot().get("phone", ())[0].found_by == "typed"


# -- HTTPS -----------------------------------------------------------------------------------


def secure(box, rest):
    return f"https://127.0.0.1:{box.site.provisioning.https_port}/{rest}"


def test_https_serves_the_same(fresh, own):
    token = token_in(own)
    plain = curl(own + FILE).body
    assert curl(secure(fresh, f"p/{token}/{FILE}")).body == plain


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused_by_the_modern_listener(box, version):
    assert handshake(box.site.provisioning.https_port, version) == ""


def handshake(port, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain) as line,
        ):
            return line.version()
    except (ssl.SSLError, ConnectionError):
        return ""


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_has_its_own_listener_when_switched_on():
    with Provisioned(old_tls=True) as box:
        plan = box.site.provisioning
        assert handshake(plan.old_tls_port, ssl.TLSVersion.TLSv1) == "TLSv1"
        assert handshake(plan.old_tls_port, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
        assert handshake(plan.https_port, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
        assert handshake(plan.https_port, ssl.TLSVersion.TLSv1_1) == ""


test_old_tls_is_refused_by_the_modern_listener = pytest.mark.filterwarnings(
    "ignore:ssl.TLSVersion"
)(test_old_tls_is_refused_by_the_modern_listener)


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    """A vendor's factory: its CA, a telephone's certificate, and one of somebody else's CA."""
    folder = tmp_path_factory.mktemp("factory")
    for ca in ("ca", "other"):
        openssl(
            folder,
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-subj", f"/CN={ca} of a vendor", "-keyout", f"{ca}.key", "-out", f"{ca}.pem"),
        )
    for name, ca, subject in (
        ("phone", "ca", "/O=Vendor/CN=00:15:65:4A:A9:37"),
        ("neighbour", "ca", "/O=Vendor/CN=0015654aa938"),
        ("forged", "other", "/O=Vendor/CN=0015654aa937"),
    ):
        request = ("-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", *request)
        signed = ("-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial")
        openssl(
            folder,
            *("x509", "-req", "-in", f"{name}.csr", *signed, "-days", "30"),
            *("-out", f"{name}.pem"),
        )
    return folder


def test_a_factory_certificate_proves_one_telephone(factory):
    with Provisioned(client_ca=str(factory / "ca.pem")) as box:
        box.admit(MAC, "101")
        with box.control() as link:
            link.call(ProvisionApi.close_window)

        def ask(name, path=FILE):
            shown = ("--cert", str(factory / f"{name}.pem"), "--key", str(factory / f"{name}.key"))
            return curl(secure(box, path), *shown)

        assert password_of(box.site, "101") in ask("phone").text
        assert ask("neighbour").status == 404
        assert ask("phone", "0015654aa938.cfg").status == 404
        assert ask("forged").status == 0
        assert curl(secure(box, FILE)).status == 404


# -- who searches ------------------------------------------------------------------------------


async def test_five_thousand_addresses_are_searched_in_vain(fresh):
    fresh.admit("001565000777", "101")
    with fresh.control() as link:
        link.call(ProvisionApi.close_window)
    paths = [f"001565{n:06x}.cfg" for n in range(5000)]
    found = await fetch_all(fresh.site.provisioning.http_port, paths, source="127.0.0.66")
    assert found == {404: 5000}
    with fresh.control() as link:
        window = link.snapshot()["window"][0]
        assert window.banned == ("127.0.0.66",)
        assert len(link.snapshot()["phone"]) < 10
        assert "127.0.0.66" in " ".join(link.call(ProvisionApi.status).warnings)
        link.call(ProvisionApi.pardon, "127.0.0.66")
        assert link.snapshot()["window"][0].banned == ()


async def fetch_all(port, paths, source):
    """Many requests over forty kept connections; how often each status came."""
    waiting, counts = iter(paths), Counter()

    async def fetch():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        for path in waiting:
            writer.write(f"GET /{path} HTTP/1.1\r\nHost: box\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head)[1]))
            counts[int(head.split(b" ")[1])] += 1
        writer.close()

    await asyncio.gather(*(fetch() for _ in range(40)))
    return dict(counts)


def test_the_time_of_a_refusal_tells_nothing(fresh):
    """Known, unknown, revoked, wrong token, wrong file: the same answer in the same time."""
    fresh.admit(MAC, "101")
    token = fresh.token(MAC, FILE, AGENT)
    with fresh.control() as link:
        link.call(ProvisionApi.close_window)
        link.call(ProvisionApi.expect, mac="0015654aa9aa", model="T46G")
        link.call(ProvisionApi.assign, "0015654aa9aa", ("102",))
        link.call(ProvisionApi.revoke, "0015654aa9aa")
    asked = {
        "adopted": FILE,
        "revoked": "0015654aa9aa.cfg",
        "unknown": "0015654aa9ab.cfg",
        "no maker": "aabbccddeeff.cfg",
        "wrong token": f"p/{'0' * 32}/{FILE}",
        "absent": f"p/{token}/nothing.cfg",
        "common": "y000000000028.cfg",
        "nonsense": "robots.txt",
    }
    times = {name: [] for name in asked}
    bodies = set()
    with socket.create_connection(("127.0.0.1", fresh.site.provisioning.http_port)) as line:
        for _ in range(60):
            for name, path in asked.items():
                began = time.perf_counter()
                line.sendall(f"GET /{path} HTTP/1.1\r\nHost: box\r\n\r\n".encode())
                answer = b""
                while not answer.endswith(b"not found\n"):
                    answer += line.recv(4096)
                times[name].append(time.perf_counter() - began)
                bodies.add(re.sub(rb"Date: [^\r]*", b"", answer))
    assert len(bodies) == 1
    medians = {name: statistics.median(found) for name, found in times.items()}
    assert max(medians.values()) - min(medians.values()) < 0.002, medians


# -- load and ill will -----------------------------------------------------------------------------


def test_who_is_silent_or_slow_is_not_waited_for(fresh, own):
    port = fresh.site.provisioning.http_port
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    try:
        for line in lines:
            line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert curl(own + FILE, source="127.0.0.2").status == 200
        lines[0].settimeout(15.0)
        assert lines[0].recv(100) == b""  # closed by the box
    except ConnectionResetError:
        pass
    finally:
        for line in lines:
            line.close()


def test_two_hundred_at_once_are_served(fresh, own):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda n: curl(own + FILE, source=f"127.0.3.{n}").status, range(200)))
    assert found == [200] * 200


def test_a_huge_header_or_line_is_refused(own):
    assert curl(own + FILE, "-H", f"X: {'a' * 100_000}").status in (0, 400, 404, 431)
    assert curl(own + "a" * 100_000).status in (0, 400, 404, 414)
    assert curl(own + FILE).status == 200


# -- the technician ----------------------------------------------------------------------------


def test_preview_and_difference_hide_every_secret(fresh, own):
    password, token = password_of(fresh.site, "101"), token_in(own)
    with fresh.control() as link:
        files = {file.path: file.text for file in link.call(ProvisionApi.preview, MAC)}
        link.call(ProvisionApi.set_override, MAC, "account.1.display_name", "علی & «B»")
        (change,) = link.call(ProvisionApi.changes, MAC)
    assert password not in str(files)
    assert token not in str(files)
    assert "account.1.password = <secret " in files[FILE]
    assert (change.name, change.sent, change.now) == (
        *("account.1.display_name", "Support 1", "علی & «B»"),
    )
    assert not fresh.phone(MAC).is_current
    assert "علی" in curl(own + FILE).text
    assert fresh.phone(MAC).is_current


def test_an_override_stays_and_can_be_taken_back(fresh, own):
    with fresh.control() as link:
        link.call(ProvisionApi.set_override, MAC, "account.1.dtmf.type", "2")
        link.call(ProvisionApi.assign, MAC, ("102",))
    assert "account.1.dtmf.type = 2" in curl(own + FILE).text
    with fresh.control() as link:
        assert link.call(ProvisionApi.overrides, MAC) == {"account.1.dtmf.type": "2"}
        link.call(ProvisionApi.drop_override, MAC, "account.1.dtmf.type")
    assert "account.1.dtmf.type = 1" in curl(own + FILE).text


@pytest.mark.parametrize(
    ("name", "value"),
    [("no.such.parameter", "1"), ("account.1.label", "x\naccount.1.password = stolen")],
)
def test_an_override_nobody_could_write_is_refused(fresh, own, name, value):
    with fresh.control() as link, pytest.raises(Refused) as refused:
        link.call(ProvisionApi.set_override, MAC, name, value)
    assert refused.value.kind == "ValueError"


def test_keys_are_laid_out(fresh, own):
    keys = (
        KeyRow(kind="line", value="", label="", account=1),
        KeyRow(kind="night", value="*81", label="شب", account=1),
        KeyRow(kind="park", value="701", label="Park", account=1),
    )
    with fresh.control() as link:
        link.call(ProvisionApi.set_keys, MAC, keys)
    told = curl(own + FILE).text
    assert "linekey.2.value = *81" in told
    assert "linekey.3.type = 10" in told
    with fresh.control() as link:
        with pytest.raises(Refused, match="no kind of key"):
            link.call(
                *(ProvisionApi.set_keys, MAC),
                (KeyRow(kind="teleport", value="", label="", account=1),),
            )
        link.call(ProvisionApi.set_keys, MAC, None)
    assert "linekey.2.value = 102" in curl(own + FILE).text


@pytest.mark.parametrize(
    ("extensions", "words"),
    [
        (("999",), "no extension 999"),
        (("201",), "no SIP account"),
        (("101", "101"), "twice"),
    ],
)
def test_an_impossible_choice_is_refused(fresh, extensions, words):
    with fresh.control() as link:
        link.call(ProvisionApi.expect, mac=MAC, model="T46G")
        with pytest.raises(Refused, match=words):
            link.call(ProvisionApi.assign, MAC, extensions)


def test_firmware_goes_to_a_share_and_to_nobody_else(fresh, own):
    folder = fresh.home.provision / "firmware"
    image = bytes(range(256)) * 4096
    (folder / "T46G-28.86.0.1.rom").write_bytes(image)
    with fresh.control() as link:
        offer = {"name": "T46G-28.86.0.1.rom", "vendor": "yealink", "model": "t46g"}
        link.call(ProvisionApi.offer_firmware, **offer, version="28.86.0.1", share=0, first=(MAC,))
        (row,) = link.call(ProvisionApi.firmware)
        assert (row.meant, row.has_it, row.share, row.bytes) == (1, 0, 0, len(image))
        assert "static.firmware.url = " in curl(own + FILE).text
        got = curl(own + "firmware/T46G-28.86.0.1.rom")
        assert got.body == image
        part = curl(own + "firmware/T46G-28.86.0.1.rom", "-H", "Range: bytes=1000-1999")
        assert (part.status, part.body) == (206, image[1000:2000])
        link.call(ProvisionApi.offer_firmware, **offer, version="28.86.0.1", share=0, first=())
        assert curl(own + "firmware/T46G-28.86.0.1.rom").status == 404
        link.call(ProvisionApi.offer_firmware, **offer, version="28.86.0.1", share=100, first=())
        assert curl(own + "firmware/T46G-28.86.0.1.rom").status == 200
        agent = AGENT.replace("28.83.0.120", "28.86.0.1")
        curl(own + FILE, agent=agent)
        assert link.call(ProvisionApi.firmware)[0].has_it == 1
        link.call(ProvisionApi.withdraw_firmware, "T46G-28.86.0.1.rom")
    assert not (folder / "T46G-28.86.0.1.rom").exists()


def test_a_share_is_about_a_share(tmp_path):
    from provisioning.devices import _share  # noqa: PLC0415

    chosen = [n for n in range(4000) if _share(f"0015650{n:05x}", "a.rom") < 25]
    assert 800 < len(chosen) < 1200
    more = [n for n in range(4000) if _share(f"0015650{n:05x}", "a.rom") < 50]
    assert set(chosen) <= set(more)


def test_the_router_s_words_are_whole_addresses(box):
    with box.control() as link:
        options = link.call(ProvisionApi.router_options)
    assert any(option.code == 66 and option.value == box.base for option in options)
    assert all(option.families for option in options)


def test_a_softphone_s_address_is_complete_and_revocable(fresh):
    with fresh.control() as link:
        ident = link.call(ProvisionApi.add_softphone, "103")
        address = link.call(ProvisionApi.address_of, ident)
        got = curl(address, agent="Unknown")
        assert got.status == 200
        ET.fromstring(got.text)
        assert password_of(fresh.site, "103") in got.text
        link.call(ProvisionApi.revoke, ident)
    assert curl(address, agent="Unknown").status == 404


# -- restarts and the log ------------------------------------------------------------------------


def test_it_survives_a_kill_with_all_it_knows(fresh, own):
    fresh.kill("provision")
    fresh.start("provision")
    assert curl(own + FILE).status == 200
    assert fresh.phone(MAC).extensions == ("101",)


def test_no_secret_is_in_any_log(box):
    """Last: everything above has been logged."""
    said = box.log("provision")
    assert "fetched" in said
    for extension in box.site.extension:
        if extension.password is not None:
            assert extension.password.get_secret_value() not in said
    assert not re.search(r"[0-9a-f]{32}", said)
    assert not re.search(r"/p/", said)
    assert "Traceback" not in said


def test_every_file_a_family_names_is_served_with_the_token(fresh):
    """The family's own list of files and what it answers to are one."""
    fresh.admit(MAC, "101")
    token = fresh.token(MAC, FILE, AGENT)
    with fresh.control() as link:
        names = [file.path for file in link.call(ProvisionApi.preview, MAC)]
    assert len(names) >= 3
    family = family_of("yealink")
    for name in names:
        assert family.answers(name).kind is not FileKind.ABSENT
        until(lambda name=name: curl(f"{fresh.base}p/{token}/{name}").status == 200, 2.0, name)
