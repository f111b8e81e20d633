"""What stands on the box's own screen and serial line: how it is, where it is, and a few keys.

Whoever is at the box may use it, as they could take its disk out: there is no password. It runs
as the box's user; what it does beyond that (halting, the reset) the system allows that user.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from firmware import factory
from firmware.box import address, birth, ready
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.ping import answers_sip
from firmware.version import VERSION

LOOK_EVERY_S = 5.0
_COMMAND_NICE = 5
"""As the console."""

_PARTS = ("switchd", "lined", "edge", "provision", "outbox", "deviced")
_CLEAR = "\x1b[2J\x1b[H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that is shown, at one moment."""

    board: str
    slot: str
    host: str
    own: tuple[tuple[IPv4Address, str], ...]
    site: Site | None
    up: tuple[str, ...]
    down: tuple[str, ...]
    first_password: str = ""


def look(home: Home, now: birth.SiteNow) -> Sight:
    """How the box is now."""
    try:
        site = now.read()
    except (ConfigRejected, OSError):
        site = None
    up: list[str] = []
    down: list[str] = []
    for name, answers in _questions(home, site):
        (up if answers() else down).append(name)
    return Sight(
        board=_read(Path("/etc/markaz/board")) or "unknown board",
        slot=_word_of(_read(Path("/proc/cmdline")), "rauc.slot"),
        host=socket.gethostname(),
        own=tuple(sorted(address.own_addresses().items())),
        site=site,
        up=tuple(up),
        down=tuple(down),
        first_password=_first_password(),
    )


def text(seen: Sight) -> str:
    """The whole screen."""
    where = ", ".join(f"{ip} ({name})" for ip, name in seen.own) or "no network"
    slot = f", slot {seen.slot}" if seen.slot else ""
    lines = [f"Markaz {VERSION} on {seen.board}{slot}", "", f"Network     {where}"]
    if seen.site is not None:
        network = seen.site.network
        port = "" if network.console_port == 80 else f":{network.console_port}"
        lines += [
            f"Console     http://{network.console_address}{port}/  or  http://{seen.host}.local{port}/",
            f"Telephones  {network.sip_address}:{network.sip_port}, realm {network.realm}",
        ]
    lines.append(f"State       {_state(seen)}")
    if seen.first_password:
        lines += ["", f"Sign in as {birth.OWNER} with {seen.first_password}"]
        lines.append("(shown until the box is switched off or the password is changed)")
    keys = "   ".join(f"{key} {words}" for key, (words, _) in KEYS.items())
    return "\n".join([*lines, "", keys, "> "])


def _state(seen: Sight) -> str:
    if not seen.down:
        return "everything answers"
    if not seen.up:
        return "starting"
    return f"{', '.join(seen.down)} do not answer; {', '.join(seen.up)} do"


def _questions(home: Home, site: Site | None) -> list[tuple[str, Callable[[], bool]]]:
    asked: list[tuple[str, Callable[[], bool]]] = [
        (name, lambda name=name: ready.answers_link(home, name))  # type: ignore[misc]
        for name in _PARTS
    ]
    if site is not None:
        sip, web = site.network, site.network
        asked += [
            ("telephony", lambda: answers_sip(str(sip.sip_address), sip.sip_port)),
            ("console", lambda: ready.answers_http(str(web.console_address), web.console_port)),
        ]
    return asked


def _first_password() -> str:
    try:
        return str(json.loads(address.FIRST_SECRETS.read_text())["password"])
    except (OSError, ValueError, KeyError):
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _word_of(line: str, name: str) -> str:
    return next((w.partition("=")[2] for w in line.split() if w.startswith(f"{name}=")), "")


# -- keys -----------------------------------------------------------------------------------


def _look_again(_home: Home) -> None:
    """The screen comes again by itself."""


def _new_password(home: Home) -> None:
    from firmware.box.first import password  # noqa: PLC0415

    chosen = password()
    markaz = Path(sys.executable).with_name("markaz")
    done = subprocess.run(
        [markaz, "--home", home.root, "passwd", birth.OWNER, "--stdin"],
        input=f"{chosen}\n",
        text=True,
        check=False,
    )
    if done.returncode == 0:
        address.FIRST_SECRETS.unlink(missing_ok=True)
        _say(f"\n{birth.OWNER} signs in with {chosen} from now on. Press Enter.")
        sys.stdin.readline()


def _command_line(home: Home) -> None:
    _say("\nThe command is `markaz`; `exit` leads back.\n")
    environment = {**os.environ, "MARKAZ_HOME": str(home.root), "PS1": "markaz$ ", "HOME": "/tmp"}  # noqa: S108
    # The shell prompts on its standard error, which is the journal for everything else.
    order = ["/bin/sh", "-i"]
    with _sooner():
        subprocess.run(order, env=environment, cwd=home.root, stderr=sys.stdout, check=False)


@contextlib.contextmanager
def _sooner() -> Iterator[None]:
    """The screen itself comes last of all; who waits for an answer does not."""
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with contextlib.suppress(PermissionError):  # LimitNICE of the image's unit allows it
        os.setpriority(os.PRIO_PROCESS, 0, min(usual, _COMMAND_NICE))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)


def _support(home: Home) -> None:
    """Switch the tunnel to a supporter on or off (image-build/image/overlay: support)."""
    folder = home.root / "support"
    mark = folder / "on"
    if mark.exists():
        mark.unlink()
        _say("\nRemote support is off. Press Enter.")
    elif not (folder / "server").exists():
        _say(f"\nNo supporter is known: {folder}/server is not there. Press Enter.")
    elif _sure("Let the supporter reach the console, for 8 hours at most? Type yes: "):
        mark.touch()
        return
    sys.stdin.readline()


def _restart(_home: Home) -> None:
    if _sure("Start the machine anew? Calls end. Type yes: "):
        subprocess.run(["systemctl", "reboot"], check=False)


def _switch_off(_home: Home) -> None:
    if _sure("Switch the machine off? Calls end. Type yes: "):
        subprocess.run(["systemctl", "poweroff"], check=False)


def _reset(home: Home) -> None:
    """All that the box keeps goes at the next start (image-build/image/overlay: ground)."""
    if _sure("Every setting, record and recording goes, for ever. Type yes: "):
        factory.order(home, who="screen")
        subprocess.run(["systemctl", "reboot"], check=False)


KEYS: dict[str, tuple[str, Callable[[Home], None]]] = {
    "1": ("look again", _look_again),
    "2": ("new password of the owner", _new_password),
    "3": ("command line", _command_line),
    "4": ("start anew", _restart),
    "5": ("switch off", _switch_off),
    "6": ("remote support on or off", _support),
    "9": ("factory reset", _reset),
}


def _sure(question: str) -> bool:
    _say(f"\n{question}")
    return sys.stdin.readline().strip() == "yes"


def _say(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


def serve(home: Home) -> None:
    """Show what there is whenever it changed, and do what a key asks, until the line is gone."""
    shown, site = "", birth.SiteNow(home)
    while True:
        now = text(look(home, site))
        if now != shown:
            _say(_CLEAR + now)
            shown = now
        if not select.select([sys.stdin], [], [], LOOK_EVERY_S)[0]:
            continue
        typed = sys.stdin.readline()
        if not typed:
            return
        KEYS.get(typed.strip(), KEYS["1"])[1](home)
        shown = ""


def main() -> None:
    serve(Home.of_environment())


if __name__ == "__main__":
    main()
