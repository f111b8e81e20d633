"""What the edge says of the internet, for those who would wait for it in vain."""

from __future__ import annotations

from collections.abc import Callable

from firmware.config.rules.flows import is_near
from firmware.config.sections.mail import Mail
from firmware.link.client import Event, Snapshot
from firmware.link.internet import InternetRow
from firmware.model.internet import InternetState
from firmware.model.letter import Channel
from firmware.outbox.route import RouteClosed


class Outage:
    """Whether there is one. ``settings`` says which mail server is in use, ``ended`` is called
    when the internet is back. Who says nothing says there is none: letters are tried then. May be
    asked from any thread."""

    def __init__(self, settings: Callable[[], tuple[Mail, str]]) -> None:
        self._settings = settings
        self._reason = ""
        self.ended: Callable[[], None] = lambda: None

    def told(self, change: Snapshot | Event) -> None:
        """The edge has told of its rows."""
        rows = change.rows.get("internet", ()) if isinstance(change, Snapshot) else (change.row,)
        for row in rows:
            if isinstance(row, InternetRow):
                is_down = row.state == InternetState.DOWN
                self._set(f"no internet: {row.detail}" if is_down else "")

    def lost(self) -> None:
        """The edge is gone."""
        self._set("")

    def holds(self, channel: str) -> str:
        """Why a channel is not tried now, "" when it is. A mail server in the office is."""
        if not self._reason or channel != Channel.MAIL:
            return ""
        try:
            server = self._settings()[0].server
        except RouteClosed:
            return ""
        return self.hinders(f"smtp://{server}") if server else ""

    def hinders(self, url: str) -> str:
        """Why ``url`` cannot be reached now, "" when it can. What is in the office can."""
        return "" if not self._reason or is_near(url) else self._reason

    def _set(self, reason: str) -> None:
        was, self._reason = self._reason, reason
        if was and not reason:
            self.ended()
