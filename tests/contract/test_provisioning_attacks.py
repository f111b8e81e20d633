"""Who searches, climbs, guesses, floods or is silent at the window for telephones."""

from __future__ import annotations

import asyncio
import concurrent.futures
import re
import socket
import statistics
import time
from collections import Counter

import pytest

from firmware.link.api import ProvisionApi
from tests.contract.provisioned import (
    AGENT,
    FILE,
    MAC,
    Provisioned,
    curl,
)

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


def test_the_other_end_of_the_world_is_not_served(fresh):
    with Provisioned(networks=("192.0.2.0/24",)) as foreign:
        foreign.admit(MAC, "101")
        assert curl(foreign.base + FILE).status == 404
        with foreign.control() as link:
            assert link.snapshot().get("phone", ())[0].found_by == "typed"


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
