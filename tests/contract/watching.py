"""What a lamp test is made of: a raw telephone that watches, and a switchd that only shows rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from firmware.link.api import DaemonApi
from firmware.link.rows import DaemonStatus
from firmware.link.server import Board, Server
from tests.contract.raw_sip import Message, Telephone, token
from tests.rig.loop_thread import LoopThread

NS = "{urn:ietf:params:xml:ns:dialog-info}"

_STATES = {"trying", "proceeding", "early", "confirmed", "terminated"}


class Rows:
    """A link server at ``path`` on a loop of its own: it shows what the test posts."""

    def __init__(self, path: Path, name: str) -> None:
        self._loop = LoopThread(name)
        self._board = Board()
        self._server = Server(path, name, DaemonApi, _Quiet(name), self._board)
        self._loop.do(self._server.open())

    def post(self, name: str, row: Any) -> float:
        """Something happened; when it was on its way (``time.monotonic``)."""

        def now() -> float:
            self._board.post(name, row)
            return time.monotonic()

        return self._loop.call(now)

    def close(self) -> None:
        self._loop.do(self._server.close())
        self._loop.end()


@dataclass
class _Quiet:
    """A daemon that only says that it is there."""

    name: str

    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name=self.name, version="", pid=0, up_s=0.0, config_version=1, warnings=()
        )

    def reload(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A dialog of a NOTIFY."""

    state: str
    direction: str
    call_id: str
    remote: str


@dataclass(slots=True)
class Desk(Telephone):
    """A telephone that answers every NOTIFY and keeps it until somebody asks for it.

    Nobody answers while the test does something else: after half a second Kamailio says it again,
    which is the same transaction (RFC 3261 §17.2.3) and is answered, but not kept twice.
    """

    notifies: list[Message] = field(default_factory=list)
    transactions: set[str] = field(default_factory=set)

    def receive(self, timeout_s: float) -> Message | None:
        message = Telephone.receive(self, timeout_s)
        if message is not None and message.method == "NOTIFY":
            self.reply(message, "200 OK")
            if (transaction := message.get("Via")) not in self.transactions:
                self.transactions.add(transaction)
                self.notifies.append(message)
        return message

    def notify(self, timeout_s: float, call_id: str = "") -> Message | None:
        """The first NOTIFY that nobody has asked for yet, of a subscription or of any."""
        until = time.monotonic() + timeout_s
        while True:
            for message in self.notifies:
                if call_id in ("", message.get("Call-ID")):
                    self.notifies.remove(message)
                    return message
            left = until - time.monotonic()
            if left <= 0 or self.receive_request("NOTIFY", left) is None:
                return None


@dataclass
class Watcher:
    """A telephone and one of its subscriptions."""

    telephone: Desk
    event: str = "dialog"
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    to: str = ""
    target: str = ""
    versions: list[int] = field(default_factory=list)

    def subscribe(self, uri: str, expires_s: int = 300, headers: tuple[str, ...] = ()) -> int:
        """Subscribe, or refresh, or with 0 end it; the final status."""
        phone = self.telephone
        phone.call_id, phone.tag = self.call_id, self.tag
        asked = [f"Event: {self.event}", f"Expires: {expires_s}", *headers]
        answer = phone.ask("SUBSCRIBE", self.target or uri, asked, to=self.to or f"<{uri}>")
        if answer is None:
            return 0
        if answer.status in (200, 202):
            self.to = answer.get("To")
            self.target = answer.get("Contact").strip("<>")
        return answer.status

    def notify(self, timeout_s: float = 3.0) -> Message:
        """The next NOTIFY of this subscription, answered."""
        message = self.telephone.notify(timeout_s, self.call_id)
        assert message is not None, f"no NOTIFY within {timeout_s:g} s"
        return message

    def lamp(self, timeout_s: float = 3.0) -> list[Shown]:
        """What the next NOTIFY shows; () would be no dialog at all."""
        message = self.notify(timeout_s)
        assert message.get("Content-Type") == "application/dialog-info+xml"
        return self.read(message.body)

    def lamp_until(self, state: str, timeout_s: float = 5.0) -> list[Shown]:
        """What is shown once the first dialog is in ``state``; NOTIFYs before are passed over."""
        until = time.monotonic() + timeout_s
        seen = []
        while (left := until - time.monotonic()) > 0:
            try:
                shown = self.lamp(left)
            except AssertionError as error:
                raise AssertionError(f"{error}; no '{state}', but {seen}") from None
            seen.append([one.state for one in shown])
            if shown[0].state == state:
                return shown
        raise AssertionError(f"no '{state}' within {timeout_s:g} s, but {seen}")

    def read(self, body: str) -> list[Shown]:
        """The dialogs of a document, which must be as RFC 4235 §4.4 and its schema say."""
        root = ET.fromstring(body)
        assert root.tag == f"{NS}dialog-info"
        assert set(root.attrib) == {"version", "state", "entity"}
        assert root.get("state") in ("full", "partial")
        assert str(root.get("entity")).startswith("sip:")
        version = int(str(root.get("version")))
        assert not self.versions or version > self.versions[-1], "a version goes up (§4.1)"
        self.versions.append(version)
        shown = []
        for dialog in root:
            assert dialog.tag == f"{NS}dialog"
            assert dialog.get("id")
            state = dialog.findtext(f"{NS}state")
            assert state in _STATES
            assert dialog.get("direction", "recipient") in ("initiator", "recipient")
            names = [str(child.tag).removeprefix(NS) for child in dialog]
            assert set(names) <= {"state", "duration", "replaces", "referred-by", "local", "remote"}
            shown.append(
                Shown(
                    state=state,
                    direction=dialog.get("direction", ""),
                    call_id=dialog.get("call-id", ""),
                    remote=dialog.findtext(f"{NS}remote/{NS}identity") or "",
                )
            )
        return shown
