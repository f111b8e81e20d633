"""The lamps: the rows of switchd and lined, followed and published as what telephones watch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware.config.schema import Site
from firmware.edge import watchable
from firmware.edge.publisher import Resource
from firmware.link.client import Event, Snapshot
from firmware.link.rows import GONE
from firmware.model.lamp_document import dialog_info, message_summary
from firmware.model.lamps import LampRules, Subject, affected, lamp

log = logging.getLogger(__name__)


class Sink(Protocol):
    """Where lamps are published (``firmware.edge.publisher.Publisher``)."""

    def put(self, resource: Resource, body: str) -> None: ...
    def withdraw(self, resource: Resource, body: str) -> None: ...
    def notify(self, number: str, body: str) -> None: ...


class Lamps:
    """All lamps of one site.

    Nothing is published before ``begin``: a restart of ours shall not darken what is lit.
    ``asks_itself`` says of a number whether all its telephones have subscribed to its messages;
    those that have not are told without being asked.
    """

    def __init__(self, site: Site, sink: Sink, asks_itself: Callable[[str], bool]) -> None:
        self._sink = sink
        self._asks_itself = asks_itself
        self._rows: dict[str, dict[str, Any]] = {}
        self._kinds: dict[str, set[str]] = {}  # which rows a daemon has, by daemon
        self._began = False
        self._came: set[str] = set()  # numbers that registered before we began
        self._lamps: Mapping[Resource, Subject] = {}
        self._resources: dict[Subject, list[Resource]] = {}
        self._rules = LampRules()
        self.reload(site)

    def reload(self, site: Site) -> None:
        """Take up a new site configuration."""
        before = set(self._lamps)
        self._site = site
        self._rules = watchable.rules(site)
        self._lamps = watchable.lamps(site)
        self._resources = {}
        for resource, subject in self._lamps.items():
            self._resources.setdefault(subject, []).append(resource)
        for resource in before - set(self._lamps):
            self._sink.withdraw(resource, dialog_info(resource.user, resource.domain, ()))
        self._show_all()

    def begin(self) -> None:
        """Publish, now that the daemons were heard, or will not be for a while."""
        if not self._began:
            self._began = True
            log.info("lamps: %d to show", len(self._lamps))
            self._show_all()
            for number in sorted(self._came):
                self.registered(number)

    # -- what the daemons say ---------------------------------------------------------------

    def told(self, daemon: str, change: Snapshot | Event) -> None:
        """A daemon's rows, or a change of them."""
        if isinstance(change, Snapshot):
            kinds = self._kinds.setdefault(daemon, set())
            for kind in kinds | set(change.rows):
                rows: Any = change.rows.get(kind, ())
                self._rows[kind] = {row.id: row for row in rows}
            kinds.update(change.rows)
            self._show_all()
            return
        self._kinds.setdefault(daemon, set()).add(change.kind)
        rows_of_kind = self._rows.setdefault(change.kind, {})
        row: Any = change.row
        before = rows_of_kind.pop(row.id, None)
        after = None if change.name in GONE else row
        if after is not None:
            rows_of_kind[row.id] = after
        for subject in affected(change.kind, before, after, self._rows, self._rules):
            self._show(subject)
        if change.kind == "mailbox":
            self._show_messages(row.id)

    def lost(self, daemon: str) -> None:
        """A daemon is gone, and its calls with it."""
        for kind in self._kinds.get(daemon, ()):
            self._rows[kind] = {}
        self._show_all()

    def registered(self, number: str) -> None:
        """A telephone has registered, perhaps just switched on: its lamp is dark."""
        if not self._began:
            self._came.add(number)
        elif self._has_mailbox(number) and not self._asks_itself(number):
            self._sink.notify(number, self._messages(number))

    # -- what is shown ----------------------------------------------------------------------

    def _show_all(self) -> None:
        if not self._began:
            return
        for subject in self._resources:
            self._show(subject)
        for extension in self._site.extension:
            if extension.password is not None and self._has_mailbox(extension.number):
                self._publish_messages(extension.number)

    def _show(self, subject: Subject) -> None:
        resources = self._resources.get(subject, ()) if self._began else ()
        if not resources:
            return
        shown = lamp(subject, self._rows, self._rules)
        for one in resources:
            body = dialog_info(
                one.user, one.domain, shown, all_dialogs=self._site.presence.all_dialogs
            )
            self._sink.put(one, body)

    def _show_messages(self, number: str) -> None:
        if not self._began or not self._has_mailbox(number):
            return
        self._publish_messages(number)
        if not self._asks_itself(number):
            self._sink.notify(number, self._messages(number))

    def _publish_messages(self, number: str) -> None:
        resource = Resource("message-summary", number, self._site.network.realm)
        self._sink.put(resource, self._messages(number))

    def _messages(self, number: str) -> str:
        row = self._rows.get("mailbox", {}).get(number)
        new, old = (row.new, row.old) if row is not None else (0, 0)
        return message_summary(number, self._site.network.realm, new=new, old=old)

    def _has_mailbox(self, number: str) -> bool:
        return self._site.voicemail.settings_of(number) is not None
