"""The machine's own address, put into the site configuration before the box starts.

On the image nobody types addresses: the office's router gives one, and may give another. A box
whose configured address is not (or no longer) the machine's is moved to the one it has; what the
technician wrote and the machine has, stays. A box that is new gets what fits the image too: port
80 for the console, 69 for TFTP, no simulated lines.

    python -m firmware.box.address              before the box starts
    python -m firmware.box.address --watch      returns when the box must start anew
"""

from __future__ import annotations

import argparse
import logging
import socket
import time
from collections.abc import Callable, Collection
from ipaddress import IPv4Address
from pathlib import Path

import ifaddr
import msgspec

from firmware import log as logs
from firmware.box import birth
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.schema import Site

log = logging.getLogger(__name__)

FIRST_SECRETS = Path("/run/markaz/first.json")
"""What a new box shows on its screen until it is switched off: in memory only."""

TOLD = Path("/run/markaz")
"""Where those find what they need who do not open the box's databases: ``country``
(firmware.box.cards, which is root), ``console`` (the tunnel to a supporter)."""

CONSOLE_PORT, TFTP_PORT = 80, 69
_BOARDS = {"x86": "pc", "rpi": "pi4"}
"""The image's board to the one of hw/boards that fits without a HAT."""

_WAIT_S = 20.0
_LOOK_EVERY_S = 10.0
_ANYWHERE = IPv4Address("0.0.0.0")  # noqa: S104 - a technician may have said so
_OFFICE = IPv4Address("192.0.2.1")
"""Nobody's (RFC 5737): asked for the way there, the kernel names the address of our way out."""


def own_addresses() -> dict[IPv4Address, str]:
    """The machine's addresses but loopback, each with its interface."""
    return {
        address: adapter.name
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4 and not (address := IPv4Address(ip.ip)).is_loopback
    }


def given(own: Collection[IPv4Address]) -> list[IPv4Address]:
    """The addresses that somebody gave us; those we gave ourselves (RFC 3927) where nobody did.
    We have one of these a few seconds before the router answers."""
    return sorted(one for one in own if not one.is_link_local) or sorted(own)


def preferred(own: Collection[IPv4Address], way_out: IPv4Address | None) -> IPv4Address | None:
    """Where the office finds us: on our way out; else at the first address; None without a
    network."""
    if way_out in own:
        return way_out
    return next(iter(given(own)), None)


def way_out() -> IPv4Address | None:
    """The address from which we would send to the world; None when there is no way. Nothing is
    sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((str(_OFFICE), 9))
        except OSError:
            return None
        return IPv4Address(asked.getsockname()[0])


def moved(site: Site, own: Collection[IPv4Address], to: IPv4Address) -> Site:
    """``site`` with every address that is not the machine's (loopback is not: the office cannot
    reach it) replaced by ``to``. The same object when there is none."""
    stays = {*given(own), _ANYWHERE}
    network = {
        name: to
        for name in ("sip_address", "media_address", "console_address")
        if getattr(site.network, name) not in stays
    }
    serves = {} if site.provisioning.address in stays else {"address": to}
    if not network and not serves:
        return site
    return site.model_copy(
        update={
            "network": site.network.model_copy(update=network),
            "provisioning": site.provisioning.model_copy(update=serves),
        }
    )


def of_the_image(site: Site, board: str) -> Site:
    """A new box's site as a machine that is ours alone wants it: the ports that browsers and
    telephones expect, its board, and no simulated lines or what hangs on them."""
    network = site.network.model_copy(update={"console_port": CONSOLE_PORT})
    plan = site.provisioning.model_copy(update={"tftp_port": TFTP_PORT})
    power = site.power.model_copy(update={"board": _BOARDS.get(board, "pc")})
    telephones = tuple(one for one in site.extension if one.password is not None)
    return site.model_copy(
        update={
            "network": network,
            "provisioning": plan,
            "power": power,
            "extension": telephones,
            "line": (),
        }
    )


def settle(home: Home, own: Callable[[], Collection[IPv4Address]], wait_s: float = _WAIT_S) -> None:
    """Have a box that can start: born, on the image's ports, at the machine's address. Without a
    network within ``wait_s`` it starts where it is: lines do not need one.

    Raises:
        ConfigRejected: this release finds problems in the site.
    """
    home.make()
    newborn = birth.give_birth(home, 0)
    if newborn:
        _show(newborn)
    until = time.monotonic() + wait_s
    while all(one.is_link_local for one in own()) and time.monotonic() < until:
        time.sleep(0.2)
    there = own()
    to = preferred(there, way_out())
    number, site = history.load_current(home)
    # Not "if newborn": the power may have gone between the two.
    wanted = of_the_image(site, _board()) if number == 1 else site
    if to is not None:
        wanted = moved(wanted, there, to)
    if wanted is not site:
        text = document.dump(wanted, secrets=True)
        number = history.apply(home, text, author="box", comment=f"the machine's address: {to}")
        log.info("version %d: the box is at %s now", number, to)


def is_elsewhere(site: Site, own: Collection[IPv4Address]) -> bool:
    """Whether the machine has an address, and none is the configured one. A cable that is out
    moves nobody: calls on lines go on."""
    return any(not a.is_link_local for a in own) and moved(site, own, _ANYWHERE) is not site


def watch(home: Home) -> None:
    """Return when the box must start anew to be found: seen twice, as addresses come and go."""
    seen, now = 0, birth.SiteNow(home)
    while seen < 2:
        time.sleep(_LOOK_EVERY_S)
        site = now.read()
        seen = seen + 1 if site is not None and is_elsewhere(site, own_addresses()) else 0


def tell(home: Home, folder: Path = TOLD) -> None:
    """Leave the office's country and the console's address in ``folder``."""
    site = birth.site_of(home)
    if site is not None and folder.is_dir():
        network = site.network
        (folder / "country").write_text(f"{site.office.country}\n")
        (folder / "console").write_text(f"{network.console_address}:{network.console_port}\n")


def _board() -> str:
    try:
        return Path("/etc/markaz/board").read_text().strip()
    except OSError:
        return ""


def _show(newborn: birth.Secrets) -> None:
    shown = {"user": birth.OWNER, "password": newborn.owner_password}
    FIRST_SECRETS.touch(mode=0o600)
    FIRST_SECRETS.write_bytes(msgspec.json.encode(shown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watch", action="store_true")
    asked = parser.parse_args()
    logs.set_up("box.address")
    home = Home.of_environment()
    if asked.watch:
        watch(home)
    else:
        settle(home, own_addresses)
        tell(home)


if __name__ == "__main__":
    main()
