"""Where every trunk is reached, found out beforehand: names, certificates, answers to OPTIONS.

Names are led to addresses in time, long before a call; what was found last stays good until
something better is found, however long there is no internet. Of several addresses the first one
that answers is the trunk's *way*; it is told to Kamailio, which sends there, and shown as a row.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.trunks import Trunk
from firmware.edge import kamailio, kamailio_rpc, pings, routes, tls, trunk_tables
from firmware.edge.names import Address, Found, Unresolved, Wanted, find
from firmware.edge.pings import Ping
from firmware.edge.tls import Untrusted
from firmware.edge.trunk_tables import Answer
from firmware.link.rows import WayRow
from firmware.link.server import Board
from firmware.model.trunk import TrunkState

log = logging.getLogger(__name__)

TTL_LEAST_S, TTL_MOST_S = 30.0, 600.0
"""However short-lived an answer is, nobody is asked more often; however long, nor less often."""

ASK_AGAIN_S = 20.0
"""After a question that failed."""

VERIFY_EVERY_S = 60.0
"""How often a certificate is looked at again: providers change theirs without a word."""

_RELOADS = {
    "htable": ("htable.reload", ["trunk"]),
    "address": ("permissions.addressReload", []),
    "dispatcher": ("dispatcher.reload", []),
}


@dataclass(slots=True)
class _Proof:
    """What is known of one TLS address: its certificate's fingerprint, or why it has none."""

    fingerprint: str = ""
    reason: str = ""
    due_at: float = 0.0


@dataclass(slots=True)
class _Search:
    """One trunk's name."""

    trunk: Trunk
    answer: Answer | None = None
    reason: str = ""
    due_at: float = 0.0
    answered: set[str] = field(default_factory=set)  # the URIs that ever answered OPTIONS


class Ways:
    """All trunks' ways. ``look`` is called twice a second; questions run beside it."""

    def __init__(
        self,
        home: Home,
        board: Board,
        clock: Callable[[], float] = time.monotonic,
        ask: Callable[[Wanted], Awaitable[Found]] = find,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._home = home
        self._board = board
        self._clock = clock
        self._wall = wall
        self._ask = ask
        self._site = Site()
        self._searches: dict[str, _Search] = {}
        self._proofs: dict[tuple[str, str], _Proof] = {}  # by trunk and URI
        self._pings: dict[str, Ping] = {}
        self._shown: dict[str, WayRow] = {}
        self._no_internet = ""  # why nobody beyond the default route can be reached
        self._stale = set(_RELOADS)  # tables that Kamailio may not have read
        self._questions: set[asyncio.Task[None]] = set()

    def retune(self, site: Site) -> None:
        """Take up a site configuration.

        Raises:
            sqlite3.Error: the database is broken.
        """
        self._site = site
        trunk_tables.make(self._home)
        known = trunk_tables.answers(self._home, site.trunk)
        before = self._searches
        self._searches = {}
        for trunk in site.trunk:
            old = before.get(trunk.name)
            same = old is not None and trunk_tables.wanted(old.trunk) == trunk_tables.wanted(trunk)
            search = old if old is not None and same else _Search(trunk)
            search.trunk = trunk
            search.answer = search.answer or known.get(trunk.name)
            self._searches[trunk.name] = search
        self._proofs = {}
        for name in [name for name in self._shown if name not in self._searches]:
            self._board.post("way.removed", self._shown.pop(name))
        self.look()

    def look(self) -> None:
        """Ask what is due, see who answers, tell Kamailio and the board what changed."""
        if not self._searches and not self._stale:
            return
        self._ask_names()
        self._ask_certificates()
        self._see_answers()
        self._publish()

    def answering(self) -> Mapping[Address, bool | None]:
        """Every address of a trunk that is asked by OPTIONS, and whether it answers them."""
        known = self._pings
        return {
            address: known[address.uri].answers if address.uri in known else None
            for search in self._searches.values()
            if search.trunk.options
            for address in _addresses(search)
        }

    def internet_lost(self, reason: str) -> None:
        """Without an internet no call tries what lies beyond it; "": there is one again."""
        if reason != self._no_internet:
            self._no_internet = reason
            self.look()

    async def close(self) -> None:
        """Drop the questions that run."""
        for question in self._questions:
            question.cancel()
        await asyncio.gather(*self._questions, return_exceptions=True)

    # -- questions --------------------------------------------------------------------------

    def _ask_names(self) -> None:
        now = self._clock()
        for search in self._searches.values():
            if search.due_at <= now:
                search.due_at = float("inf")  # until this question is answered
                self._start(self._resolve(search))

    async def _resolve(self, search: _Search) -> None:
        wanted = trunk_tables.wanted(search.trunk)
        try:
            found = await self._ask(wanted)
        except Unresolved as error:
            if search.reason != str(error):
                log.warning("trunk %s: %s", search.trunk.name, error)
            search.reason, search.due_at = str(error), self._clock() + ASK_AGAIN_S
            return
        before = search.answer
        search.reason = ""
        ttl_s = min(max(found.ttl_s, TTL_LEAST_S), TTL_MOST_S)
        search.due_at = self._clock() + ttl_s
        search.answer = Answer(wanted=wanted, addresses=found.addresses, at=self._wall())
        if found.ttl_s == float("inf"):
            search.due_at = float("inf")  # a number needs no asking
        elif before is None or set(before.addresses) != set(found.addresses):
            places = ", ".join(place_of(address) for address in found.addresses)
            log.info("trunk %s: %s is %s", search.trunk.name, wanted.host, places)
            trunk_tables.keep(self._home, search.trunk.name, search.answer)
        elif before is not None and before.addresses:
            # SRV's dice fall differently each time (RFC 2782): what works stays first.
            search.answer = Answer(wanted=wanted, addresses=before.addresses, at=self._wall())

    def _ask_certificates(self) -> None:
        now = self._clock()
        for search in self._searches.values():
            for address in _addresses(search):
                if address.transport != "tls" or not search.trunk.tls_verify:
                    continue
                proof = self._proofs.setdefault((search.trunk.name, address.uri), _Proof())
                if proof.due_at <= now:
                    proof.due_at = float("inf")
                    self._start(self._verify(search.trunk, address, proof))

    async def _verify(self, trunk: Trunk, address: Address, proof: _Proof) -> None:
        reason = ""
        try:
            proof.fingerprint = await tls.verify(trunk, address.ip, address.port)
        except Untrusted as error:
            proof.fingerprint, reason = "", f"its certificate is not accepted: {error}"
        except (OSError, TimeoutError) as error:
            # Silence proves nothing: what was found good stays so, OPTIONS tell the rest.
            reason = "" if proof.fingerprint else f"no TLS with {place_of(address)}: {error}"
        if reason and reason != proof.reason:
            log.warning("trunk %s at %s: %s", trunk.name, place_of(address), reason)
        proof.reason = reason
        proof.due_at = self._clock() + (ASK_AGAIN_S if reason else VERIFY_EVERY_S)

    def _start(self, question: Awaitable[None]) -> None:
        task = asyncio.ensure_future(question)
        self._questions.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Future[None]) -> None:
        self._questions.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "bug in a question about a trunk", "exception": error, "task": task}
            )

    def _see_answers(self) -> None:
        try:
            seen = pings.look(kamailio.rpc_socket(self._home))
        except (kamailio_rpc.NoAnswer, kamailio_rpc.KamailioRefused):
            self._stale = set(_RELOADS)  # a Kamailio that starts now has read them, an old one not
            return
        for uri, ping in seen.items():
            if ping.answers is not None:
                self._pings[uri] = ping
        for search in self._searches.values():
            for address in _addresses(search):
                known = self._pings.get(address.uri)
                if known is not None and known.answers:
                    search.answered.add(address.uri)

    # -- answers ----------------------------------------------------------------------------

    def _publish(self) -> None:
        ways = {name: _Way(self, search) for name, search in self._searches.items()}
        known = {n: s.answer for n, s in self._searches.items() if s.answer is not None}
        try:
            self._stale |= trunk_tables.write(
                self._home,
                self._site,
                {name: way.address for name, way in ways.items() if way.address and way.proven},
                known,
                self._certificates(),
            )
        except sqlite3.OperationalError as error:
            log.error("trunks stay where they were: %s", error)
            return
        self._reload()
        for name, way in ways.items():
            self._show(name, way)

    def _certificates(self) -> dict[str, str]:
        """By "IP:PORT": where a certificate must be good there is always an entry, "-" if none is
        known yet, so that nothing is sent there before."""
        return {
            uri.removeprefix("sip:").partition(";")[0]: proof.fingerprint or "-"
            for (_trunk, uri), proof in self._proofs.items()
        }

    def _reload(self) -> None:
        for table in sorted(self._stale):
            method, params = _RELOADS[table]
            try:
                kamailio_rpc.call(kamailio.rpc_socket(self._home), method, params)
            except (kamailio_rpc.NoAnswer, kamailio_rpc.KamailioRefused) as error:
                log.debug("%s: %s", method, error)
                continue
            self._stale.discard(table)

    def _show(self, name: str, way: _Way) -> None:
        before = self._shown.get(name)
        address = place_of(way.address) if way.address else ""
        same = before is not None and (before.address, before.fault) == (address, way.fault)
        row = WayRow(
            id=name,
            address=address,
            fault=way.fault,
            reason=way.reason,
            rtt_ms=way.rtt_ms,
            since=before.since if before is not None and same else self._wall(),
        )
        if row == before:
            return
        self._shown[name] = row
        self._board.post("way.changed", row)
        if not same:
            fault = f"{row.fault} ({row.reason})" if row.fault else "reached"
            log.info("trunk %s %s at %s", name, fault, address or "no address")


class _Way:
    """One trunk's choice among its addresses: the first without a fault, else the first."""

    def __init__(self, ways: Ways, search: _Search) -> None:
        self._ways = ways
        self._search = search
        self.address: Address | None = None
        self.fault: str = TrunkState.UNRESOLVED
        self.reason = search.reason or "its name has led to no address yet"
        for address in _addresses(search):
            fault, reason = self._fault_of(address)
            if self.address is None or not fault:
                self.address, self.fault, self.reason = address, fault, reason
            if not fault:
                break

    @property
    def proven(self) -> bool:
        """Whether it may be given to Kamailio."""
        return self.fault != TrunkState.UNTRUSTED

    @property
    def rtt_ms(self) -> float | None:
        ping = self._ways._pings.get(self.address.uri) if self.address else None
        return ping.rtt_ms if ping is not None and ping.answers else None

    def _fault_of(self, address: Address) -> tuple[str, str]:
        trunk = self._search.trunk
        proof = self._ways._proofs.get((trunk.name, address.uri))
        if proof is not None and not proof.fingerprint:
            return TrunkState.UNTRUSTED, proof.reason or "its certificate has not been seen yet"
        if self._ways._no_internet and routes.read().is_beyond(address.ip):
            return TrunkState.UNREACHABLE, self._ways._no_internet
        ping = self._ways._pings.get(address.uri)
        if not trunk.options or ping is None or ping.answers is not False:
            return "", ""
        if trunk.registers and address.uri not in self._search.answered:
            return "", ""  # it may be one that never answers OPTIONS: registration will tell
        return TrunkState.UNREACHABLE, f"{place_of(address)} does not answer OPTIONS"


def _addresses(search: _Search) -> tuple[Address, ...]:
    return search.answer.addresses if search.answer is not None else ()


def place_of(address: Address) -> str:
    """An address for people: "udp:203.0.113.7:5060"."""
    return f"{address.transport}:{address.ip}:{address.port}"
