"""An office network in namespaces(7): hosts with interfaces of their own on one bridge.

Works for root, and for anybody whose kernel lets users make user namespaces; else it is skipped
with the reason. Every host is a process that waits; what runs in it is started by nsenter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.rig.until import until

_WAIT = ("sleep", "infinity")


def why_not() -> str:
    """Why this machine cannot make namespaces, "" when it can."""
    words = ["unshare", "--net", "true"] if os.getuid() == 0 else ["unshare", "-Urn", "true"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return (
        f"no network namespaces ({done.stderr.strip()}): run as root, or allow user namespaces "
        "with `sysctl kernel.unprivileged_userns_clone=1`"
    )


class Host:
    """One host: its namespace, its interface ``eth0``."""

    def __init__(self, name: str, enter: Sequence[str]) -> None:
        self.name = name
        self.mac = ""
        self._enter = tuple(enter)

    def command(self, *words: str) -> list[str]:
        """How to run a program there."""
        return [*self._enter, *words]

    def run(self, *words: str, timeout_s: float = 20.0) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; its status is the caller's business."""
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            cwd=Path(__file__).parents[2],
        )

    def must(self, *words: str) -> str:
        """Run a program that must succeed; what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, f"{self.name}: {' '.join(words)}: {done.stderr}"
        return done.stdout

    def python(self, code: str, *arguments: str, timeout_s: float = 30.0) -> str:
        """Run a piece of Python there; what it printed."""
        done = self.run(sys.executable, "-c", code, *arguments, timeout_s=timeout_s)
        assert done.returncode == 0, f"{self.name}: {done.stderr}"
        return done.stdout


class Lan:
    """One network. Hosts are added; everything goes when it is left."""

    def __init__(self) -> None:
        if reason := why_not():
            pytest.skip(reason)
        self._stack = ExitStack()
        self._count = 0

    def __enter__(self) -> Self:
        root = os.getuid() == 0
        self._user: tuple[str, ...] = ()
        if not root:
            holder = self._hold(["unshare", "-Ur", *_WAIT], "user")
            self._user = ("nsenter", "-t", str(holder), "-U", "--preserve-credentials")
        self._bridge = self._namespace("bridge")
        self._bridge.must("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0")
        self._bridge.must("ip", "link", "set", "br0", "up")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def host(self, name: str, address: str = "", mac: str = "") -> Host:
        """A new host on the network. ``address`` is "10.9.0.2/24"; none leaves it without."""
        made = self._namespace(name)
        self._count += 1
        port = f"p{self._count}"
        self._bridge.must(
            *("ip", "link", "add", port, "type", "veth"),
            *("peer", "name", "eth0", "netns", made.name),
        )
        self._bridge.must("ip", "link", "set", port, "master", "br0", "up")
        if mac:
            made.must("ip", "link", "set", "eth0", "address", mac)
        made.must("ip", "link", "set", "eth0", "up")
        if address:
            made.must("ip", "address", "add", address, "dev", "eth0")
            made.must("ip", "route", "add", "224.0.0.0/4", "dev", "eth0")
        # Not from /sys: what is mounted there may be another namespace's, whose eth0 is not ours.
        made.mac = json.loads(made.must("ip", "-json", "link", "show", "eth0"))[0]["address"]
        return made

    def cut(self, host: Host) -> None:
        """Take the network cable out."""
        host.must("ip", "link", "set", "eth0", "down")

    def start(self, host: Host, *words: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a program on a host; it ends with the network."""
        with log.open("ab") as output:
            child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *host.command(*words)],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[2],
            )
        self._stack.callback(_end, child)
        return child

    def _namespace(self, name: str) -> Host:
        # The holder's /proc/PID/ns/net is the namespace: its name for ip(8) is the pid.
        pid = self._hold([*self._user, "unshare", "--net", *_WAIT], name)
        made = Host(str(pid), [*self._user, "nsenter", "-t", str(pid), "--net"])
        made.must("ip", "link", "set", "lo", "up")
        return made

    def _hold(self, words: Sequence[str], name: str) -> int:
        """Start a process that holds a namespace; its pid once it does."""
        child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *words])
        self._stack.callback(_end, child)
        comm = Path(f"/proc/{child.pid}/comm")
        until(lambda: comm.read_text().strip() == _WAIT[0], 5.0, f"the namespace of {name}")
        return child.pid


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
