"""No internet: every name server and route beyond the router swallows what it gets.

The box is in a network of its own (needs root or user namespaces): behind a router that goes on
answering, the world with a name server and a provider, which then is gone without a word.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rig.namespaces import Host, Lan
from tests.rig.until import overload, until
from tests.sim.no_internet import BOX, NAME, PASSWORD, PORT, PROVIDER, ROUTER, USER

SERVER = "198.18.0.53"  # RFC 2544: addresses for tests

BY_ITSELF = ("menu", "queue", "voicemail", "console", "provisioning")
NAMES_WAIT_MS = 900.0
"""Who asks a name server that says nothing waits for a second at the very least."""

_PROVIDER = f"""
from tests.rig.provider import Provider
with Provider({PROVIDER!r}, {PORT}, users={{{USER!r}: {PASSWORD!r}}}) as provider:
    while True:
        dialog = provider.taken(3600.0)
        dialog.answer("180 Ringing")
        cancel = dialog.expect("CANCEL", 60.0)
        dialog.reply(cancel, "200 OK")
        dialog.answer("487 Request Terminated")
"""


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan() as made:
        yield made


class World:
    """The router, and what is behind it."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.router = lan.host("router", f"{ROUTER}/24")
        self._both("add")
        server = lan.start(
            self.router,
            *("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts"),
            *("--conf-file=/dev/null", "--user=root", f"--pid-file={folder}/dnsmasq.pid"),
            f"--naptr-record={NAME},10,10,s,SIP+D2U,,_sip._udp.{NAME}",
            f"--srv-host=_sip._udp.{NAME},sbc.{NAME},{PORT},1,1",
            *(f"--host-record=sbc.{NAME},{PROVIDER}", f"--local=/{NAME}/"),
            log=folder / "dnsmasq.log",
        )
        until(lambda: server.poll() is None, 1.0, "dnsmasq runs")
        lan.start(self.router, sys.executable, "-c", _PROVIDER, log=folder / "provider.log")

    def cut(self) -> float:
        """The world beyond the router swallows everything; when (CLOCK_MONOTONIC)."""
        self._both("del")
        return time.monotonic()

    def mend(self) -> float:
        """The world is there again; when."""
        self._both("add")
        return time.monotonic()

    def _both(self, order: str) -> None:
        # The router forwards nothing: what is not its own address is dropped without a word.
        for address in (SERVER, PROVIDER):
            self.router.must("ip", "address", order, f"{address}/32", "dev", "lo")


@contextmanager
def _box(lan: Lan, host: Host, folder: Path) -> Iterator[subprocess.Popen[str]]:
    resolv = folder / "resolv.conf"
    resolv.write_text(f"nameserver {SERVER}\n")
    script = (
        f"mount --bind {resolv} /etc/resolv.conf && exec {sys.executable} -m tests.sim.no_internet"
    )
    command = ["setpriv", "--pdeathsig", "TERM", *host.command("unshare", "-m", "sh", "-c", script)]
    with (
        (folder / "box.log").open("w") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as child,
    ):
        try:
            yield child
            _order(child, "end")
            assert child.wait(30.0) == 0, (folder / "box.log").read_text()[-4000:]
        finally:
            child.terminate()


def _order(box: subprocess.Popen[str], order: str) -> None:
    assert box.stdin is not None
    box.stdin.write(f"{order}\n")
    box.stdin.flush()


def _ask(box: subprocess.Popen[str], order: str) -> dict[str, Any]:
    """The answer to an order."""
    _order(box, order)
    assert box.stdout is not None
    for line in box.stdout:
        if line.startswith("{"):
            return dict(json.loads(line))
    raise AssertionError(f"the box ended with {box.wait()}")


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


@pytest.mark.timeout(240)
def test_without_internet_calls_go_on_as_before(lan: Lan, tmp_path: Path) -> None:
    world = World(lan, tmp_path)
    host = lan.host("box", f"{BOX}/24")
    host.must("ip", "route", "add", "default", "via", ROUTER)
    with _box(lan, host, tmp_path) as box:
        _ask(box, "wait up")
        before = _ask(box, "measure")
        cut_at = world.cut()
        down = _ask(box, "wait down")
        after = _ask(box, "measure")
        mended_at = world.mend()
        back = _ask(box, "wait up")
        again = _ask(box, "measure")
    seen_s, skipped_s = down["at"] - cut_at, down["trunk_at"] - cut_at
    sys.stdout.write(
        f"seen down after {seen_s:.1f} s, the trunk skipped after {skipped_s:.1f} s, back after "
        f"{back['at'] - mended_at:.1f} s, used after {back['trunk_at'] - mended_at:.1f} s\n"
    )
    for kind in ("sip", "analogue", "outward", "by_line", *BY_ITSELF):
        told = "; ".join(
            f"{name} p50 {statistics.median(one[kind]):.1f} p99 {_p99(one[kind]):.1f}"
            for name, one in (("before", before), ("without", after), ("again", again))
        )
        sys.stdout.write(f"{kind}, ms: {told}\n")
    assert (down["cause"], ROUTER in down["detail"]) == ("beyond", True)
    assert seen_s < 5.0 * overload()
    assert skipped_s < seen_s + 1.0 * overload()
    assert [one["ways"] for one in (before, after, again)] == [["named"], ["fxo-1"], ["named"]]
    for kind in ("sip", "analogue"):
        assert statistics.median(after[kind]) < statistics.median(before[kind]) + 50.0
        assert _p99(after[kind]) < _p99(before[kind]) + 500.0
    for kind in BY_ITSELF:
        assert max(after[kind]) < max(before[kind]) + NAMES_WAIT_MS, kind
    # Three calls of each, which a busy machine dials by as much slower.
    slower_ms = 50.0 * overload()
    assert statistics.median(after["outward"]) < statistics.median(after["by_line"]) + slower_ms
