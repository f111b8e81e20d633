"""Names of providers: a box that loses its name servers sets up its calls as before."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.namespaces import Host, Lan
from tests.rig.until import until
from tests.sim.black_hole import ADDRESS, NAME, PORT

BOX, SERVER = "10.98.0.10", "10.98.0.53"
SILENT = (
    "import socket,time; s=socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 53)); time.sleep(900)"
)


@pytest.fixture
def lan() -> Iterator[Lan]:
    with Lan() as made:
        yield made


def _name_server(lan: Lan, host: Host, folder: Path) -> subprocess.Popen[bytes]:
    server = lan.start(
        host,
        *("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null"),
        *("--user=root", f"--pid-file={folder}/dnsmasq.pid"),
        f"--naptr-record={NAME},10,10,s,SIP+D2U,,_sip._udp.{NAME}",
        f"--srv-host=_sip._udp.{NAME},sbc.{NAME},{PORT},1,1",
        f"--address=/sbc.{NAME}/{ADDRESS}",
        log=folder / "dnsmasq.log",
    )
    until(lambda: server.poll() is None, 1.0, "dnsmasq runs")
    return server


def _heard(box: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line of JSON."""
    assert box.stdout is not None
    for line in box.stdout:
        if line.startswith("{"):
            return dict(json.loads(line))
    raise AssertionError(f"the box ended with {box.wait()}")


@pytest.mark.timeout(240)
def test_without_name_servers_calls_are_set_up_as_before(lan: Lan, tmp_path: Path) -> None:
    """Also after a restart of all that knows the trunk: it registers by the last good answer."""
    server = lan.host("server", f"{SERVER}/24")
    host = lan.host("box", f"{BOX}/24")
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {SERVER}\n")
    dnsmasq = _name_server(lan, server, tmp_path)
    script = (
        f"mount --bind {resolv} /etc/resolv.conf && exec {sys.executable} -m tests.sim.black_hole"
    )
    command = ["setpriv", "--pdeathsig", "TERM", *host.command("unshare", "-m", "sh", "-c", script)]
    with (
        (tmp_path / "box.log").open("w") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as box,
    ):
        try:
            before = _heard(box)
            dnsmasq.kill()
            dnsmasq.wait()
            lan.start(server, sys.executable, "-c", SILENT, log=tmp_path / "silent.log")
            assert box.stdin is not None
            box.stdin.write("go\n")
            box.stdin.flush()
            after = _heard(box)
            assert box.wait(30.0) == 0, (tmp_path / "box.log").read_text()[-4000:]
        finally:
            box.terminate()
    assert (before["trunk"], after["trunk"]) == ("registered", "registered")
    for kind in ("sip", "analogue"):
        was, now = statistics.median(before[kind]), statistics.median(after[kind])
        sys.stdout.write(
            f"{kind}: median {was:.1f} ms (worst {max(before[kind]):.1f}) with names, "
            f"{now:.1f} ms (worst {max(after[kind]):.1f}) without\n"
        )
        assert now < was + 50.0
        assert max(after[kind]) < max(before[kind]) + 500.0
