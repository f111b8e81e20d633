"""The schema of the site configuration: what a technician may write, and its defaults.

``Site`` is the whole of it, frozen. Unknown keys are errors. Rules between parts (a route to a
queue that exists) are in ``validate``, which reports every problem at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr

from firmware.config.sections.backup import Backup
from firmware.config.sections.calendars import Calendar
from firmware.config.sections.crm import Crm
from firmware.config.sections.diagnosis import Diagnosis
from firmware.config.sections.features import Features
from firmware.config.sections.flows import Flow, Service, Table
from firmware.config.sections.groups import Group
from firmware.config.sections.internet import Internet
from firmware.config.sections.learned import Learned
from firmware.config.sections.lines import StationTelephone, TrunkSignals
from firmware.config.sections.mail import Mail
from firmware.config.sections.power import Power
from firmware.config.sections.presence import Presence
from firmware.config.sections.queues import Agent, PauseReason, Queue
from firmware.config.sections.recording import Recording
from firmware.config.sections.reports import ScheduledReport
from firmware.config.sections.rooms import Conference, Page, Park
from firmware.config.sections.routing import (
    Dialling,
    Emergency,
    Inbound,
    LineGroup,
    Outbound,
)
from firmware.config.sections.supervision import QueueAlert
from firmware.config.sections.trunks import Trunk
from firmware.config.sections.update import Update
from firmware.config.sections.voicemail import Voicemail
from firmware.config.types import (
    Destination,
    Digit,
    FilePath,
    Label,
    Language,
    Name,
    Number,
    Seconds,
    Section,
    TcpPort,
    Truth,
    WholeNumber,
    text,
    whole,
)
from firmware.model.routing import Permission

ZoneName = Annotated[str, text(r"^[A-Za-z0-9_+/-]{1,64}$", "a zone's name")]


class Office(Section):
    """Who and where the office is."""

    name: Label = "Markaz"
    language: Language = Language.ENGLISH
    country: Annotated[str, text(r"^[a-z]{2}$", "a country's two small letters")] = "ir"
    time_zone: ZoneName = "Asia/Tehran"


class Network(Section):
    """Addresses and ports. The inner three are loopback and meet nobody but our own daemons."""

    sip_address: IPv4Address = IPv4Address("127.0.0.1")
    sip_port: TcpPort = 5060  # UDP and TCP
    sip_tls_port: TcpPort = 5061
    realm: Annotated[str, text(r"^[a-z0-9.-]{1,64}$", "a name of a-z, 0-9, . and -")] = (
        "markaz.internal"
    )
    console_address: IPv4Address = IPv4Address("127.0.0.1")
    console_port: TcpPort = 8080
    media_address: IPv4Address = IPv4Address("127.0.0.1")
    rtp_first: TcpPort = 20000
    rtp_last: TcpPort = 23999
    inner_edge_port: TcpPort = 15070  # Kamailio's inner side, on 127.0.0.2
    inner_switch_port: TcpPort = 15090  # switchd, on 127.0.0.3
    inner_lines_port: TcpPort = 15095  # lined, on 127.0.0.4
    line_rtp_first: TcpPort = 24000  # both ends of the audio between switchd and lined
    line_rtp_last: TcpPort = 25999


class DhcpMode(StrEnum):
    OFF = "off"
    INFORM = "inform"  # answers DHCPINFORM only: beside the office's own router
    FULL = "full"  # gives addresses too, as long as no other server answers


Tone = Annotated[WholeNumber, Field(ge=0, le=10)]


class Provisioning(Section):
    """Telephones that configure themselves. Bound to loopback, it meets no network.

    On an office network: ``address`` is the box's address there, ``tftp_port`` 69, and ``pnp``
    on. Ports below 1024 and ``dhcp`` need root or CAP_NET_BIND_SERVICE.
    """

    address: IPv4Address = IPv4Address("127.0.0.1")
    http_port: TcpPort = 8088
    https_port: TcpPort = 8443
    old_tls: Truth = False  # TLS 1.0 and 1.1, on a listener of its own, for old telephones
    old_tls_port: TcpPort = 8444
    tftp: Truth = True
    tftp_port: TcpPort = 8069
    pnp: Truth = False  # answers SIP PnP on 224.0.1.75
    mdns: Truth = False
    dhcp: DhcpMode = DhcpMode.OFF
    pool_first: IPv4Address | None = None  # full DHCP only
    pool_last: IPv4Address | None = None
    router: IPv4Address | None = None  # what full DHCP names as the way out; none: no way out
    networks: tuple[IPv4Network, ...] = ()  # who may ask; none: the networks of ``address``
    telephones_use_https: Truth = (
        False  # their addresses say https: they must trust the certificate
    )
    certificate: FilePath = ""  # PEM; none: one is made, signed by itself
    certificate_key: FilePath = ""
    client_ca: FilePath = ""  # PEM of the vendors' CAs whose telephones prove who they are
    time_zone: ZoneName | None = None  # of telephones that are elsewhere; none: the office's
    ntp_server: IPv4Address | None = None  # none: the box
    window_minutes: Annotated[WholeNumber, Field(ge=1, le=120)] = 10
    phonebook: Truth = True
    sip_transport: Literal["udp", "tcp", "tls"] = "udp"  # by which telephones register
    # Which of a telephone's own tones rings for which calls, by number; 0: as it likes.
    ring_internal: Tone = 0
    ring_external: Tone = 0
    ring_queue: Tone = 0


class Switch(Section):
    """Limits of switchd."""

    bridge_rate_hz: Annotated[Literal[8000, 16000, 32000, 48000], BeforeValidator(whole)] = 16000
    max_calls: Annotated[WholeNumber, Field(ge=1, le=250)] = 150
    ring_timeout_s: Seconds = 30.0
    silence_s: Seconds = 10.0  # a silent party is then asked whether it is still there


class Extension(Section):
    """A number inside, and the account its telephone registers with."""

    number: Number
    name: Label
    password: SecretStr | None = None  # none: no SIP account (the extension of a station line)
    permission: Permission | None = None  # how far it may call; none: ``dialling.permission``
    caller_id: Number | None = None  # what it shows outside; none: the route's
    language: Language | None = None
    pickup_group: Name | None = None  # whose calls it may take; none: of all without one
    pin: SecretStr | None = None  # of hot-desking; none: the person cannot log in elsewhere


class LineKind(StrEnum):
    TRUNK = "trunk"  # FXO: hears ringing
    STATION = "station"  # FXS: makes it
    MOBILE = "mobile"  # a SIM in a modem


class LineDriver(StrEnum):
    SIMULATED = "simulated"
    DAHDI = "dahdi"
    SERIAL = "serial"


class Line(Section):
    """One analogue line or SIM. A trunk line or SIM has a route, a station line an extension."""

    name: Name
    kind: LineKind
    driver: LineDriver = LineDriver.SIMULATED
    device: Annotated[str, text(r"^[!-~]{0,255}$", "a path without spaces")] = ""  # "/dev/dahdi/1"
    pin: SecretStr | None = None  # of the SIM
    route: Destination | None = None
    extension: Number | None = None
    signals: TrunkSignals | None = None  # of a trunk line; none: the defaults
    telephone: StationTelephone | None = None  # of a station line; none: the defaults
    learned: tuple[Learned, ...] | None = None  # of a trunk line: `markaz line learn`


class Choice(Section):
    """One key of a menu."""

    digit: Digit
    to: Destination


class Ivr(Section):
    """A menu: greets, waits for one digit, goes on."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    greeting: Name = "welcome"
    language: Language | None = None
    choice: tuple[Choice, ...] = Field(min_length=1)
    digit_timeout_s: Seconds = 5.0
    attempts: Annotated[WholeNumber, Field(ge=1, le=10)] = 3
    otherwise: Destination | None = None  # after the last attempt; none: says goodbye


class Site(Section):
    """The whole site configuration."""

    office: Office = Office()
    network: Network = Network()
    switch: Switch = Switch()
    recording: Recording = Recording()
    provisioning: Provisioning = Provisioning()
    features: Features = Features()
    presence: Presence = Presence()
    internet: Internet = Internet()
    diagnosis: Diagnosis = Diagnosis()
    voicemail: Voicemail = Voicemail()
    mail: Mail = Mail()
    backup: Backup = Backup()
    crm: Crm = Crm()
    power: Power = Power()
    update: Update = Update()
    extension: tuple[Extension, ...] = ()
    line: tuple[Line, ...] = ()
    trunk: tuple[Trunk, ...] = ()
    ivr: tuple[Ivr, ...] = ()
    queue: tuple[Queue, ...] = ()
    agent: tuple[Agent, ...] = ()
    pause_reason: tuple[PauseReason, ...] = ()
    calendar: tuple[Calendar, ...] = ()
    dialling: Dialling = Dialling()
    line_group: tuple[LineGroup, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    outbound: tuple[Outbound, ...] = ()
    emergency: Emergency = Emergency()
    group: tuple[Group, ...] = ()
    park: Park = Park()
    conference: tuple[Conference, ...] = ()
    page: tuple[Page, ...] = ()
    flow: tuple[Flow, ...] = ()
    table: tuple[Table, ...] = ()
    service: tuple[Service, ...] = ()
    report: tuple[ScheduledReport, ...] = ()
    queue_alert: tuple[QueueAlert, ...] = ()

    @property
    def has_simulated_line(self) -> bool:
        """Whether the world outside must be simulated too."""
        return any(line.driver is LineDriver.SIMULATED for line in self.line)

    @property
    def numbers(self) -> Mapping[str, Destination]:
        """Every number a telephone inside can dial, and where it leads."""
        return (
            {one.number: f"extension:{one.number}" for one in self.extension}
            | {one.number: f"ivr:{one.name}" for one in self.ivr if one.number}
            | {one.number: f"ivr:{one.name}" for one in self.flow if one.number}
            | {one.number: f"queue:{one.name}" for one in self.queue if one.number}
            | {one.number: f"group:{one.name}" for one in self.group if one.number}
            | {number: f"park:{number}" for number in (self.park.number, *self.park.numbers)}
            | {one.number: f"conference:{one.name}" for one in self.conference if one.number}
            | {one.number: f"page:{one.name}" for one in self.page if one.number}
        )
