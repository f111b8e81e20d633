"""The sections ``flow``, ``table`` and ``service``: what callers go through before a person
answers, and what it may look up.

A node has a name and exactly one of the keys that say what it does. ``next`` and the like name a
node of the same flow, or a place outside it ("queue:support", "ivr:other").
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from firmware.config.types import (
    Decimal,
    Destination,
    FilePath,
    Label,
    Language,
    Name,
    Number,
    Seconds,
    Section,
    Truth,
    WholeNumber,
    text,
)
from firmware.model.speech.parts import Currency

Target = Annotated[
    str,
    text(
        r"^([a-z0-9][a-z0-9_-]{0,31}|(extension|queue|ivr|voicemail|group|calendar|number|park|"
        r"conference|page):[A-Za-z0-9_*#+-]+)$",
        'a node\'s name, or a place outside the flow: "queue:NAME", "extension:NUMBER", "ivr:NAME"',
    ),
]

Variable = Annotated[
    str,
    text(r"^[a-z][a-z0-9_]{0,31}$", "1 to 32 of a-z, 0-9 and _, the first a letter"),
]

Words = Annotated[
    str, text(r"^[^\x00-\x1f\x7f]{1,600}$", "1 to 600 characters, none of them a control character")
]

MaybeWords = Annotated[
    str, text(r"^[^\x00-\x1f\x7f]{0,600}$", "at most 600 characters, none of them a control one")
]

NumberPattern = Annotated[str, text(r"^[!-~]{1,64}$", "a pattern of numbers, as in 09XX.")]

Expression = Annotated[
    str, text(r"^[^\x00-\x1f\x7f]{1,300}$", "an expression of at most 300 characters on one line")
]

Keys = Annotated[str, text(r"^[0-9*#]{1,6}$", "1 to 6 of the keys 0-9, * and #")]

Attempts = Annotated[WholeNumber, Field(ge=1, le=10)]

Digits = Annotated[WholeNumber, Field(ge=1, le=32)]

Score = Annotated[WholeNumber, Field(ge=0, le=9)]

Level = Annotated[WholeNumber, Field(ge=0, le=100)]

WebAddress = Annotated[
    str,
    text(r"^https?://[A-Za-z0-9.\[\]:-]{1,255}(/[!-~]{0,500})?$", 'an address: "https://crm.lan/"'),
]


CsvText = Annotated[str, text(r"^[^\x00]+$", "rows of CSV, the first with the columns' names")]

TableFile = Annotated[
    str, text(r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,80}\.(csv|sqlite)$", "NAME.csv or NAME.sqlite")
]


class Saying(Section):
    """What is said: a prompt or an own recording by name, or a text in each language."""

    prompt: Name | None = None
    en: Words | None = None
    fa: Words | None = None
    ar: Words | None = None


class Given(Section):
    """A variable that has a value from the beginning."""

    variable: Variable
    value: MaybeWords = ""


class SayNode(Section):
    """Says something."""

    saying: Saying
    insists: Truth = False  # no key ends it early
    next: Target | None = None  # none: the call ends


class PlayNode(Section):
    """Plays what a ``record`` node took down."""

    recording: Variable
    next: Target | None = None


class FlowChoice(Section):
    """One choice of a menu: a key, or several after one another."""

    digit: Keys
    to: Target


class MenuNode(Section):
    """Says what there is and takes a choice."""

    saying: Saying
    choice: tuple[FlowChoice, ...] = Field(min_length=1)
    dials: Truth = False  # an extension's number is a choice, too
    digit_timeout_s: Seconds = 5.0
    attempts: Attempts = 3
    invalid: Saying | None = None
    silent: Saying | None = None
    otherwise: Target | None = None


class CollectNode(Section):
    """Takes digits into a variable."""

    saying: Saying
    variable: Variable
    least: Digits = 1
    most: Digits = 32
    pattern: NumberPattern | None = None
    confirms: Truth = False  # says the digits and asks whether they are right
    confirm: Saying | None = None
    digit_timeout_s: Seconds = 5.0
    attempts: Attempts = 3
    invalid: Saying | None = None
    silent: Saying | None = None
    next: Target
    otherwise: Target | None = None


class LanguageNode(Section):
    """Lets the caller choose a language of the flow's, or goes on in ``speak``."""

    speak: Language | None = None
    digit_timeout_s: Seconds = 5.0
    attempts: Attempts = 2
    next: Target


class RecordNode(Section):
    """Keeps what the caller says after the tone."""

    saying: Saying | None = None
    variable: Variable
    longest_s: Annotated[Decimal, Field(ge=1, le=900)] = 60.0
    silence_s: Annotated[Decimal, Field(ge=1, le=60)] = 5.0
    next: Target
    otherwise: Target | None = None


class QuestionItem(Section):
    """One of a survey's: the answer is a key."""

    name: Name
    saying: Saying
    least: Score = 1
    most: Score = 5


class SurveyNode(Section):
    """Asks for scores, then for a few words if ``comment`` asks for them."""

    question: tuple[QuestionItem, ...] = ()
    comment: Saying | None = None
    comment_s: Annotated[Decimal, Field(ge=5, le=600)] = 60.0
    digit_timeout_s: Seconds = 5.0
    attempts: Attempts = 2
    next: Target | None = None


class PayNode(Section):
    """Takes a card's digits and hands them to the office's own payment program, to nobody else."""

    service: Name
    path: Annotated[str, text(r"^/[!-~]{0,200}$", "a path that begins with /")] = "/"
    amount: Expression  # in whole units of the currency
    currency: Currency
    variable: Variable = "payment"  # the reference that the program gave
    asks_code: Truth = True  # the three or four digits on the back
    saying: Saying | None = None
    digit_timeout_s: Seconds = 8.0
    attempts: Attempts = 3
    next: Target
    declined: Target | None = None
    failed: Target | None = None


class CallbackNode(Section):
    """Offers to call back when the caller's place in the queue is reached."""

    queue: Name
    digit_timeout_s: Seconds = 5.0
    attempts: Attempts = 3
    next: Target | None = None
    otherwise: Target | None = None


class CalendarNode(Section):
    """Goes on as a calendar says."""

    name: Name
    when_open: Target
    when_closed: Target
    when_holiday: Target | None = None  # none: as when closed


class CallerCaseItem(Section):
    """Callers alike. What is written must all be so."""

    number: tuple[NumberPattern, ...] = ()
    known: Truth = False  # the phonebook has them
    vip: Truth = False  # the phonebook says so
    withheld: Truth = False  # they show no number
    to: Target


class CallerNode(Section):
    """Goes on by who calls: the first case that fits."""

    case: tuple[CallerCaseItem, ...] = Field(min_length=1)
    otherwise: Target


class Assignment(Section):
    """One variable and what it becomes."""

    variable: Variable
    value: Expression


class AssignNode(Section):
    """Gives variables the values of expressions."""

    value: tuple[Assignment, ...] = Field(min_length=1)
    next: Target
    failed: Target | None = None


class BranchCase(Section):
    """One case."""

    when: Expression
    to: Target


class BranchNode(Section):
    """Goes on by the first expression that is true."""

    case: tuple[BranchCase, ...] = Field(min_length=1)
    otherwise: Target
    failed: Target | None = None  # an expression cannot be computed; none: otherwise


class TakenValue(Section):
    """One value of an answer, and the variable it goes to."""

    variable: Variable
    path: Annotated[str, text(r"^[^\x00-\x1f\x7f]{1,200}$", "where it stands (JMESPath)")]


class SentValue(Section):
    """One value that is sent; it may have gaps."""

    name: Variable
    value: MaybeWords = ""


class LookUpNode(Section):
    """Asks a service by HTTP."""

    service: Name
    path: Annotated[str, text(r"^/[!-~]{0,400}$", "a path that begins with /")]
    method: Literal["get", "post"] = "get"
    body: tuple[SentValue, ...] = ()
    take: tuple[TakenValue, ...] = ()
    saying: Saying | None = None  # said meanwhile
    next: Target
    missing: Target | None = None  # the service does not know it (404, 410); none: failed
    failed: Target | None = None


class TakenColumn(Section):
    """One column of a row, and the variable it goes to."""

    variable: Variable
    column: Label


class TableNode(Section):
    """Finds a row of a table."""

    name: Name
    find: Words  # the key; it may have gaps
    take: tuple[TakenColumn, ...] = ()
    next: Target
    missing: Target | None = None


class SkillItem(Section):
    """A skill an agent needs, and the least level of it."""

    name: Name
    level: Level = 1


class AttributesNode(Section):
    """Says how urgent the caller is and who fits: taken along into the queue."""

    priority: Annotated[WholeNumber, Field(ge=-99, le=99)] = 0
    skill: tuple[SkillItem, ...] = ()
    vip: Truth = False
    agent: Words | None = None  # an extension; it may have gaps
    next: Target


class QueueNode(Section):
    """Leads to a queue."""

    name: Name
    after: Target | None = None  # for who is still there when the agent has hung up


class TransferNode(Section):
    """Leads to a place, or to the extension whose number a variable has."""

    to: Destination | None = None
    dial: Variable | None = None
    failed: Target | None = None


class VoicemailNode(Section):
    """Leads to an extension's mailbox."""

    box: Number


class HangUpNode(Section):
    """Ends the call."""

    saying: Saying | None = None
    cause: Literal["normal", "busy", "rejected", "unavailable", "congestion"] = "normal"


class FlowNode(Section):
    """One node: a name, and exactly one thing that it does."""

    name: Name
    say: SayNode | None = None
    play: PlayNode | None = None
    menu: MenuNode | None = None
    collect: CollectNode | None = None
    language: LanguageNode | None = None
    record: RecordNode | None = None
    survey: SurveyNode | None = None
    pay: PayNode | None = None
    callback: CallbackNode | None = None
    calendar: CalendarNode | None = None
    caller: CallerNode | None = None
    assign: AssignNode | None = None
    branch: BranchNode | None = None
    look_up: LookUpNode | None = None
    table: TableNode | None = None
    attributes: AttributesNode | None = None
    queue: QueueNode | None = None
    transfer: TransferNode | None = None
    voicemail: VoicemailNode | None = None
    hang_up: HangUpNode | None = None


DEEDS = tuple(key for key in FlowNode.model_fields if key != "name")
"""Everything a node can do."""


class Flow(Section):
    """A flow: what a caller goes through, node by node."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    languages: tuple[Language, ...] = Field(min_length=1)
    language: Language | None = None  # in which it begins; none: the caller's
    start: Name | None = None  # none: the first node
    given: tuple[Given, ...] = ()
    limit_s: Annotated[Decimal, Field(ge=10, le=3600)] = 900.0
    late: Target | None = None  # after ``limit_s``; none: goodbye
    failed: Target | None = None  # where nodes lead whose work fails and that do not say where
    node: tuple[FlowNode, ...] = Field(min_length=1)


class Table(Section):
    """A table for look-ups: CSV in the configuration itself, or a file in the box's ``tables``
    folder, CSV or SQLite."""

    name: Name
    key: Label
    csv: CsvText | None = None
    file: TableFile | None = None


class Service(Section):
    """A web service that flows may ask; they reach no other host."""

    name: Name
    url: WebAddress
    timeout_s: Annotated[Decimal, Field(ge=0.1, le=30)] = 3.0
    cache_s: Annotated[Decimal, Field(ge=0, le=86400)] = 0.0
    most: Annotated[WholeNumber, Field(ge=1, le=100)] = 16  # asked at the same time
    token: SecretStr | None = None  # sent as "Authorization: Bearer"
    ca: FilePath = ""  # PEM of who signed its certificate; none: the system's
