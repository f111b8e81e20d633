"""A desk without a network, and a provisioning daemon without an exchange, for tests."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware.box import first
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.link.api import ProvisionApi
from firmware.link.client import Link
from firmware.link.phones import PhoneRow
from provisioning.adoption import Adoption
from provisioning.devices import Composer
from provisioning.find import lan
from provisioning.register.book import Register
from provisioning.register.phone import Phone
from provisioning.serve.desk import Desk, Reply, Request
from provisioning.serve.guard import Guard
from tests.rig.box import LeanBox

MAC = "0015654aa937"
AGENT = "Yealink SIP-T46G 28.83.0.120 00:15:65:4a:a9:37"
FILE = f"{MAC}.cfg"
SEQUENCES = Path(__file__).with_name("replay_sequences.json")


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Office:
    """A desk with its register, on a clock that jumps."""

    def __init__(self, root: Path, **plan: object) -> None:
        self.home = Home(root)
        self.home.make()
        self.clock = Clock()
        site = first.site(0)
        self.site: Site = site.model_copy(
            update={"provisioning": site.provisioning.model_copy(update=plan)}
        )
        self.open()

    def open(self) -> None:
        """Begin, or begin again as a process that was killed."""
        self.register = Register(self.home, self.clock)
        self.composer = Composer(self.site, self.register, b"key")
        self.guard = Guard(self.clock)
        self.desk = Desk(self.register, self.composer, self.guard, self.clock)
        plan = self.site.provisioning
        self.desk.allowed = lan.networks(plan.address, plan.networks)
        self.adoption = Adoption(self.register, self.composer, self.clock)

    def get(
        self, path: str, *, source: str = "127.0.0.1", agent: str = AGENT, **more: object
    ) -> Reply | None:
        """What one request gets."""
        fields = {"transport": "http", **more}
        return self.desk.answer(Request(path=path, source=source, user_agent=agent, **fields))

    def open_window(self, minutes: float = 10.0) -> None:
        self.register.open(self.clock() + minutes * 60)
        self.guard.forget_met()

    def adopt(self, mac: str = MAC, *extensions: str) -> Phone:
        """A telephone that is expected with its extensions."""
        phone = self.register.find(mac) or self.adoption.expect(mac, "")
        return self.adoption.assign(phone, extensions or ("101",))

    def password(self, number: str = "101") -> str:
        return password_of(self.site, number)


def password_of(site: Site, number: str) -> str:
    """The SIP password of an extension."""
    found = next(e.password for e in site.extension if e.number == number)
    assert found is not None
    return found.get_secret_value()


def token_in(text: str) -> str:
    """The token in a file that was given out."""
    found = re.search(r"/p/([0-9a-f]{32})\b", text)
    assert found is not None, text
    return found[1]


@dataclass(frozen=True, slots=True)
class Got:
    """What curl got."""

    status: int
    body: bytes
    head: str
    total_s: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}:\s*(.*?)\r?$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else ""


def curl(url: str, *arguments: str, agent: str = AGENT, source: str = "127.0.0.1") -> Got:
    """One request by curl, from an address of this machine; status 0 when there was no answer."""
    words = ["curl", "-s", "-k", "-g", "--path-as-is", "--max-time", "15", "-D", "/dev/stderr"]
    words += ["--interface", source, "-A", agent, "-w", "\n%{http_code} %{time_total}"]
    done = subprocess.run([*words, *arguments, url], capture_output=True, check=False)
    body, _, last = done.stdout.rpartition(b"\n")
    status, total = last.split()
    return Got(int(status), body, done.stderr.decode("latin-1"), float(total))


class Provisioned(LeanBox):
    """A box with its provisioning daemon, and others named."""

    def __init__(self, *others: str, **plan: object) -> None:
        def shape(site: Site) -> Site:
            made = site.provisioning.model_copy(update=plan)
            return site.model_copy(update={"provisioning": made})

        super().__init__(*others, "provision", shape=shape)

    @property
    def base(self) -> str:
        """Where telephones ask for the first time."""
        return f"http://127.0.0.1:{self.site.provisioning.http_port}/"

    @contextmanager
    def control(self) -> Iterator[Link]:
        """The technician's connection."""
        with self.link("provision") as link:
            yield link

    def begin_anew(self) -> None:
        """Nobody is on record or banned, the window is shut, nothing is uploaded."""
        with self.control() as link:
            for row in link.snapshot().get("phone", ()):
                link.call(ProvisionApi.forget, row.id)
            for banned in link.snapshot()["window"][0].banned:
                link.call(ProvisionApi.pardon, banned)
            for file in link.call(ProvisionApi.media):
                link.call(ProvisionApi.withdraw_media, file.name)
            link.call(ProvisionApi.close_window)

    def phone(self, ident: str) -> PhoneRow:
        """One telephone's row."""
        with self.control() as link:
            rows = link.snapshot()["phone"]
        found = next(row for row in rows if row.id == ident)
        assert isinstance(found, PhoneRow)
        return found

    def admit(self, mac: str, *extensions: str, model: str = "") -> None:
        """Open the window and expect a telephone with its extensions."""
        with self.control() as link:
            link.call(ProvisionApi.open_window, 10.0)
            link.call(ProvisionApi.expect, mac=mac, model=model)
            link.call(ProvisionApi.assign, mac, extensions)

    def token(self, mac: str, path: str, agent: str, source: str = "127.0.0.1") -> str:
        """A telephone's first contact; its token."""
        return token_in(curl(self.base + path, agent=agent, source=source).text)


def sequences() -> list[dict[str, object]]:
    """Recorded requests of telephones."""
    found: list[dict[str, object]] = json.loads(SEQUENCES.read_text())["sequences"]
    return found
