"""What goes in and out of the API: every shape of the document. Times are Unix seconds, lengths
seconds, as in ``docs/events.md``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from firmware.model.record import Disposition
from firmware.reports.period import Compared
from firmware.reports.question import By, Subject
from web.api.operation import Shape

Moment = Annotated[float, Field(ge=0, le=32503680000)]
Ident = Annotated[str, Field(max_length=64)]
Text = Annotated[str, Field(max_length=100)]
Limit = Annotated[int, Field(ge=1, le=500)]
Day = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
"""A day of the Gregorian calendar."""

CONTACT_TEXT = r"^[^\x00-\x1f\x7f]*$"
DIALLED = r"^[+]?[0-9*#]{2,20}$"


class CallQuery(Shape):
    """Which calls; all that are given must hold."""

    since: Moment | None = None
    until: Moment | None = None
    number: Text = Field(default="", description="any part of the caller's or the called number")
    queue: Text = ""
    agent: Text = ""
    line: Text = ""
    disposition: Disposition | None = None
    before: Text = Field(default="", description="``next`` of the page before")
    limit: Limit = 50


class Call(Shape):
    """One call, as the bill sees it."""

    id: str
    started_at: float
    answered_at: float | None
    ended_at: float | None
    caller: str
    caller_name: str
    called: str
    line: str
    place: str
    queue: str
    agent: str
    disposition: str
    cause: int
    hung_up_by: str


class Calls(Shape):
    """A page of calls, newest first. ``next`` is empty on the last one; any other may have fewer
    calls than were asked for, even none."""

    calls: list[Call]
    next: str


class Leg(Shape):
    """One party's part of a call."""

    id: str
    direction: str
    party: str
    started_at: float
    answered_at: float | None
    ended_at: float | None
    cause: int


class Note(Shape):
    """Something written about a call."""

    by: str
    at: float
    text: str


class Recording(Shape):
    """A recording of a call; only told to whoever may hear it."""

    id: str
    started_at: float
    length_s: float
    format: str
    sha256: str


class OneCall(Shape):
    """All that is known of a call."""

    call: Call
    legs: list[Leg]
    notes: list[Note]
    tags: list[str]
    recordings: list[Recording]


class NewNote(Shape):
    """A note to be written."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class ReportQuery(Shape):
    """A report, as docs/reports.md says: of days of the office's clock."""

    about: Subject = Subject.VISITS
    first: Day = Field(description="the first day, as in 2026-11-22")
    last: Day | None = Field(default=None, description="the last day; none: the first")
    by: By | None = None
    compare: Compared = Compared.NOTHING
    queue: Text = ""
    agent: Text = ""
    skill: Text = ""
    line: Text = ""
    did: Text = ""
    disposition: Text = ""
    outcome: Text = ""
    reason: Text = ""
    direction: Text = ""
    caller: Text = ""


class ReportRow(Shape):
    """Figures by name: counts, seconds, shares of 1; null where nothing can be said."""

    key: str
    figures: dict[str, float | None]
    before: dict[str, float | None] | None


class Report(Shape):
    """A report's rows and total."""

    about: str
    by: str
    begin: float
    end: float
    rows: list[ReportRow]
    total: ReportRow


class Queue(Shape):
    """One queue, now."""

    id: str
    title: str
    waiting: list[dict[str, Any]]


class Queues(Shape):
    """All queues that the token reaches."""

    queues: list[Queue]


class Agent(Shape):
    """One agent, now."""

    id: str
    name: str
    state: str
    reason: str
    queues: list[str]
    call: str
    since: float


class Agents(Shape):
    """All agents that the token reaches."""

    agents: list[Agent]


class Pause(Shape):
    """Why, and in which queue ("": all)."""

    reason: Annotated[str, Field(max_length=32, pattern=r"^[a-z0-9_-]*$")] = ""
    queue: Annotated[str, Field(max_length=32, pattern=r"^[a-z0-9_-]*$")] = ""


class Dial(Shape):
    """Ring an extension, and call a number when it answers."""

    extension: Annotated[str, Field(pattern=DIALLED)]
    number: Annotated[str, Field(pattern=DIALLED)]


class Dialled(Shape):
    """The call that was begun."""

    call: str


class Number(Shape):
    """A contact's number, as people write it."""

    number: Annotated[str, Field(pattern=DIALLED)]
    kind: Literal["mobile", "work", "home", "fax", "other"] = "other"


ContactText = Annotated[str, Field(max_length=200, pattern=CONTACT_TEXT)]


class NewContact(Shape):
    """A contact to be kept."""

    name: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
    ]
    organisation: ContactText = ""
    numbers: Annotated[list[Number], Field(min_length=1, max_length=20)]
    language: Literal["", "en", "fa", "ar"] = ""
    is_vip: bool = False
    note: ContactText = ""


class KeptNumber(Shape):
    """A number as it is kept: E.164 where it can be."""

    number: str
    kind: str


class Contact(Shape):
    """A contact of the phonebook."""

    id: int
    name: str
    organisation: str
    numbers: list[KeptNumber]
    language: str
    is_vip: bool
    note: str


class ContactQuery(Shape):
    """Which contacts: any part of a name, an organisation or a number."""

    search: Text = ""


class Contacts(Shape):
    """Contacts, by name."""

    contacts: list[Contact]


class EventQuery(Shape):
    """From where to follow: after this entry; none: what happens from now on."""

    after: Annotated[int, Field(ge=0, le=2**53)] | None = None


HOST = r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,9}"
PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"


class NewWebhook(Shape):
    """Who is to be told, of what (none: everything), and for how long each is tried."""

    url: Annotated[
        str,
        Field(max_length=500, pattern=rf"^https?://{HOST}(:{PORT})?(/[!-~]*)?$"),
    ]
    events: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z_]{1,20}\.[a-z_]{1,20}$")]], Field(max_length=40)
    ] = Field(default_factory=list)
    keep_trying_h: Annotated[int, Field(ge=1, le=336)] = 96


class Webhook(Shape):
    """A receiver. ``waiting`` letters have not been taken yet; ``fault`` says why."""

    id: str
    url: str
    events: list[str]
    keep_trying_h: int
    created_at: float
    waiting: int
    fault: str


class CreatedWebhook(Shape):
    """A new receiver, with the secret that signs what it is told; shown once."""

    webhook: Webhook
    secret: str


class Webhooks(Shape):
    """Your receivers."""

    webhooks: list[Webhook]
