"""What the box says on the terminal that started it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from firmware.box.birth import OWNER, Secrets
from firmware.box.supervisord import last_lines
from firmware.config.home import Home
from firmware.config.schema import LineDriver, LineKind, Site


def secrets_of(newborn: Secrets) -> str:
    """The passwords of a new box, shown this once."""
    lines = ["", "This box is new. Write these down; they are not shown again:", ""]
    if newborn.owner_password:
        lines.append(f"  Console   user {OWNER}   password {newborn.owner_password}")
    lines += [
        f"  SIP       user {number}     password {password}"
        for number, password in newborn.sip_passwords.items()
    ]
    return "\n".join(lines)


def welcome(site: Site, home: Home, *, seconds: float) -> str:
    """What a person can do with a box that just came up."""
    sections = [
        f"{site.office.name} is up ({seconds:.1f} s), state in {home.root}",
        _console(site, home),
        _accounts(site, home),
        _lines(site, home),
        "Ctrl-C stops it.",
    ]
    return "\n" + "\n\n".join(filter(None, sections)) + "\n"


def _console(site: Site, home: Home) -> str:
    network = site.network
    address = f"http://{network.console_address}:{network.console_port}/"
    lost = command(home, f"passwd {OWNER}")
    return f"Console: {address}  user {OWNER} (a new password: {lost})\nSet-up:  {address}setup"


def command(home: Home, words: str) -> str:
    """How to give this box a ``markaz`` command from the folder the box was started in."""
    program = os.path.relpath(Path(sys.executable).with_name("markaz"))
    other = f"MARKAZ_HOME={home.root} " if "MARKAZ_HOME" in os.environ else ""
    return f"{other}{program} {words}"


def _accounts(site: Site, home: Home) -> str:
    network = site.network
    shown = command(home, "config show --secrets")
    server = f"{network.sip_address}:{network.sip_port}"
    rows = [
        f"  {extension.number:<8}{server:<24}{extension.name}"
        for extension in site.extension
        if extension.password is not None
    ]
    head = f"Telephones, SIP over UDP or TCP (realm {network.realm}; passwords: {shown}):"
    return "\n".join([head, *rows]) if rows else ""


def _lines(site: Site, home: Home) -> str:
    simulated = [line for line in site.line if line.driver is LineDriver.SIMULATED]
    trunks = [line.name for line in simulated if line.kind is not LineKind.STATION]
    if not trunks:
        return ""
    return "\n".join(
        [
            f"Simulated lines: {' '.join(line.name for line in simulated)}. Call in on one:",
            f"  {command(home, f'bench ring {trunks[0]} --from 02188776655 --digits 1')}",
        ]
    )


def ports_taken(found: Sequence[str]) -> str:
    """Why the ports stop the box, and the two ways out."""
    return _report(
        "the box cannot listen:",
        found,
        "Stop what is there, or move the box: a new one with MARKAZ_PORT_OFFSET=1000 (and its "
        "own MARKAZ_HOME), this one with `markaz config apply`.",
    )


def start_failed(home: Home, program: str, text: str) -> str:
    """Which program failed, and what it said last."""
    path = home.log / f"{program}.log"
    said = last_lines(home, program) or ["(nothing)"]
    return _report(f"{text}. Its last words, from {path}:", said, "")


def _report(head: str, lines: Iterable[str], tail: str) -> str:
    return "\n".join(filter(None, [head, *(f"  {line}" for line in lines), tail]))
