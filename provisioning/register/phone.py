"""A telephone on record, and a firmware file: plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from provisioning.device import Key

_MAC = re.compile(r"[0-9a-f]{12}")


class PhoneState(StrEnum):
    SEEN = "seen"  # it asked, or a scan found it; it was given nothing
    INVITED = "invited"  # it has its token and waits for an extension
    EXPECTED = "expected"  # it has an extension and was not here yet
    ADOPTED = "adopted"  # it has an extension and its files
    REVOKED = "revoked"  # its token counts no more and it gets nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One telephone, ATA or softphone. Times are Unix seconds, 0 is never."""

    id: str  # MAC address in twelve small hexadecimal digits, or "soft-1"
    vendor: str = ""
    family: str = ""
    model: str = ""
    firmware: str = ""
    address: str = ""
    user_agent: str = ""
    found_by: str = ""  # "asked", "pnp", "scan", "typed"
    first_seen: float = 0.0
    last_seen: float = 0.0
    last_file: str = ""
    last_result: str = ""
    state: PhoneState = PhoneState.SEEN
    token: str = field(default="", repr=False)
    token_used: bool = False
    admin_password: str = field(default="", repr=False)
    extensions: tuple[str, ...] = ()  # one per account or ATA port, in their order
    keys: tuple[Key, ...] | None = None  # None is the layout every telephone gets
    tftp_secrets: bool = False  # its passwords may go by TFTP
    served: Mapping[str, str] = field(default_factory=dict, repr=False)
    served_at: float = 0.0
    overrides: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def mac(self) -> str:
        """The MAC address; "" of a softphone."""
        return self.id if _MAC.fullmatch(self.id) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """One uploaded firmware file and how far its roll-out has come."""

    name: str
    vendor: str
    model: str  # "" is every model of the vendor
    version: str
    share: int  # percent of the telephones
    first: tuple[str, ...] = ()  # telephones that get it whatever the share
    sha256: str = ""
    bytes: int = 0
    added_at: float = 0.0


class MediaKind(StrEnum):
    WALLPAPER = "wallpaper"
    RING = "ring"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file that telephones show or play. ``vendor`` and ``model`` "" are all of them."""

    name: str
    kind: MediaKind
    vendor: str = ""
    model: str = ""
    language: str = ""
    shown: str = ""  # a language's name in the menu; for which calls a ring is
    bytes: int = 0
    added_at: float = 0.0


def plain_mac(text: str) -> str:
    """A MAC address in any usual spelling as twelve small hexadecimal digits.

    Raises:
        ValueError: it is none.
    """
    plain = re.sub(r"[\s:.-]", "", text).lower()
    if not _MAC.fullmatch(plain):
        raise ValueError(f"{text!r} is no MAC address: twelve hexadecimal digits are needed")
    if plain in ("0" * 12, "f" * 12):
        raise ValueError(f"{text!r} is nobody's address")
    return plain
