"""A box that loses its internet: run in a network of its own by ``test_no_internet``.

It takes orders as lines on its input and answers each with a line of JSON: ``measure`` sets up
calls, ``wait STATE`` tells when (CLOCK_MONOTONIC) the edge has seen it, ``end``.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import closing
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from firmware.config.schema import Site
from firmware.config.sections.routing import Outbound
from firmware.config.sections.trunks import Trunk
from firmware.config.sections.voicemail import Voicemail
from firmware.link.client import Event
from firmware.link.rows import LegRow
from firmware.store import users
from firmware.store.db import open_store
from tests.rig.answered import MENU, first_answer
from tests.rig.box import Box, LeanBox
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until
from tests.sim.black_hole import placed, set_up_s
from tests.sim.trunk_stage import trunk

BOX = IPv4Address("10.98.0.10")
ROUTER = "10.98.0.1"
NAME, PROVIDER, PORT = "provider.example", "198.18.0.7", 15555
USER, PASSWORD = "alice", "a-password-1"
LOCAL_CALLS, OUTWARD_CALLS, ANSWERED_CALLS, PAGES = 15, 3, 5, 5
ANSWERED = {"menu": MENU, "queue": "601", "voicemail": "104"}
"""What answers by itself; 104 has no telephone."""


def _site(given: Site) -> Site:
    named = Trunk.model_validate(
        {"name": "named", "host": NAME, "user": USER, "password": PASSWORD}
    )
    outbound = (
        Outbound(name="all", patterns=("0.",), ways=("named", "fxo-1")),
        Outbound(name="lines", patterns=("8.",), strip=1, ways=("fxo-1",)),
    )
    network = given.network.model_copy(update={"sip_address": BOX, "media_address": BOX})
    return given.model_copy(
        update={
            "trunk": (named,),
            "outbound": outbound,
            "network": network,
            "voicemail": Voicemail(for_everyone=True),
        }
    )


class Stage:
    """The box under measurement, and what its daemons last said."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._console = _Console(box)
        self._rows: dict[str, Any] = {}
        self._at: dict[str, float] = {}
        self._switch = box.watch("switchd", self._told)
        for daemon in ("edge", "lined"):
            box.watch(daemon, self._told)

    def measure(self) -> dict[str, Any]:
        """Calls inside, and calls out: by the route that prefers the provider, and by the line;
        what answers by itself; the console with its reports, and the telephones' files."""
        out = [self._outward("09120001112") for _ in range(OUTWARD_CALLS)]
        by_line = [self._outward("809120001112") for _ in range(OUTWARD_CALLS)]
        return {
            "trunk": trunk(self._box, "named").state,
            "sip": _ms(set_up_s(self._box, "102", LOCAL_CALLS)),
            "analogue": _ms(set_up_s(self._box, "201", LOCAL_CALLS)),
            "outward": _ms(took_s for took_s, _way in out),
            "ways": sorted({way for _, way in out}),
            "by_line": _ms(took_s for took_s, _way in by_line),
            **{kind: _ms(self._answered(called)) for kind, called in ANSWERED.items()},
            "console": _ms(self._console.took_s("/reports")),
            "provisioning": _ms(self._provisioning()),
        }

    def _answered(self, called: str) -> Iterator[float]:
        """From the first INVITE to the voice."""
        for _ in range(ANSWERED_CALLS):
            began, password = time.monotonic(), self._box.passwords["103"]
            yield first_answer(self._box.network, "103", password, 10.0, called=called) - began

    def _provisioning(self) -> Iterator[float]:
        """A telephone that nobody knows asks for its file, and is told that there is none."""
        plan = self._box.site.provisioning
        for _ in range(PAGES):
            began = time.perf_counter()
            try:
                urllib.request.urlopen(f"http://{plan.address}:{plan.http_port}/x.cfg", timeout=20)
            except urllib.error.HTTPError as refused:
                refused.close()
            yield time.perf_counter() - began

    def wait(self, state: str) -> dict[str, Any]:
        """Until the internet is in a state, and the trunk follows; when both were so."""

        def is_so() -> bool:
            row, named = self._rows.get("internet internet"), self._rows.get("trunk named")
            if row is None or named is None:
                return False
            return row.state == state and (named.state == "registered") is (state == "up")

        until(is_so, 60.0 * overload(), f"the internet is {state}, and the trunk follows")
        row = self._rows["internet internet"]
        at, trunk_at = self._at["internet internet"], self._at["trunk named"]
        return {"cause": row.cause, "detail": row.detail, "at": at, "trunk_at": trunk_at}

    def _told(self, event: Event) -> None:
        row: Any = event.row
        name = f"{event.kind} {row.id}"
        if getattr(self._rows.get(name), "state", "") != getattr(row, "state", ""):
            self._at[name] = time.monotonic()
        self._rows[name] = row

    def _outward(self, number: str) -> tuple[float, str]:
        """How long a call took to go out, and by which way it did."""
        until(
            lambda: self._rows["line fxo-1"].state == "idle", 20.0 * overload(), "the line is free"
        )
        known = len(self._switch.events)
        with placed(self._box, number) as (_caller, began):
            leg = self._switch.wait(
                lambda event: isinstance(event.row, LegRow) and event.row.way != "",
                10.0,
                "a leg that goes out",
                since=known,
            ).row
            took_s = time.perf_counter() - began
        assert isinstance(leg, LegRow)
        self._switch.named("call.ended", 10.0 * overload(), since=known)
        return took_s, leg.way


class _Console:
    """A browser whose user has signed in."""

    def __init__(self, box: Box) -> None:
        with closing(open_store(box.home)) as db, db.conn:
            users.create(db, USER, PASSWORD)
        network = box.network
        self._base = f"http://{network.console_address}:{network.console_port}"
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        token = re.search(r'name="csrf_token" value="([^"]+)"', self._page("/login"))
        assert token is not None
        form = urlencode({"csrf_token": token[1], "user": USER, "password": PASSWORD})
        self._browser.open(f"{self._base}/login", form.encode(), timeout=20).close()

    def took_s(self, path: str) -> Iterator[float]:
        """How long a page took, several times."""
        for _ in range(PAGES):
            began = time.perf_counter()
            assert 'name="password"' not in self._page(path), "it has signed in"
            yield time.perf_counter() - began

    def _page(self, path: str) -> str:
        with self._browser.open(f"{self._base}{path}", timeout=20) as answer:
            return str(answer.read().decode())


def _ms(seconds: Iterable[float]) -> list[float]:
    return [round(1000.0 * one, 1) for one in seconds]


def main() -> int:
    """Orders, until ``end``."""
    calls = ("bench", "kamailio", "edge", "switchd", "lined", "recorder")
    daemons = (*calls, "provision", "web")
    with (
        LeanBox(*daemons, shape=_site) as box,
        Telephones(box, Path(tempfile.mkdtemp())) as telephones,
    ):
        telephones.baresip("102", max_calls=100)
        stage = Stage(box)
        for line in sys.stdin:
            order, *words = line.split()
            if order == "end":
                break
            answer = stage.measure() if order == "measure" else stage.wait(*words)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
