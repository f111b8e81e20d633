"""The schema of the site configuration: what a technician may write, and its defaults.

The configuration is one YAML document, of which every scalar arrives as text and gets its type
here: a dialled number is a string and keeps its zeros without quotes, a port is a whole number, a
switch is "true" or "false" and nothing else.

``Site`` is the whole of it, frozen. Unknown keys are errors. Rules between parts (a route to a
queue that exists) are in ``validate``, which reports every problem at once.

A *destination* is a string ``kind:name``: "extension:101", "queue:support", "ivr:main".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

PATTERN_WORDS: dict[str, str] = {}
"""What a pattern of this schema asks for, in words, for whoever wrote something else."""


def _text(pattern: str, words: str) -> StringConstraints:
    PATTERN_WORDS[pattern] = words
    return StringConstraints(pattern=pattern)


Number = Annotated[str, _text(r"^[0-9*#+]{1,32}$", "1 to 32 of the digits 0-9, *, # and +")]
"""Digits that are dialled: a string, so that zeros stay."""

Name = Annotated[
    str,
    _text(
        r"^[a-z0-9][a-z0-9_-]{0,31}$",
        "1 to 32 of the characters a-z, 0-9, - and _, the first a letter or digit",
    ),
]
"""The handle of a line, a queue, a flow: lower case, for references."""

Label = Annotated[
    str, _text(r"^[^\x00-\x1f\x7f]{1,80}$", "1 to 80 characters, none of them a control character")
]
"""What people read, in any language. A line break in it would end a SIP header early."""

Destination = Annotated[
    str,
    _text(
        r"^(extension|queue|ivr):[A-Za-z0-9_*#+-]+$",
        'a destination: "extension:NUMBER", "queue:NAME" or "ivr:NAME"',
    ),
]

Digit = Annotated[str, _text(r"^[0-9*#]$", "one of the keys 0-9, * and #")]


def _whole(value: object) -> object:
    """A text as the whole number it says. pydantic's own reading takes "1_000" and "5060.0"; a
    zero in front is refused, because it is octal to some and nothing to others."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        raise PydanticCustomError("whole_number", "must be a whole number in the digits 0-9")
    return int(value)


def _decimal(value: object) -> object:
    """A text as the number it says. pydantic's own reading takes "nan", "1e3" and "1_000"."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})([.][0-9]+)?", value):
        raise PydanticCustomError("decimal", "must be a number, as in 5 or 2.5")
    return float(value)


def _truth(value: object) -> object:
    """A text as true or false. pydantic's own reading takes "yes", "on", "1" and "t"."""
    if not isinstance(value, str):
        return value
    if value not in {"true", "false"}:
        raise PydanticCustomError("truth", "must be true or false")
    return value == "true"


WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(_whole)]

Decimal = Annotated[float, Field(strict=True), BeforeValidator(_decimal)]

Truth = Annotated[bool, Field(strict=True), BeforeValidator(_truth)]

TcpPort = Annotated[WholeNumber, Field(ge=1, le=65535)]

Seconds = Annotated[Decimal, Field(gt=0, le=3600)]

FilePath = Annotated[str, _text(r"^[!-~]{0,255}$", "a path without spaces")]


class Language(StrEnum):
    PERSIAN = "fa"
    ARABIC = "ar"
    ENGLISH = "en"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Office(_Section):
    """Who and where the office is."""

    name: Label = "Markaz"
    language: Language = Language.ENGLISH
    country: Annotated[str, _text(r"^[a-z]{2}$", "a country's two small letters")] = "ir"


class Network(_Section):
    """Addresses and ports. The inner three are loopback and meet nobody but our own daemons."""

    sip_address: IPv4Address = IPv4Address("127.0.0.1")
    sip_port: TcpPort = 5060
    realm: Annotated[str, _text(r"^[a-z0-9.-]{1,64}$", "a name of a-z, 0-9, . and -")] = (
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


class Provisioning(_Section):
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
    time_zone: Annotated[str, _text(r"^[A-Za-z0-9_+/-]{1,64}$", "a zone's name")] = "Asia/Tehran"
    ntp_server: IPv4Address | None = None  # none: the box
    window_minutes: Annotated[WholeNumber, Field(ge=1, le=120)] = 10
    phonebook: Truth = True


class Switch(_Section):
    """Limits of switchd."""

    bridge_rate_hz: Annotated[Literal[8000, 16000, 32000, 48000], BeforeValidator(_whole)] = 16000
    max_calls: Annotated[WholeNumber, Field(ge=1, le=250)] = 150
    ring_timeout_s: Seconds = 30.0


class RecordingPolicy(StrEnum):
    ALWAYS = "always"
    NEVER = "never"


class Recording(_Section):
    """Which calls are recorded."""

    policy: RecordingPolicy = RecordingPolicy.ALWAYS


class Extension(_Section):
    """A number inside, and the account its telephone registers with."""

    number: Number
    name: Label
    password: SecretStr | None = None  # none: no SIP account (the extension of a station line)
    language: Language | None = None


class LineKind(StrEnum):
    TRUNK = "trunk"  # FXO: hears ringing
    STATION = "station"  # FXS: makes it
    MOBILE = "mobile"  # a SIM in a modem


class LineDriver(StrEnum):
    SIMULATED = "simulated"
    DAHDI = "dahdi"
    SERIAL = "serial"


class Line(_Section):
    """One analogue line or SIM. A trunk line or SIM has a route, a station line an extension."""

    name: Name
    kind: LineKind
    driver: LineDriver = LineDriver.SIMULATED
    device: Annotated[str, _text(r"^[!-~]{0,255}$", "a path without spaces")] = ""  # "/dev/dahdi/1"
    route: Destination | None = None
    extension: Number | None = None


class Choice(_Section):
    """One key of a menu."""

    digit: Digit
    to: Destination


class Ivr(_Section):
    """A menu: greets, waits for one digit, goes on."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    greeting: Name = "welcome"
    language: Language | None = None
    choice: tuple[Choice, ...] = Field(min_length=1)
    digit_timeout_s: Seconds = 5.0
    attempts: Annotated[WholeNumber, Field(ge=1, le=10)] = 3
    otherwise: Destination | None = None  # after the last attempt; none: says goodbye


class Strategy(StrEnum):
    LONGEST_IDLE = "longest_idle"
    LINEAR = "linear"
    FEWEST_CALLS = "fewest_calls"


class Queue(_Section):
    """A queue and its members: the numbers of extensions whose people are agents."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    title: Label
    members: tuple[Number, ...] = ()
    strategy: Strategy = Strategy.LONGEST_IDLE
    offer_timeout_s: Seconds = 15.0
    wrap_up_s: Annotated[Decimal, Field(ge=0, le=3600)] = 5.0
    max_wait_s: Seconds = 300.0
    max_length: Annotated[WholeNumber, Field(ge=1, le=1000)] = 50


class Site(_Section):
    """The whole site configuration."""

    office: Office = Office()
    network: Network = Network()
    switch: Switch = Switch()
    recording: Recording = Recording()
    provisioning: Provisioning = Provisioning()
    extension: tuple[Extension, ...] = ()
    line: tuple[Line, ...] = ()
    ivr: tuple[Ivr, ...] = ()
    queue: tuple[Queue, ...] = ()

    @property
    def numbers(self) -> Mapping[str, Destination]:
        """Every number a telephone inside can dial, and where it leads."""
        return (
            {one.number: f"extension:{one.number}" for one in self.extension}
            | {one.number: f"ivr:{one.name}" for one in self.ivr if one.number}
            | {one.number: f"queue:{one.name}" for one in self.queue if one.number}
        )
