"""Telephones over TFTP: two independent clients (tftp-hpa, curl) and packets by hand."""

from __future__ import annotations

import socket
import struct
import subprocess

import pytest

from firmware.link.api import ProvisionApi
from provisioning.serve.tftp import LARGEST_BLOCK, agreed, parse
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


@pytest.fixture(scope="module")
def box():
    with Provisioned() as made:
        yield made


@pytest.fixture
def token(box):
    """A telephone with its files; its token."""
    with box.control() as link:
        for row in link.snapshot().get("phone", ()):
            link.call(ProvisionApi.forget, row.id)
    box.admit(MAC, "101")
    found = box.token(MAC, FILE, AGENT)
    with box.control() as link:
        link.call(ProvisionApi.close_window)
    return found


def port(box):
    return box.site.provisioning.tftp_port


def hpa(box, path, folder, mode="binary"):
    """tftp-hpa: the bytes it got, and what it said."""
    out = folder / "got"
    out.unlink(missing_ok=True)
    done = subprocess.run(
        ["tftp", "-m", mode, "127.0.0.1", str(port(box)), "-c", "get", path, str(out)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return (out.read_bytes() if out.exists() else b""), done.stdout + done.stderr


def by_curl(box, path, block=512, source="127.0.0.1"):
    """curl, which asks for blksize, tsize and timeout."""
    url = f"tftp://127.0.0.1:{port(box)}/{path}"
    words = ["curl", "-s", "--path-as-is", "--max-time", "15", "--interface", source]
    done = subprocess.run(
        [*words, "--tftp-blksize", str(block), url], capture_output=True, check=False
    )
    return done.returncode, done.stdout


def test_the_same_as_by_http_but_for_passwords(box, token, tmp_path):
    path = f"p/{token}/phonebook.xml"
    by_http = curl(box.base + path).body
    assert by_http
    assert hpa(box, path, tmp_path)[0] == by_http
    assert by_curl(box, path) == (0, by_http)


def test_no_password_goes_by_tftp_unless_the_telephone_is_marked(box, token, tmp_path):
    path, password = f"p/{token}/{FILE}", password_of(box.site, "101").encode()
    told, _ = hpa(box, path, tmp_path)
    assert b"auto_provision.server.url" in told
    assert password not in told
    with box.control() as link:
        link.call(ProvisionApi.allow_tftp, MAC, True)
    assert password in hpa(box, path, tmp_path)[0]
    assert password in hpa(box, FILE, tmp_path)[0]
    with box.control() as link:
        link.call(ProvisionApi.allow_tftp, MAC, False)
    assert password not in hpa(box, path, tmp_path)[0]
    assert hpa(box, FILE, tmp_path)[0] == b""


@pytest.mark.parametrize("block", [8, 100, 512, 1024, 1468, 8192, 65464])
def test_blocks_of_every_size(box, token, block):
    whole = curl(f"{box.base}p/{token}/{FILE}").body
    pointer = by_curl(box, f"p/{token}/{FILE}", 512)[1]
    assert by_curl(box, f"p/{token}/{FILE}", block) == (0, pointer)
    assert len(pointer) < len(whole)


def test_a_body_that_ends_with_a_full_block_ends_with_an_empty_one(box, token, tmp_path):
    """And a firmware of more than 65535 blocks of eight bytes goes round the numbers."""
    for size in (512 * 7, 8 * 66000):
        image = bytes(n % 251 for n in range(size))
        (box.home.provision / "firmware" / "fw.rom").write_bytes(image)
        with box.control() as link:
            offer = {"vendor": "Yealink", "model": "", "version": "9", "share": 100}
            link.call(ProvisionApi.offer_firmware, name="fw.rom", **offer, first=())
        block = 8 if size > 100_000 else 512
        assert by_curl(box, f"p/{token}/firmware/fw.rom", block) == (0, image)
    assert hpa(box, f"p/{token}/firmware/fw.rom", tmp_path)[0] == image
    with box.control() as link:
        link.call(ProvisionApi.withdraw_firmware, "fw.rom")


def test_netascii_ends_lines_as_it_must(box, token, tmp_path):
    path = f"p/{token}/phonebook.xml"
    assert hpa(box, path, tmp_path, "netascii")[0] == hpa(box, path, tmp_path)[0]


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\boot.ini",
        FILE,
        "p/0/x",
        "nothing.cfg",
        "p/" + "0" * 32 + "/x",
    ],
)
def test_everything_else_is_not_found(box, token, tmp_path, path):
    got, said = hpa(box, path, tmp_path)
    assert got == b""
    assert "file not found" in said


def test_nothing_is_ever_written(box, token, tmp_path):
    (tmp_path / "x.cfg").write_text("mine")
    done = subprocess.run(
        ["tftp", "127.0.0.1", str(port(box)), "-c", "put", str(tmp_path / "x.cfg"), "x.cfg"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert "read only" in done.stdout + done.stderr
    assert not list(box.home.root.rglob("x.cfg"))


def test_first_contact_is_a_pointer_to_http(box, tmp_path):
    """As a Cisco SPA asks in its factory state."""
    sequence = next(s for s in sequences() if s["model"] == "SPA501G")
    with box.control() as link:
        link.call(ProvisionApi.close_window)  # also what an earlier window gave out is void
    box.admit(sequence["mac"], "102", model="SPA501G")
    common, _ = hpa(box, sequence["requests"][0], tmp_path)
    assert b"<flat-profile>" in common
    own, _ = hpa(box, sequence["requests"][1], tmp_path)
    assert password_of(box.site, "102").encode() not in own
    token = token_in(own.decode())
    complete = curl(f"{box.base}p/{token}/{sequence['requests'][1]}", agent=sequence["user_agent"])
    assert password_of(box.site, "102") in complete.text


def test_a_marked_telephone_lives_by_tftp_alone(box, tmp_path):
    sequence = next(s for s in sequences() if s["vendor"] == "zenitel")
    box.admit(sequence["mac"], "103", model="")
    with box.control() as link:
        link.call(ProvisionApi.allow_tftp, sequence["mac"], True)
        link.call(ProvisionApi.close_window)
        link.call(ProvisionApi.open_window, 5.0)
    hpa(box, sequence["requests"][0], tmp_path)
    for _ in range(2):
        own, _ = hpa(box, sequence["requests"][1], tmp_path)
        assert password_of(box.site, "103").encode() in own


# -- packets by hand -------------------------------------------------------------------------


def request(path, *options):
    words = [path, "octet", *options]
    return struct.pack("!H", 1) + b"\0".join(word.encode() for word in words) + b"\0"


def test_a_lost_block_is_sent_again_and_strangers_are_ignored(box, token):
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        line.settimeout(5.0)
        line.sendto(request(f"p/{token}/phonebook.xml"), ("127.0.0.1", port(box)))
        first, peer = line.recvfrom(2048)
        stranger.sendto(struct.pack("!HH", 4, 1), peer)
        again, _ = line.recvfrom(2048)
        assert again == first
        line.sendto(struct.pack("!HH", 4, 1), peer)
        second, _ = line.recvfrom(2048)
        assert struct.unpack("!HH", second[:4]) == (3, 2)
        line.sendto(struct.pack("!HH", 4, 1), peer)  # a late copy: not answered at once
        line.settimeout(0.3)
        with pytest.raises(TimeoutError):
            line.recvfrom(2048)
        line.sendto(struct.pack("!HHs", 5, 0, b"\0"), peer)


def test_transfers_of_one_address_are_limited(box, token):
    lines = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(40)]
    try:
        for line in lines:
            line.setblocking(False)
            line.sendto(request(f"p/{token}/phonebook.xml"), ("127.0.0.1", port(box)))

        def answered():
            return sum(_has_data(line) for line in lines)

        until(lambda: answered() >= 16, 3.0, "some are served")
        assert answered() == 16
        assert by_curl(box, f"p/{token}/phonebook.xml", source="127.0.0.2")[0] == 0
    finally:
        for line in lines:
            line.close()


def _has_data(line):
    try:
        return bool(line.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


@pytest.mark.parametrize(
    "packet",
    [b"", b"\0", b"\0\1", b"\0\1x", b"\0\1x\0", b"\0\1\xff\xfe\0octet\0", b"\0\4\0\1", b"x" * 2000],
)
def test_what_is_no_request_is_none(packet):
    assert parse(packet) is None


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"blksize": "7"}, {}),
        ({"blksize": "nan"}, {}),
        ({"blksize": "65464"}, {"blksize": str(LARGEST_BLOCK)}),
        ({"blksize": "-5", "tsize": "0"}, {"tsize": "99"}),
        ({"timeout": "0"}, {}),
        ({"timeout": "3", "windowsize": "64"}, {"timeout": "3"}),
        ({"multicast": ""}, {}),
    ],
)
def test_options_are_agreed_or_left_out(asked, given):
    assert agreed(asked, 99) == given
