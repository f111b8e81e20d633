"""Telephones with panels of lamp keys, all switched on at once: raw SIP, one thread, real timers.

Each telephone has a socket and an address of its own, subscribes to every key of its panel
(with the challenge a telephone meets each time), sends again what is not answered (RFC 3261
§17.1.2), and answers every NOTIFY.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.contract.raw_sip import Message, Telephone, token

_AGAIN_S = (0.5, 1.0, 2.0, 4.0, 4.0, 4.0)
_AT_ONCE = 8
"""Requests a telephone has under way: they answer one key after the other, and not quickly."""


@dataclass(slots=True)
class Key:
    """One key's subscription under way."""

    uri: str
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    cseq: int = 0
    text: str = ""
    sent_at: float = 0.0
    sends: int = 0
    status: int = 0  # of its final response
    lit_at: float = 0.0  # when its first NOTIFY came


@dataclass(slots=True)
class Panel:
    """One telephone and its keys."""

    telephone: Telephone
    keys: list[Key]
    waiting: dict[tuple[str, str], Key] = field(default_factory=dict)  # by Call-ID and CSeq
    notifies: list[tuple[float, Message]] = field(default_factory=list)

    def start(self, key: Key, credentials: str = "") -> None:
        """Subscribe."""
        phone = self.telephone
        phone.call_id, phone.tag = key.call_id, key.tag
        phone.cseq = key.cseq = key.cseq + 1
        headers = ["Event: dialog", "Expires: 600", "Accept: application/dialog-info+xml"]
        headers += [credentials] if credentials else []
        key.text = phone.text("SUBSCRIBE", key.uri, headers, to=f"<{key.uri}>")
        key.sends = 0
        self.waiting[key.call_id, f"{key.cseq} SUBSCRIBE"] = key
        self.send(key)

    def send(self, key: Key) -> None:
        key.sends += 1
        key.sent_at = time.monotonic()
        self.telephone.send(key.text)

    def hear(self, message: Message) -> None:
        """Take what came."""
        if message.method == "NOTIFY":
            now = time.monotonic()
            self.telephone.reply(message, "200 OK")
            self.notifies.append((now, message))
            for key in self.keys:
                if key.call_id == message.get("Call-ID") and not key.lit_at:
                    key.lit_at = now
        elif key := self.waiting.pop((message.get("Call-ID"), message.get("CSeq")), None):
            if message.status == 401 or message.status == 407:
                self.start(key, self.telephone.credentials("SUBSCRIBE", key.uri, message))
            else:
                key.status = message.status

    def go_on(self, now: float) -> None:
        """Start further keys, and send again what was not answered."""
        for key in list(self.waiting.values()):
            if now - key.sent_at > _AGAIN_S[min(key.sends, len(_AGAIN_S)) - 1]:
                self.send(key)
        for key in self.keys:
            if len(self.waiting) >= _AT_ONCE:
                return
            if key.cseq == 0:
                self.start(key)

    @property
    def is_lit(self) -> bool:
        """Whether every key knows its lamp."""
        return all(key.lit_at for key in self.keys)


def switch_on(panels: Sequence[Panel], timeout_s: float) -> float:
    """Let every telephone subscribe to all its keys at once; seconds until the last lamp.

    Raises:
        TimeoutError: some lamp is not known in time.
    """
    began = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for panel in panels:
            selector.register(panel.telephone.socket, selectors.EVENT_READ, panel)
        while not all(panel.is_lit for panel in panels):
            if time.monotonic() - began > timeout_s:
                lit = sum(1 for panel in panels for key in panel.keys if key.lit_at)
                raise TimeoutError(f"{lit} lamps after {timeout_s:g} s")
            for panel in panels:
                panel.go_on(time.monotonic())
            listen(selector, 0.01)
    return time.monotonic() - began


def listen(selector: selectors.BaseSelector, timeout_s: float) -> None:
    """Take what came to any of the telephones."""
    for ready, _ in selector.select(timeout_s):
        panel: Panel = ready.data
        while message := panel.telephone.receive(0.0):
            panel.hear(message)
