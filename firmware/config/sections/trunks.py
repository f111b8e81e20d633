"""The section ``trunk``: SIP providers, and how each wants to be spoken to."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import Field, SecretStr

from firmware.config.types import (
    Destination,
    FilePath,
    Label,
    Name,
    Number,
    Section,
    TcpPort,
    Truth,
    WholeNumber,
    text,
)

Host = Annotated[
    str,
    text(
        r"^([A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
        "a host's name or IPv4 address",
    ),
]

Account = Annotated[
    str, text(r"^[!#-'*-.0-9=?A-Z^-z|~+_-]{0,64}$", "up to 64 printable letters, no space, no @")
]


class Transport(StrEnum):
    AUTO = "auto"  # what the provider's NAPTR records prefer, else UDP (RFC 3263)
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Srtp(StrEnum):
    OFF = "off"
    REQUIRED = "required"  # keys in the SDP (RFC 4568): over TLS only


class DidIn(StrEnum):
    """Where the provider writes which of our numbers was called."""

    AUTO = "auto"  # P-Called-Party-ID if there is one; the Request-URI unless it is our account; To
    REQUEST_URI = "request_uri"
    TO = "to"
    P_CALLED_PARTY_ID = "p_called_party_id"


class CallerIdIn(StrEnum):
    """Where the provider reads which number calls. But for ``from``, From has our account."""

    FROM = "from"
    P_ASSERTED_IDENTITY = "p_asserted_identity"
    P_PREFERRED_IDENTITY = "p_preferred_identity"
    REMOTE_PARTY_ID = "remote_party_id"


class SessionTimer(StrEnum):
    OFF = "off"
    ON = "on"  # offered, used when the provider does so too (RFC 4028)
    REQUIRED = "required"


class Codec(StrEnum):
    PCMA = "pcma"
    PCMU = "pcmu"
    G722 = "g722"
    OPUS = "opus"
    G729 = "g729"
    GSM = "gsm"


class Trunk(Section):
    """A SIP provider's trunk. With ``registers`` the box logs in there; without, the provider knows
    the box's address and sends calls to it."""

    name: Name
    title: Label | None = None  # none: its name
    host: Host  # the provider's SIP domain, or its address
    port: TcpPort | None = None  # none: by SRV record, else the transport's own
    transport: Transport = Transport.AUTO
    outbound_proxy: Host | None = None  # where everything goes instead of to ``host``
    outbound_proxy_port: TcpPort | None = None
    registers: Truth = True
    expires_s: Annotated[WholeNumber, Field(ge=60, le=86400)] = 300
    user: Account = ""
    auth_user: Account = ""  # none: ``user``
    password: SecretStr | None = None
    route: Destination | None = None  # where its calls go that no inbound route takes
    did_in: DidIn = DidIn.AUTO
    number: Number | None = None  # what callers show when neither they nor a route have a number
    caller_id_in: CallerIdIn = CallerIdIn.FROM
    max_calls: Annotated[WholeNumber, Field(ge=1, le=250)] = 30
    codecs: tuple[Codec, ...] = Field(default=(Codec.PCMA, Codec.PCMU), min_length=1)
    srtp: Srtp = Srtp.OFF
    session_timer: SessionTimer = SessionTimer.ON
    session_expires_s: Annotated[WholeNumber, Field(ge=90, le=86400)] = 1800
    reliable_provisional: Truth = True  # 100rel (RFC 3262), when the provider asks for it
    options: Truth = True  # asks every few seconds whether the provider is there
    sources: tuple[IPv4Network, ...] = ()  # further addresses its calls come from
    public_address: IPv4Address | None = None  # ours, as the provider sees it through a router
    tls_verify: Truth = True  # its certificate must be good and bear its name
    tls_ca: FilePath = ""  # PEM of who signed it; none: the authorities Debian trusts
