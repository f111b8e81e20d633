"""The pages of the settings: one for each section of the site configuration, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flask_babel import LazyString, lazy_gettext

from firmware.config.schema import Site
from web.settings.form import View
from web.settings.references import key_of
from web.settings.shape import Shape, shape_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One section's page. ``columns`` are the fields that its list shows; a section without is
    one form. ``usual`` are the fields that most offices set: a long form folds the others."""

    section: str
    title: LazyString
    icon: str
    columns: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    one: LazyString | None = None  # what an item is called

    def parted(self, views: Sequence[View]) -> tuple[list[View], list[View]]:
        """The form's usual fields, and the others; all are usual where none are named."""
        if not self.usual:
            return list(views), []
        return (
            [view for view in views if view.field.name in self.usual],
            [view for view in views if view.field.name not in self.usual],
        )

    @property
    def is_list(self) -> bool:
        return bool(self.columns)

    @property
    def key(self) -> str:
        return key_of(self.section)

    @property
    def shape(self) -> Shape:
        """The shape of the section, or of its items."""
        found = shape_of(Site).field(self.section).shape
        assert found is not None, self.section
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages of one kind."""

    title: LazyString
    pages: tuple[Page, ...]


GROUPS = (
    Group(
        title=lazy_gettext("People and telephones"),
        pages=(
            Page(
                section="extension",
                title=lazy_gettext("Extensions"),
                one=lazy_gettext("Extension"),
                icon="phone",
                columns=("number", "name", "permission", "pickup_group"),
            ),
            Page(
                section="group",
                title=lazy_gettext("Ring groups"),
                one=lazy_gettext("Ring group"),
                icon="bell",
                columns=("name", "number", "title", "strategy"),
            ),
            Page(section="voicemail", title=lazy_gettext("Voicemail"), icon="voicemail"),
            Page(section="features", title=lazy_gettext("Feature codes"), icon="hook"),
            Page(section="presence", title=lazy_gettext("Lamps"), icon="circle"),
            Page(
                section="provisioning",
                title=lazy_gettext("Setting up telephones"),
                icon="gear",
                usual=(
                    "address",
                    "dhcp",
                    "telephones_use_https",
                    "networks",
                    "time_zone",
                    "window_minutes",
                    "phonebook",
                ),
            ),
        ),
    ),
    Group(
        title=lazy_gettext("Lines and routes"),
        pages=(
            Page(
                section="line",
                title=lazy_gettext("Lines and modems"),
                one=lazy_gettext("Line"),
                icon="line",
                columns=("name", "kind", "driver", "device", "route", "extension"),
            ),
            Page(
                section="trunk",
                title=lazy_gettext("SIP trunks"),
                one=lazy_gettext("SIP trunk"),
                icon="globe",
                columns=("name", "title", "host", "number", "route"),
                usual=(
                    "name",
                    "title",
                    "host",
                    "port",
                    "transport",
                    "registers",
                    "user",
                    "password",
                    "route",
                    "number",
                    "max_calls",
                ),
            ),
            Page(
                section="line_group",
                title=lazy_gettext("Line groups"),
                one=lazy_gettext("Line group"),
                icon="ways",
                columns=("name", "lines", "order"),
            ),
            Page(
                section="inbound",
                title=lazy_gettext("Inbound routes"),
                one=lazy_gettext("Inbound route"),
                icon="onward",
                columns=("name", "ways", "did", "calendar", "to"),
            ),
            Page(
                section="outbound",
                title=lazy_gettext("Outbound routes"),
                one=lazy_gettext("Outbound route"),
                icon="onward",
                columns=("name", "patterns", "permission", "ways"),
            ),
            Page(section="dialling", title=lazy_gettext("Dialling"), icon="handset"),
            Page(section="emergency", title=lazy_gettext("Emergency calls"), icon="warning"),
        ),
    ),
    Group(
        title=lazy_gettext("Answering"),
        pages=(
            Page(
                section="calendar",
                title=lazy_gettext("Calendars"),
                one=lazy_gettext("Calendar"),
                icon="calendar",
                columns=("name", "title", "when_open", "when_closed"),
            ),
            Page(
                section="ivr",
                title=lazy_gettext("Menus"),
                one=lazy_gettext("Menu"),
                icon="menu",
                columns=("name", "number", "greeting", "otherwise"),
            ),
            Page(
                section="flow",
                title=lazy_gettext("Flows"),
                one=lazy_gettext("Flow"),
                icon="ways",
                columns=("name", "number", "languages"),
            ),
            Page(
                section="table",
                title=lazy_gettext("Tables"),
                one=lazy_gettext("Table"),
                icon="records",
                columns=("name", "key", "file"),
            ),
            Page(
                section="service",
                title=lazy_gettext("Web services"),
                one=lazy_gettext("Web service"),
                icon="globe",
                columns=("name", "url"),
            ),
        ),
    ),
    Group(
        title=lazy_gettext("Call centre"),
        pages=(
            Page(
                section="queue",
                title=lazy_gettext("Queues"),
                one=lazy_gettext("Queue"),
                icon="queue",
                columns=("name", "number", "title", "members", "strategy"),
                usual=(
                    "name",
                    "number",
                    "title",
                    "members",
                    "strategy",
                    "offer_timeout_s",
                    "wrap_up_s",
                    "max_wait_s",
                    "max_length",
                    "overflow",
                    "greeting",
                    "music",
                    "announce",
                    "callback",
                    "service_level_s",
                ),
            ),
            Page(
                section="agent",
                title=lazy_gettext("Agents and skills"),
                one=lazy_gettext("Agent"),
                icon="person",
                columns=("number", "name", "telephone", "skill", "calendar"),
            ),
            Page(
                section="pause_reason",
                title=lazy_gettext("Reasons for a pause"),
                one=lazy_gettext("Reason for a pause"),
                icon="hourglass",
                columns=("name", "digit", "title"),
            ),
            Page(section="recording", title=lazy_gettext("Recording"), icon="record"),
        ),
    ),
    Group(
        title=lazy_gettext("Rooms"),
        pages=(
            Page(
                section="conference",
                title=lazy_gettext("Conference rooms"),
                one=lazy_gettext("Conference room"),
                icon="person",
                columns=("name", "number", "title", "most"),
            ),
            Page(
                section="page",
                title=lazy_gettext("Paging"),
                one=lazy_gettext("Paging group"),
                icon="bell",
                columns=("name", "number", "title", "members"),
            ),
            Page(section="park", title=lazy_gettext("Parking"), icon="hourglass"),
        ),
    ),
    Group(
        title=lazy_gettext("The box"),
        pages=(
            Page(section="office", title=lazy_gettext("Office"), icon="mark"),
            Page(section="network", title=lazy_gettext("Network"), icon="globe"),
            Page(section="internet", title=lazy_gettext("Internet"), icon="globe"),
            Page(section="switch", title=lazy_gettext("Limits of the exchange"), icon="gear"),
            Page(
                section="power",
                title=lazy_gettext("Power"),
                icon="live",
                usual=(
                    "board",
                    "source",
                    "nut",
                    "owner_number",
                    "status_at",
                    "full_minutes",
                    "on_battery",
                    "low",
                    "critical",
                ),
            ),
            Page(section="diagnosis", title=lazy_gettext("Diagnosis"), icon="search"),
            Page(section="mail", title=lazy_gettext("Mail"), icon="pencil"),
            Page(section="backup", title=lazy_gettext("Backup"), icon="download"),
            Page(section="update", title=lazy_gettext("Updates"), icon="download"),
            Page(section="crm", title=lazy_gettext("Customer system"), icon="person"),
            Page(
                section="report",
                title=lazy_gettext("Scheduled reports"),
                one=lazy_gettext("Scheduled report"),
                icon="chart",
                columns=("name", "about", "every", "at", "mail"),
            ),
            Page(
                section="queue_alert",
                title=lazy_gettext("Queue alerts"),
                one=lazy_gettext("Queue alert"),
                icon="bell",
                columns=("name", "figure", "limit", "queue", "sms"),
            ),
        ),
    ),
)


@cache
def by_section() -> Mapping[str, Page]:
    """Every page by its section."""
    return {page.section: page for group in GROUPS for page in group.pages}
