"""What we read of a SIP message: the few headers that decide a call.

pjsua has parsed and checked the message; it hands over the text because its Python face shows
no headers. Only the start line, names and addresses are taken from it (RFC 3261 §20, RFC 3325
for P-Asserted-Identity, RFC 3326 for Reason).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from firmware.model.alert import Ringing, ringing_of

_ADDRESS = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<?\s*(?:sips?|tel):([^@;>?\s]*)')
_USER_SAFE = "-_.!~*'()&=+$,;?/"  # "mark" and "user-unreserved" of RFC 3261
_PRIVATE = frozenset({"id", "user", "header"})
_CAUSE = re.compile(r"Q\.850\s*;.*?cause\s*=\s*(\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A name-addr: the user part and the display name, either may be empty."""

    user: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaces:
    """The dialog that an INVITE wants to take the place of (RFC 3891 §6.1)."""

    call_id: str
    is_early_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An INVITE as it reached us."""

    source: str  # "127.0.0.2:15070", the last hop
    called: str  # user part of the Request-URI
    sender: Party  # From
    asserted: Party | None  # P-Asserted-Identity, set by the edge only
    line: str  # X-Markaz-Line: the line a call of lined came in by, or ""
    replaces: Replaces | None = None  # X-Markaz-Replaces: as the edge renames Replaces
    trunk: str = ""  # X-Markaz-Trunk: the SIP trunk it came by, as the edge knows it, or ""
    to: Party = Party(user="", name="")
    called_party: Party | None = None  # P-Called-Party-ID (RFC 7315 §4.2)
    ringing: Ringing | None = None  # the kind of call, as our own Alert-Info says
    is_announcement: bool = False  # X-Markaz-Announcement: nobody will listen, something is played
    is_private: bool = False  # Privacy asks not to show the caller (RFC 3323, RFC 3325)


def header(message: str, name: str) -> str:
    """The value of the first header ``name``, or ""; the body is not looked at."""
    # Kamailio and pjsip end the headers at any two line breaks; what follows is the sender's own.
    head = re.split(r"\n[\r\n]", message, maxsplit=1)[0]
    found = re.search(rf"^{re.escape(name)}[ \t]*:[ \t]*(.*?)\r?$", head, re.M | re.I)
    return found.group(1).strip() if found else ""


def party(value: str) -> Party:
    """The party a From-like header names."""
    found = _ADDRESS.match(value)
    if found is None:
        return Party(user="", name="")
    quoted, bare, user = found.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else (bare or "")
    return Party(user=unquote(user), name=name.strip())


def uri(user: str, host: str) -> str:
    """A SIP URI. What RFC 3261 §25.1 does not allow in a user part is escaped: a dialled "#"
    and whatever a far party's caller ID may hold."""
    return f"sip:{quote(user, safe=_USER_SAFE)}@{host}"


def name_addr(name: str, user: str, host: str) -> str:
    """A From-like header's value. Control characters of the name are left out: a caller's
    name comes from the network, and a line break in it would begin a header."""
    clean = "".join(letter for letter in name if letter.isprintable())
    quoted = clean.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{uri(user, host)}>' if quoted else f"<{uri(user, host)}>"


def invitation(message: str, source: str) -> Invitation:
    """The parts of an INVITE that the exchange decides by.

    SIP is UTF-8 (RFC 3261 §7); bytes that are not, which pjsua hands over as lone surrogates,
    become replacement characters here, before anything of ours must write them.
    """
    message = message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    asserted = header(message, "P-Asserted-Identity")
    called = header(message, "P-Called-Party-ID")
    return Invitation(
        source=source,
        called=party(message.split(None, 2)[1]).user,
        sender=party(header(message, "From") or header(message, "f")),
        asserted=party(asserted) if asserted else None,
        line=header(message, "X-Markaz-Line"),
        replaces=replaced(header(message, "X-Markaz-Replaces")),
        trunk=header(message, "X-Markaz-Trunk"),
        to=party(header(message, "To") or header(message, "t")),
        called_party=party(called) if called else None,
        ringing=ringing_of(header(message, "Alert-Info")),
        is_announcement=bool(header(message, "X-Markaz-Announcement")),
        is_private=bool(_PRIVATE & set(re.split(r"[;,\s]+", header(message, "Privacy").lower()))),
    )


def refer_target(value: str) -> tuple[str, Replaces | None]:
    """The number in a Refer-To, and the dialog it names in its URI's headers. lined calls the
    header X-Markaz-Replaces at once, as the edge does for telephones."""
    found = re.search(r"[?&](?:X-Markaz-)?Replaces=([^&>]+)", value, re.IGNORECASE)
    return party(value).user, replaced(found.group(1)) if found else None


def replaced(value: str) -> Replaces | None:
    """A Replaces header's value, also escaped as in a URI; None when it names no dialog."""
    call_id, *parameters = (part.strip() for part in unquote(value).split(";"))
    if not call_id:
        return None
    return Replaces(call_id=call_id, is_early_only="early-only" in parameters)


def reason_cause(message: str) -> int | None:
    """The Q.850 cause in a message's ``Reason`` header, or None."""
    found = _CAUSE.search(header(message, "Reason"))
    return int(found.group(1)) if found else None
