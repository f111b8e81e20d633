"""A telephone or ATA as the office sees it, before any vendor's words: what every family is told.

Nothing here knows a vendor. A ``Device`` says what the telephone is to do; a family
(``provisioning.phones``) says it in the vendor's file. All of it is plain values, so that a
preview, a difference and a golden file need neither a box nor a telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Srtp(StrEnum):
    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class KeyKind(StrEnum):
    """What a programmable key does. ``value`` of a key means: see each.

    A technician gives values as here; ``provisioning.codes`` puts the site's feature codes in
    front, and families get the whole number.
    """

    LINE = "line"  # an account; value unused
    BLF = "blf"  # lamp of an extension, pressed: calls it; value: number
    SPEED_DIAL = "speed_dial"  # value: number
    PARK = "park"  # value: number of the slot
    QUEUE = "queue"  # logs in to the queues
    QUEUE_OUT = "queue_out"  # logs out of them
    PAUSE = "pause"  # no calls from queues for a while; value: the digit of a reason, or none
    READY = "ready"  # takes calls from queues again
    WRAPPED_UP = "wrapped_up"  # done with the last call; value: its outcome's number, or none
    NIGHT = "night"  # night switch; value: which, where there are several
    DND = "dnd"
    INTERCOM = "intercom"  # value: number
    VOICEMAIL = "voicemail"
    TRANSFER = "transfer"
    NONE = "none"


class Impedance(StrEnum):
    """What the ATA's port looks like to the pair: resistor, then resistor beside capacitor."""

    OHM_600 = "600"
    OHM_900 = "900"
    ETSI_COMPLEX = "270+750||150nF"  # TBR 21
    GERMANY = "220+820||115nF"
    BRITAIN = "370+620||310nF"


class CallerId(StrEnum):
    """How the number is sent to the analogue telephone (EN 300 659-1, GR-30)."""

    BELLCORE = "bellcore"  # FSK Bell 202 between first and second ring
    ETSI_FSK_DURING_RING = "etsi_fsk_during_ring"
    ETSI_FSK_BEFORE_RING = "etsi_fsk_before_ring"
    ETSI_DTMF = "etsi_dtmf"  # during the ring
    ETSI_DTMF_BEFORE_RING = "etsi_dtmf_before_ring"
    BT = "bt"


class FileKind(StrEnum):
    """What a file that a telephone asks for is to it."""

    BOOT = "boot"  # first file, names the others
    COMMON = "common"  # the same for all of the vendor
    MODEL = "model"  # the same for all of the model
    DEVICE = "device"  # the telephone's own; carries its passwords
    PHONEBOOK = "phonebook"
    LANGUAGE = "language"
    FIRMWARE = "firmware"
    UPLOAD = "upload"  # the telephone's own log or changes, by PUT or POST
    ABSENT = "absent"  # asked by habit; 404 is the right answer


class Evidence(StrEnum):
    """Why we believe a model works. Never one word "supported"."""

    PROVEN_ON_HANDSET = "proven_on_handset"
    PROVEN_WITH_CLIENT = "proven_with_client"
    REPLAYED = "replayed"
    DOCUMENTED = "documented"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One SIP registration. ``number`` is the extension, ``user`` the digest user."""

    number: str
    user: str
    password: str = field(repr=False)
    server: str
    port: int = 5060
    label: str = ""
    display_name: str = ""
    transport: Transport = Transport.UDP
    outbound_proxy: str = ""  # host or host:port
    expires_s: int = 300
    codecs: tuple[str, ...] = ("pcma", "pcmu", "g722")  # best first, in the SDP's names, lower case
    srtp: Srtp = Srtp.OFF
    voicemail_number: str = ""
    auto_answer: bool = False
    port_index: int | None = None  # the ATA's port, from 1; None on a telephone

    @property
    def name(self) -> str:
        """What a display shows: the display name, or the number."""
        return self.display_name or self.label or self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A programmable key. ``account`` counts from 1."""

    kind: KeyKind
    value: str = ""
    label: str = ""
    account: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """``freqs_hz`` together, in a repeating on-off ``cadence_ms``; empty is continuous."""

    freqs_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()
    level_dbm: int = -13


@dataclass(frozen=True, slots=True, kw_only=True)
class AtaPort:
    """How an ATA's port behaves to the analogue telephone on it. ``index`` counts from 1."""

    index: int
    country: str = "ir"  # ISO 3166, lower case
    tones: Mapping[str, Tone] = field(default_factory=dict)  # dial, busy, ringback, congestion
    ring_ms: tuple[int, ...] = (1000, 4000)
    caller_id: CallerId = CallerId.ETSI_FSK_DURING_RING
    flash_min_ms: int = 80
    flash_max_ms: int = 700
    impedance: Impedance = Impedance.ETSI_COMPLEX
    fax_t38: bool = False
    rx_gain_db: int = 0
    tx_gain_db: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DstChange:
    """A change of the clock, as POSIX writes it: ``M<month>.<week>.<weekday>/<hour>``."""

    month: int  # 1 to 12
    week: int  # 1 to 5; 5 is the last
    weekday: int  # 0 is Sunday
    hour: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DstRule:
    start: DstChange
    end: DstChange
    saved_minutes: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZone:
    """A zone as telephones need it; ``provisioning.zones.time_zone`` makes one from a name."""

    iana: str
    offset_minutes: int  # east of Greenwich is positive; Tehran is 210
    dst: DstRule | None = None


TEHRAN = TimeZone(iana="Asia/Tehran", offset_minutes=210)  # no summer time since 2022


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Calls whose Alert-Info carries ``alert_info`` ring with the telephone's tone ``tone``."""

    alert_info: str
    tone: int  # the vendor's own ring tone, from 1
    url: str = ""  # of a sound file, where the family can fetch one


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePack:
    """A translation of the vendor's menus that we serve: ``name`` stands in the menu."""

    language: str  # ISO 639-1
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A line of the telephone book."""

    name: str
    number: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Everything a telephone is told. What is empty is not said, but for accounts: see ``whole``.

    ``base_url`` is where its files are, token included, with a slash at the end:
    ``http://192.168.1.2:8088/p/<token>/``. A ``Device`` without accounts is lawful: its
    files carry no secret and point to ``base_url`` (see ``pointer``).
    """

    mac: str  # twelve hexadecimal digits, lower case; "" for softphones
    vendor: str
    model: str
    family: str
    base_url: str
    accounts: tuple[Account, ...] = ()
    keys: tuple[Key, ...] = ()  # position is the key's number
    expansion_keys: tuple[tuple[Key, ...], ...] = ()  # one tuple per module
    ata_ports: tuple[AtaPort, ...] = ()
    time_zone: TimeZone = TEHRAN
    ntp_server: str = ""
    language: str = "en"  # ISO 639-1: fa, ar, en
    country: str = "ir"  # of the tones, ISO 3166
    tones: Mapping[str, Tone] = field(default_factory=dict)  # dial, busy, ringback, congestion
    admin_password: str = field(default="", repr=False)  # "" leaves the telephone's own
    web_enabled: bool = True
    phonebook_url: str = ""
    contacts: tuple[Contact, ...] = ()
    wallpaper_url: str = ""
    firmware_url: str = ""
    firmware_version: str = ""
    ca_url: str = ""  # certificate the telephone shall trust
    language_packs: tuple[LanguagePack, ...] = ()
    resync_minutes: int = 1440
    rings: tuple[Ring, ...] = ()
    pickup_code: str = ""  # dialled before a number to take its ringing call
    overrides: Mapping[str, str] = field(default_factory=dict, repr=False)
    whole: bool = True  # its accounts are all there are: others are switched off

    @property
    def is_settled(self) -> bool:
        """It has its accounts, and with them no reason to look for another server."""
        return self.whole and bool(self.accounts)

    @property
    def own_pack(self) -> LanguagePack | None:
        """The pack of its own language, if we serve one."""
        return next((p for p in self.language_packs if p.language == self.language), None)

    def pointer(self) -> Device:
        """This telephone, told only where its files are: nothing of accounts or passwords,
        neither what they are nor that there are none."""
        return replace(
            self,
            whole=False,
            accounts=(),
            keys=(),
            expansion_keys=(),
            ata_ports=(),
            admin_password="",
            phonebook_url="",
            contacts=(),
            overrides={},
        )

    def account(self, number: int) -> Account | None:
        """Account ``number``, from 1."""
        return self.accounts[number - 1] if 0 < number <= len(self.accounts) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is known of somebody that asks: every part may be missing."""

    path: str = ""  # without the token, without a leading slash
    user_agent: str = ""
    mac_in_tls: str = ""  # from a client certificate
    mac_in_link: str = ""  # from ARP, DHCP or the PnP request
    vendor_class: str = ""  # DHCP option 60
    transport: str = "http"  # http, https, tftp, pnp, dhcp, mdns
    source: str = ""  # IP address
    vendor: str = ""  # as a PnP request says; unreliable
    model: str = ""  # as a PnP request says; unreliable


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks, as far as it can be told. ``told_by`` names what gave it away."""

    family: str
    vendor: str
    model: str = ""  # "" when only the vendor is known
    mac: str = ""
    firmware: str = ""
    told_by: tuple[str, ...] = ()  # of: path, user_agent, tls, link, vendor_class, oui, pnp


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a path asks for, within one family."""

    kind: FileKind
    mac: str = ""
    model: str = ""
    secret: bool = False  # True where the file carries passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """A file that a telephone will ask for."""

    path: str
    kind: FileKind
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """A file ready to be sent."""

    content: bytes = field(repr=False)
    content_type: str
    kind: FileKind
    secret: bool  # carries a SIP or administrator password


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """The NOTIFY that makes a telephone fetch its files again."""

    event: str  # value of the Event header
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpOption:
    """What a DHCP server says to a family. ``vendor_class`` "" is everybody."""

    code: int
    value: bytes
    vendor_class: str = ""  # regular expression on option 60
    text: str = ""  # as a technician types it into a router


class Unwritable(ValueError):
    """A value that the vendor's file cannot carry; says which parameter and why."""
