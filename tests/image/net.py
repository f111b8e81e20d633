"""The office around the image: a network name space with one cable, to the machine in QEMU.

This end of the cable is a router that gives the box its address (dnsmasq) and the place of all
telephones; nobody translates addresses, and nothing meets this machine's own network.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CABLE = "office0"
OFFICE = "10.9.0.1"
"""The router, and the telephones."""

BOX = "10.9.0.15"
"""What the router gives the box."""

_MARK = "MARKAZ_IMAGE_NET"


def enter() -> None:
    """Start this program again in such a name space; return when it is in it."""
    if not is_entered():
        words = ["unshare", "--net", *(() if os.getuid() == 0 else ("--map-root-user",))]
        os.environ[_MARK] = "yes"
        os.execvp(words[0], [*words, sys.executable, "-m", "tests.image.run", *sys.argv[1:]])
    for order in (
        "link set lo up",
        f"tuntap add {CABLE} mode tap",
        f"address add {OFFICE}/24 dev {CABLE}",
        f"link set {CABLE} up",
    ):
        subprocess.run(["ip", *order.split()], check=True)


def start_router(folder: Path) -> subprocess.Popen[bytes]:
    """The DHCP server, until it is ended; its log and its leases are in ``folder``."""
    order = [
        *("setpriv", "--pdeathsig", "KILL", "/usr/sbin/dnsmasq", "--no-daemon"),
        *("--conf-file=/dev/null", "--port=0", "--user=root", "--group=root"),
        *(f"--interface={CABLE}", "--bind-interfaces", f"--dhcp-leasefile={folder}/leases"),
        *(f"--dhcp-range={BOX},{BOX},255.255.255.0,12h", f"--dhcp-option=3,{OFFICE}"),
        "--dhcp-authoritative",
    ]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(order, stdout=log, stderr=subprocess.STDOUT)


def is_entered() -> bool:
    """Whether this program is in one."""
    return os.environ.get(_MARK) == "yes"
