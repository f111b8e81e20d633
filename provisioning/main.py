"""Provisioning: read the configuration, open the register and the desk, listen, run."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from firmware import log as logs
from firmware.config.history import NoConfiguration, load_current
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.link.api import ProvisionApi
from firmware.link.server import Board, Server
from provisioning import media
from provisioning.control import Control, Parts
from provisioning.device import Identity
from provisioning.devices import Composer
from provisioning.find import lan
from provisioning.find.scan import Scanner
from provisioning.phonebook import Outside
from provisioning.register.book import Register
from provisioning.register.phone import Phone
from provisioning.resync import Resyncer, SwitchTeller
from provisioning.serve.desk import Desk
from provisioning.serve.guard import Guard
from provisioning.services import Services

log = logging.getLogger(__name__)

ROUND_S = 1.0


async def run(home: Home) -> None:
    """Serve until told to stop."""
    version, site = load_current(home)
    home.provision.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in ("firmware", media.FOLDER):
        (home.provision / folder).mkdir(exist_ok=True, mode=0o700)
    register, board = Register(home, time.time), Board()
    composer = Composer(site, register, _fingerprint_key(home.provision / "fingerprint.key"))
    outside = Outside(home, time.monotonic)
    composer.outside = outside.entries
    guard = Guard(time.monotonic)
    desk = Desk(register, composer, guard, time.time)
    desk.allowed = lan.networks(site.provisioning.address, site.provisioning.networks)
    desk.firmware_folder = home.provision / "firmware"
    desk.media_folder = home.provision / media.FOLDER
    scanner = Scanner(lambda *found: _found(register, *found))
    scanner.networks, scanner.here = desk.allowed, composer.host()
    stopping = asyncio.Event()
    parts = Parts(
        home=home,
        board=board,
        register=register,
        composer=composer,
        guard=guard,
        resyncer=Resyncer(SwitchTeller(home.link("switchd"), home.link("edge")), time.monotonic),
        scanner=scanner,
        config_version=version,
        start_again=stopping.set,
    )
    control = Control(parts)
    services = Services(home, desk, parts)
    server = Server(home.link("provision"), "provision", ProvisionApi, control, board)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await services.open()
        await server.open()
        log.info("provisioning is ready at %s", composer.base_url())
        control.check_all()
        await _rounds(stopping, parts, control)
    finally:
        await services.close()
        await server.close()
        register.close()
        outside.close()


async def _rounds(stopping: asyncio.Event, parts: Parts, control: Control) -> None:
    """What is done once a second."""
    while not stopping.is_set():
        parts.register.flush()
        control.show_window()
        await parts.resyncer.round()
        try:
            async with asyncio.timeout(ROUND_S):
                await stopping.wait()
        except TimeoutError:
            continue


def _found(register: Register, address: str, mac: str, agent: str, who: Identity) -> None:
    """A scan found a telephone: put it on record, or note where it is."""
    now = time.time()
    phone = register.find(mac) or Phone(id=mac, found_by="scan", first_seen=now)
    register.touch(
        replace(
            phone,
            vendor=phone.vendor or who.vendor,
            family=phone.family or who.family,
            model=phone.model or who.model,
            firmware=who.firmware or phone.firmware,
            address=address,
            user_agent=agent or phone.user_agent,
            last_seen=now,
        )
    )


def _fingerprint_key(path: Path) -> bytes:
    """The box's own key for fingerprints of secrets, made once."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(32)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        return key


def main() -> int:
    """The program. Exit status 1 when it cannot serve: supervisord starts it again."""
    logs.set_up("provision")
    try:
        asyncio.run(run(Home.of_environment()))
    except (NoConfiguration, ConfigRejected, OSError) as error:
        log.error("provisioning cannot go on: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
