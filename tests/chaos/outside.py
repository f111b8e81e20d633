"""What is around the box: a network of this program's own, whose internet can be black-holed.

The name server and the provider have addresses beyond the router, which are really this machine's.
Without them, packets go the default route, to a device that swallows all: as beyond a router
whose line is cut, nobody answers and nobody says so.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.child import Child
from tests.rig.provider import Dialog, Provider, sdp_of
from tests.rig.until import TooLate, overload, until

HOST, PORT = "provider.test", 15555
USER, PASSWORD = "a", "chaos-password-1"

_SERVER, _PROVIDER = "198.18.0.53", "198.18.0.7"  # RFC 2544: addresses for tests
_BOX, _ROUTER = "10.98.0.10", "10.98.0.1"
_ONLY_HERE = "127.0.0.66"
_INSIDE = "MARKAZ_CHAOS_INSIDE"


@dataclass(slots=True, kw_only=True)
class Outside:
    """The provider, its ``audio`` (where nobody listens), and the call it has with the box.
    ``has_internet``: there is one that can be black-holed."""

    provider: Provider
    audio: socket.socket
    has_internet: bool
    trunk: str = field(init=False)  # as the configuration has it
    _call: Dialog | None = None
    _is_answered: bool = False

    def __post_init__(self) -> None:
        host = HOST if self.has_internet else self.provider.address
        port = "" if self.has_internet else f"    port: {self.provider.port}\n"
        self.trunk = (
            f"trunk:\n  - name: alpha\n    host: {host}\n{port}    user: {USER}\n"
            f"    password: {PASSWORD}\n    route: ivr:main\n"
        )

    def ring(self, box: tuple[str, int]) -> None:
        """A call from the provider, which a menu answers. That it comes about is no invariant:
        the trunk may be away yet."""
        sdp = sdp_of(self.provider.address, self.audio.getsockname()[1], "8 0")
        self._call = self.provider.call(box, f"sip:{USER}@{box[0]}:{box[1]}", sdp=sdp)
        self._is_answered = _comes_about(self._call)

    def hang_up(self) -> None:
        """End that call, or what may still become of it."""
        call, self._call = self._call, None
        if call is None:
            return
        if not self._is_answered:
            call.cancel()
        if self._is_answered or _comes_about(call):
            with suppress(TooLate):
                call.hang_up()

    def cut(self) -> None:
        """The internet swallows everything: the provider, every name server, all else."""
        self.provider.deaf = True  # its own answers could not leave either
        _addresses("del")

    def mend(self) -> None:
        """The internet is there again."""
        _addresses("add")
        self.provider.deaf = False


def enter() -> None:
    """Go on as the same program in a network of its own; needs root. Comes back when it is there,
    or cannot be."""
    if _INSIDE in os.environ or os.geteuid() != 0:
        return
    os.environ[_INSIDE] = "1"
    again = [sys.executable, "-m", "tests.chaos", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--net", "--mount", *again])


@contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    """The world, until it is left. ``folder`` is for what its programs write."""
    has_internet = _INSIDE in os.environ
    with ExitStack() as stack:
        if has_internet:
            _make(folder)
            stack.enter_context(_names(folder))
        else:
            sys.stdout.write("not root: no internet to black-hole\n")
        address = _PROVIDER if has_internet else _ONLY_HERE
        provider = stack.enter_context(Provider(address, PORT, users={USER: PASSWORD}))
        audio = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        audio.bind((address, 0))
        yield Outside(provider=provider, audio=audio, has_internet=has_internet)


def _comes_about(call: Dialog) -> bool:
    with suppress(TooLate):
        if call.final("INVITE", 2.0 * overload()).status == 200:
            call.acknowledge()
            return True
    return False


def _make(folder: Path) -> None:
    _ip("link", "set", "lo", "up")
    _addresses("add")
    # A cable whose other end nobody takes anything from.
    _ip("link", "add", "wan", "type", "veth", "peer", "name", "nobody")
    for end in ("wan", "nobody"):
        _ip("link", "set", end, "up")
    _ip("address", "add", f"{_BOX}/24", "dev", "wan")
    _ip("neighbour", "add", _ROUTER, "lladdr", "02:00:00:00:00:01", "dev", "wan")
    _ip("route", "add", "default", "via", _ROUTER)
    # The box's SIP is at 127.0.0.1: what comes from there is to be swallowed, not refused.
    Path("/proc/sys/net/ipv4/conf/wan/route_localnet").write_text("1")
    resolv = folder / "resolv.conf"
    resolv.write_text(f"nameserver {_SERVER}\n")
    subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)


@contextmanager
def _names(folder: Path) -> Iterator[None]:
    order = [
        *("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--bind-interfaces"),
        *("--conf-file=/dev/null", "--user=root", f"--pid-file={folder}/dnsmasq.pid"),
        *(f"--listen-address={_SERVER}", f"--local=/{HOST}/"),
        f"--naptr-record={HOST},10,10,s,SIP+D2U,,_sip._udp.{HOST}",
        f"--srv-host=_sip._udp.{HOST},sbc.{HOST},{PORT},1,1",
        f"--host-record=sbc.{HOST},{_PROVIDER}",
    ]
    server = Child("dnsmasq", order, folder / "dnsmasq.log")
    until((folder / "dnsmasq.pid").exists, 10.0, "the name server runs")
    server.check()
    try:
        yield
    finally:
        server.stop()


def _addresses(order: str) -> None:
    for address in (_SERVER, _PROVIDER):
        _ip("address", order, f"{address}/32", "dev", "lo")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
