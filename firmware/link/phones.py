"""Provisioning over the link: telephones, the adoption window, and the files telephones get."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRow:
    """One telephone, ATA or softphone, as provisioning knows it. Times are Unix seconds, 0 is
    never."""

    id: str  # its MAC address in twelve small hexadecimal digits, or "soft-1"
    vendor: str
    family: str
    model: str
    firmware: str
    evidence: str  # why we believe that the model works: Evidence of provisioning.device
    address: str
    found_by: str  # "asked", "pnp", "scan", "typed"
    first_seen: float
    last_seen: float
    last_file: str
    last_result: str  # "complete", "pointer", "absent", "refused", ""
    state: str  # "seen", "invited", "expected", "adopted", "revoked"
    extensions: tuple[str, ...]
    accounts: int  # how many extensions it can hold
    ports: int  # of an ATA, 0 of a telephone
    keys: int  # programmable keys that its files can speak of, those of modules too
    tftp_secrets: bool
    can_push: bool  # it can be told its address over its own web page
    is_current: bool  # it was sent all that it would be sent now
    resync: str  # "", "waiting" (until it is idle), "away", "sent", "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """The adoption window, what the guard has seen, and DHCP."""

    id: str  # always "adoption"
    open_until: float  # Unix seconds; in the past: shut
    misses: int  # requests for what was not the asker's
    banned: tuple[str, ...]  # addresses
    dhcp: str  # "off", "inform", "full", or why it does not serve
    other_servers: tuple[str, ...]  # DHCP servers of others


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One programmable key of a telephone; ``kind`` is KeyKind of provisioning.device."""

    kind: str
    value: str
    label: str
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A file a telephone gets, its secrets replaced by fingerprints."""

    path: str
    content_type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One parameter that differs between what a telephone was sent and what it would be sent.
    "" is absent; secrets are fingerprints."""

    name: str
    sent: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterOption:
    """What to type into the office's router."""

    code: int  # DHCP option
    value: str
    families: tuple[str, ...]  # for whom


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file that telephones show or play. "" is every vendor, and every model of it."""

    name: str
    kind: str  # "wallpaper", "ring", "language"
    vendor: str
    model: str
    language: str  # of a language pack, ISO 639-1
    shown: str  # a language's name in the menu; for which calls a ring is ("internal", ...)
    bytes: int  # 0 when it is offered


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareFile:
    """A firmware file and its roll-out."""

    name: str
    vendor: str
    model: str  # "" is every model of the vendor
    version: str
    share: int  # percent of the telephones it goes to
    first: tuple[str, ...]  # telephones that get it whatever the share
    bytes: int
    has_it: int  # telephones that run it
    meant: int  # telephones it goes to now
