"""Tells Kamailio what lamps show: SIP PUBLISH (RFC 3903) over loopback, one per change.

Every resource has at most one PUBLISH under way; what changes meanwhile is sent when it is
answered, in its newest form. What Kamailio knows is in its memory only: each answer says when
it started, an OPTIONS asks twice a second, and after another start everything is published
anew.

A dialog document replaces the one before by its first dialog's id, so no entity tag is carried
for it (Kamailio 5.6 would even ignore an update of a terminated one). A message summary has no
such id: its tag is kept in a file too, or a restart of ours would leave the old one beside it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from firmware.edge.inner_sip import Done
from firmware.model.lamp_document import DIALOG_INFO, MESSAGE_SUMMARY, uri

log = logging.getLogger(__name__)

EXPIRES_S = {"dialog": 3600, "message-summary": 900}
"""How long Kamailio believes us. Should a tag be lost all the same (we die between a PUBLISH and
its answer), the old message summary is gone so much later."""

_REFRESH_SHARE = 0.8
PROBE_S = 0.5
AT_ONCE = 32
"""PUBLISHes under way: Kamailio's sockets hold them, and a change waits for few of them."""

_RETRY_S = 1.0
_CONTENT = {"dialog": DIALOG_INFO, "message-summary": MESSAGE_SUMMARY}


@dataclass(frozen=True, slots=True)
class Resource:
    """What telephones watch: ``event`` of ``user``@``domain``."""

    event: str  # "dialog" | "message-summary"
    user: str
    domain: str


@dataclass(slots=True)
class _Queue:
    """Resources that wait, without repetition: changes go before what is said again."""

    first: dict[Resource, None] = field(default_factory=dict)
    later: dict[Resource, None] = field(default_factory=dict)

    def put(self, resource: Resource, *, urgent: bool) -> None:
        if urgent:
            self.later.pop(resource, None)
            self.first[resource] = None
        elif resource not in self.first:
            self.later[resource] = None

    def take(self, busy: Mapping[Resource, str]) -> Resource | None:
        """The next one that is not under way."""
        for waiting in (self.first, self.later):
            for resource in waiting:
                if resource not in busy:
                    del waiting[resource]
                    return resource
        return None


class Asking(Protocol):
    """What sends a request until it is answered (``firmware.edge.inner_sip.InnerSip``)."""

    def ask(
        self, method: str, target: str, headers: list[str], *, body: str = "", done: Done
    ) -> None: ...


class Publisher:
    """All that is published, by way of ``sip``. ``tags`` is the file that keeps entity tags."""

    def __init__(self, realm: str, sip: Asking, tags: Path) -> None:
        self._realm = realm
        self._sip = sip
        self._tags = _Tags(tags)
        self._wanted: dict[Resource, str] = {}
        self._leaving: set[Resource] = set()  # said once more, then no longer
        self._refresh: dict[Resource, asyncio.TimerHandle] = {}
        self._busy: dict[Resource, str] = {}  # what is under way
        self._queue = _Queue()
        self._untold: dict[str, str] = {}  # messages of numbers, while Kamailio is away
        self._probe_timer: asyncio.TimerHandle | None = None
        self.started = ""  # when the Kamailio that answers was started; "" while none does

    def open(self) -> None:
        """Begin."""
        self._probe()

    def close(self) -> None:
        """Publish nothing more."""
        for timer in (self._probe_timer, *self._refresh.values()):
            if timer is not None:
                timer.cancel()

    def put(self, resource: Resource, body: str) -> None:
        """From now on ``resource`` shows ``body``."""
        self._leaving.discard(resource)
        if self._wanted.get(resource) != body:
            self._wanted[resource] = body
            self._queue.put(resource, urgent=True)
            self._work()

    def withdraw(self, resource: Resource, body: str) -> None:
        """``resource`` shows ``body`` for the last time, until that runs out."""
        self.put(resource, body)
        self._leaving.add(resource)

    def notify(self, number: str, body: str) -> None:
        """Tell the telephones registered as ``number`` of their messages, though none asked
        (RFC 3842 §3.5 knows it as unsolicited; most telephones take it)."""
        if not self.started:
            self._untold[number] = body
            return
        headers = [
            "Event: message-summary",
            "Subscription-State: terminated",
            f"Content-Type: {MESSAGE_SUMMARY}",
        ]
        self._sip.ask(
            "NOTIFY",
            uri(number, self._realm),
            headers,
            body=body,
            done=lambda status, _headers: _log_notify(number, status),
        )

    @property
    def waiting(self) -> int:
        """Changes that Kamailio has not confirmed yet."""
        return len(self._queue.first) + len(self._queue.later) + len(self._busy)

    # -- the probe --------------------------------------------------------------------------

    def _probe(self) -> None:
        self._sip.ask("OPTIONS", f"sip:{self._realm}", [], done=self._probed)

    def _probed(self, status: int, headers: Mapping[str, str]) -> None:
        loop = asyncio.get_running_loop()
        self._probe_timer = loop.call_later(PROBE_S, self._probe)
        if status == 200:
            self._heard(headers)
        elif self.started:
            log.warning("kamailio does not answer: no lamp can change")
            self.started = ""

    def _heard(self, headers: Mapping[str, str]) -> None:
        """Kamailio has answered: is it the one that knows what we published?"""
        started = headers.get("x-markaz-started", "")
        if started and started != self.started:
            log.info("kamailio answers: publishing %d resources", len(self._wanted))
            self._tags.given_by(started)
            for resource in self._wanted:
                self._queue.put(resource, urgent=False)
            self.started = started
            while self._untold:
                self.notify(*self._untold.popitem())
            self._work()

    # -- publishing -------------------------------------------------------------------------

    def _work(self) -> None:
        while self.started and len(self._busy) < AT_ONCE:
            resource = self._queue.take(self._busy)
            if resource is None:
                return
            if (body := self._wanted.get(resource)) is not None:
                self._publish(resource, body)

    def _publish(self, resource: Resource, body: str) -> None:
        headers = [
            f"Event: {resource.event}",
            f"Expires: {EXPIRES_S[resource.event]}",
            f"Content-Type: {_CONTENT[resource.event]}",
        ]
        if tag := self._tags.of(resource):
            headers.append(f"SIP-If-Match: {tag}")
        self._busy[resource] = body
        self._sip.ask(
            "PUBLISH",
            uri(resource.user, resource.domain),
            headers,
            body=body,
            done=lambda status, answer: self._done(resource, status, answer),
        )

    def _done(self, resource: Resource, status: int, headers: Mapping[str, str]) -> None:
        self._heard(headers)
        body = self._busy.pop(resource)
        if status != 408:
            self._tags.put(resource, headers.get("sip-etag", "") if status == 200 else "")
        if status == 200:
            self._has(resource, body)
        elif status == 412:  # the tag was void: said again without it
            self._queue.put(resource, urgent=True)
        else:
            log.warning("kamailio did not publish %s: %d", resource, status)
            self._later(_RETRY_S, resource)
        if self._wanted.get(resource, body) != body:
            self._queue.put(resource, urgent=True)
        self._work()

    def _has(self, resource: Resource, body: str) -> None:
        if resource in self._refresh:
            self._refresh.pop(resource).cancel()
        if resource in self._leaving and self._wanted[resource] == body:
            self._leaving.remove(resource)
            del self._wanted[resource]
        else:
            # Not all at one time, though they were all published at one.
            share = _REFRESH_SHARE * (0.75 + secrets.randbelow(1000) / 4000)
            refresh_s = EXPIRES_S[resource.event] * share
            self._refresh[resource] = self._later(refresh_s, resource)

    def _later(self, seconds: float, resource: Resource) -> asyncio.TimerHandle:
        def again() -> None:
            if resource in self._wanted:
                self._queue.put(resource, urgent=False)
                self._work()

        return asyncio.get_running_loop().call_later(seconds, again)


class _Tags:
    """The entity tags of message summaries, kept in a file with the time that the Kamailio was
    started which gave them: to another one they mean nothing, so the file may lie in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started = ""
        self._tags: dict[str, str] = {}
        try:
            kept = json.loads(path.read_text())
            self._started, self._tags = str(kept["started"]), dict(kept["tags"])
        except (OSError, ValueError, KeyError, TypeError):
            log.info("no tags of message lamps in %s", path)

    def of(self, resource: Resource) -> str:
        """The tag of what is published, "" when nothing is, or it needs none."""
        return self._tags.get(resource.user, "") if resource.event == "message-summary" else ""

    def put(self, resource: Resource, tag: str) -> None:
        """Keep a tag; "" drops it."""
        if resource.event == "message-summary" and self._tags.get(resource.user, "") != tag:
            self._tags[resource.user] = tag
            self._write()

    def given_by(self, started: str) -> None:
        """Drop all tags, unless the Kamailio that answers now gave them."""
        if self._started != started:
            self._started, self._tags = started, {}
            self._write()

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        try:
            new.write_text(json.dumps({"started": self._started, "tags": self._tags}))
            new.replace(self._path)
        except OSError as error:
            log.warning("cannot keep the tags of message lamps in %s: %s", self._path, error)


def _log_notify(number: str, status: int) -> None:
    if status >= 300 and status != 480:  # 480: none is registered
        log.info("the telephone of %s does not take its message lamp: %d", number, status)
