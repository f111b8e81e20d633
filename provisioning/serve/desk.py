"""The desk: decides what one request gets. HTTP, HTTPS and TFTP all ask here.

Two ways in::

    /p/<token>/<file>   the token says which telephone: its files, as often as it likes
    /<file>             first contact: only in an adoption window, each file of a telephone once

Everything else is refused, and all refusals are one and the same: whether the telephone is
unknown, adopted already or revoked, whether the token is wrong, the window shut, the address
foreign or banned. (``serve.http`` also lets them all take the same time.)

What first contact gives is complete when the technician has chosen the extension already, else
a *pointer*: no password, only where to ask, every minute, with the token.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import unquote

from provisioning.device import (
    Ask,
    Device,
    FileKind,
    Identity,
    RenderedFile,
    Unwritable,
)
from provisioning.devices import Composer
from provisioning.find import lan
from provisioning.find.subscribe import PnpRequest
from provisioning.identify import identify
from provisioning.phones import family_of
from provisioning.phones.family import Family
from provisioning.register.book import Register, new_password, new_token
from provisioning.register.phone import Phone, PhoneState
from provisioning.serve.guard import Guard

log = logging.getLogger(__name__)

CONTINUE_S = 30.0
"""How long the rest of a file may be fetched in ranges after it was claimed."""

PNP = "SIP PnP"
"""What a telephone claims that was told its address by SIP PnP."""

_TOKEN_PATH = re.compile(r"p/([0-9a-f]{32})/(.*)", re.DOTALL)
_LONGEST_PATH = 256
_LONGEST_AGENT = 200
_SHOWN_PATH = 80
_BINARY = "application/octet-stream"
_SAME_FOR_ALL = frozenset({FileKind.BOOT, FileKind.COMMON, FileKind.MODEL, FileKind.LANGUAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. ``path`` is as it came, without the leading slash; ``continues`` when it
    asks for the later part of a file."""

    path: str
    source: str
    transport: str  # "http", "https", "tftp"
    user_agent: str = ""
    mac_in_tls: str = ""
    continues: bool = False
    looks: bool = False  # HEAD: nothing is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to send: ``content``, or the file at ``file``. ``undo`` is called when sending it
    failed."""

    content: bytes = field(default=b"", repr=False)
    content_type: str = "text/plain"
    file: Path | None = None
    undo: Callable[[], None] = lambda: None


class Desk:
    """Decides. ``allowed`` are the networks that may ask."""

    def __init__(
        self, register: Register, composer: Composer, guard: Guard, clock: Callable[[], float]
    ) -> None:
        self._register = register
        self._composer = composer
        self._guard = guard
        self._clock = clock
        self.allowed: Sequence[IPv4Network] = ()
        self.firmware_folder = Path()
        self.certificate = b""

    def answer(self, request: Request) -> Reply | None:
        """The reply, or None: refused, whatever the reason."""
        path = clean_path(request.path)
        if not lan.is_within(request.source, self.allowed) or path is None:
            return None
        if self._guard.is_banned(request.source):
            return None
        with_token = _TOKEN_PATH.fullmatch(path)
        if with_token is None:
            return self._first_contact(request, path)
        phone = self.holder(request.source, with_token[1])
        return self._own_file(request, phone, with_token[2]) if phone else None

    def holder(self, source: str, token: str) -> Phone | None:
        """Whose token it is; a wrong one is counted against the source."""
        phone = self._register.of_token(token)
        if phone is None or phone.state is PhoneState.REVOKED:
            self._guard.miss(source, hashlib.sha256(token.encode()).hexdigest())
            return None
        return phone

    def uploader(self, request: Request) -> Phone | None:
        """Whose log a PUT or POST is, or None: refused."""
        path = clean_path(request.path)
        if path is None or not lan.is_within(request.source, self.allowed):
            return None
        with_token = _TOKEN_PATH.fullmatch(path)
        if with_token is None or self._guard.is_banned(request.source):
            return None
        return self.holder(request.source, with_token[1])

    def pnp(self, request: PnpRequest, source: str) -> str | None:
        """The address to tell a telephone that asked by SIP PnP; None says nothing to it."""
        if not lan.is_within(source, self.allowed) or self._guard.is_banned(source):
            return None
        ask = Ask(
            user_agent=request.user_agent,
            mac_in_link=request.mac or lan.mac_of(source),
            transport="pnp",
            source=source,
            vendor=request.vendor,
            model=request.model,
        )
        who = identify(ask)
        if who is None or not who.mac:
            return None
        asked = Request(path=PNP, source=source, transport="pnp", user_agent=request.user_agent)
        phone = self._seen(asked, who, who.mac, PNP)
        if phone is None or phone.state is PhoneState.REVOKED:
            return None
        taken = self._register.claimed(phone.mac, PNP)
        again = Request(path=PNP, source=source, transport="pnp", continues=True)
        if phone.token_used or not self._register.is_open or not self._may_have(again, taken):
            return None
        if self._guard.is_greedy(source, phone.mac):
            return None
        phone = self.invited(phone)
        if taken is None:
            self._register.claim(phone.mac, PNP, source)
        base = self._composer.base_url(phone.token)
        return family_of(phone.family).pnp_url(base, mac=phone.mac, model=phone.model)

    # -- with a token -----------------------------------------------------------------------

    def _own_file(self, request: Request, phone: Phone, path: str) -> Reply | None:
        if path.startswith("firmware/"):
            return self._firmware(request, phone, path.removeprefix("firmware/"))
        if path == self._composer.ca_path and self.certificate:
            return Reply(content=self.certificate, content_type="application/x-pem-file")
        phone = self._met(request, phone, path)
        family = family_of(phone.family)
        answer = family.answers(path)
        if answer is None or answer.kind in (FileKind.ABSENT, FileKind.UPLOAD):
            return self._refused(phone, path)
        if answer.mac and answer.mac != phone.mac:
            self._guard.miss(request.source, answer.mac)
            return self._refused(phone, path)
        device = self._composer.device(phone)
        if answer.secret and request.transport == "tftp" and not phone.tftp_secrets:
            device = device.pointer()
        return self._render(request, phone, device, path)

    def _met(self, request: Request, phone: Phone, path: str) -> Phone:
        """The telephone with what this request says of it; it has used its token."""
        who = identify(Ask(path=path, user_agent=request.user_agent, source=request.source))
        known = who if who is not None and who.family == phone.family else None
        met = replace(
            phone,
            model=(known.model if known else "") or phone.model,
            vendor=(known.vendor if known and known.model else "") or phone.vendor,
            firmware=(known.firmware if known else "") or phone.firmware,
            address=request.source,
            user_agent=request.user_agent[:_LONGEST_AGENT] or phone.user_agent,
            last_seen=self._clock(),
            token_used=True,
        )
        if not phone.token_used:
            return self._register.save(met)
        return self._register.touch(met)

    def _firmware(self, request: Request, phone: Phone, name: str) -> Reply | None:
        wanted = self._composer.firmware_of(phone)
        if wanted is None or name != wanted.name:
            return self._refused(phone, "firmware")
        log.info("phone %s fetches firmware %s", phone.id, wanted.name)
        self._register.touch(replace(phone, last_seen=self._clock(), address=request.source))
        return Reply(file=self.firmware_folder / wanted.name, content_type=_BINARY)

    # -- without a token ----------------------------------------------------------------------

    def _first_contact(self, request: Request, path: str) -> Reply | None:
        ask = Ask(
            path=path,
            user_agent=request.user_agent,
            mac_in_tls=request.mac_in_tls,
            mac_in_link=lan.mac_of(request.source),
            transport=request.transport,
            source=request.source,
        )
        who = identify(ask)
        if who is None:
            return None
        family = family_of(who.family)
        answer = family.answers(path)
        mac = (answer.mac if answer else "") or who.mac
        phone = self._seen(request, who, mac, path)
        if answer is None or answer.kind in (FileKind.ABSENT, FileKind.UPLOAD):
            return None
        if not answer.mac:
            is_for_all = answer.kind in _SAME_FOR_ALL and not answer.secret
            return self._common(family, who, path) if is_for_all else None
        if phone is None or who.mac != answer.mac:
            return self._miss(request, answer.mac)
        return self._claimed(request, phone, path)

    def _miss(self, request: Request, mac: str) -> None:
        self._guard.miss(request.source, mac)

    def _seen(self, request: Request, who: Identity, mac: str, path: str) -> Phone | None:
        """The telephone on record; a stranger is put on record, but not many of one source:
        whoever invents them would fill the list."""
        phone = self._register.find(mac) if mac else None
        if phone is not None and phone.token_used:
            return phone  # anybody may write its name on a request: only its token is believed
        if phone is None and (not mac or self._guard.is_crowded(request.source, mac)):
            return None
        now = self._clock()
        base = phone or Phone(id=mac, found_by="asked", last_result="refused")
        return self._register.touch(
            replace(
                base,
                family=base.family or who.family,
                vendor=base.vendor or who.vendor,
                model=who.model or base.model,
                firmware=who.firmware or base.firmware,
                address=request.source,
                user_agent=request.user_agent[:_LONGEST_AGENT] or base.user_agent,
                first_seen=base.first_seen or now,
                last_seen=now,
                last_file=path[-_SHOWN_PATH:],
            )
        )

    def _common(self, family: Family, who: Identity, path: str) -> Reply | None:
        """A file without any telephone's own: only while somebody new is expected."""
        if not self._register.is_open:
            return None
        device = self._composer.stranger(family.name, who.vendor, who.model)
        return _reply(self._rendered(family, device, path))

    def _claimed(self, request: Request, phone: Phone, path: str) -> Reply | None:
        mac = phone.mac
        if phone.state is PhoneState.REVOKED or not phone.family:
            return self._miss(request, mac)
        proven = request.mac_in_tls == mac or (request.transport == "tftp" and phone.tftp_secrets)
        if proven and phone.extensions:
            phone = self.invited(phone)
            return self._render(request, phone, self._composer.device(phone), path)
        taken = self._register.claimed(mac, path)
        if phone.token_used or not self._register.is_open or not self._may_have(request, taken):
            return self._miss(request, mac)
        if request.looks:
            return self._render(request, phone, self._composer.device(phone).pointer(), path)
        if self._guard.is_greedy(request.source, mac):
            return self._miss(request, mac)
        phone = self.invited(phone)
        device = self._composer.device(phone)
        if request.transport == "tftp":
            device = device.pointer()
        reply = self._render(request, phone, device, path)
        if reply is None or taken is not None:
            return reply
        self._register.claim(mac, path, request.source)
        return replace(reply, undo=lambda: self._register.unclaim(mac, path))

    def _may_have(self, request: Request, taken: tuple[str, float] | None) -> bool:
        """Whether a file may be given: nobody took it, or its taker fetches the rest of it."""
        if taken is None:
            return True
        source, at = taken
        just_now = self._clock() - at < CONTINUE_S
        return request.continues and source == request.source and just_now

    def invited(self, phone: Phone) -> Phone:
        """The telephone with its token, made now if it has none."""
        if phone.token:
            return phone
        state = PhoneState.ADOPTED if phone.extensions else PhoneState.INVITED
        log.info("phone %s %s -Met-> %s (%s)", phone.id, phone.state, state, phone.model)
        return self._register.save(
            replace(
                phone,
                state=state,
                token=new_token(),
                admin_password=phone.admin_password or new_password(),
            )
        )

    # -- both -----------------------------------------------------------------------------------

    def _render(self, request: Request, phone: Phone, device: Device, path: str) -> Reply | None:
        family = family_of(phone.family)
        file = self._rendered(family, device, path)
        if file is None:
            return self._refused(phone, path)
        if request.looks:
            return _reply(file)
        result = "complete" if device.accounts else "pointer"
        now = self._clock()
        changes = {"last_file": path[-_SHOWN_PATH:], "last_result": result, "last_seen": now}
        if file.secret and device.accounts:
            changes |= {"served": self._composer.settings(device), "served_at": now}
            changes |= {"state": PhoneState.ADOPTED}
        self._register.touch(replace(self._register.phone(phone.id), **changes))
        log.info(
            "phone %s -fetched-> %s (%s, %d bytes by %s)",
            *(phone.id, path[-_SHOWN_PATH:], result, len(file.content), request.transport),
        )
        return _reply(file)

    def _rendered(self, family: Family, device: Device, path: str) -> RenderedFile | None:
        try:
            return family.render(device, path)
        except Unwritable as error:
            log.error("phone %s gets no %s: %s", device.mac or "?", path[-_SHOWN_PATH:], error)
            return None

    def _refused(self, phone: Phone, path: str) -> None:
        now = self._clock()
        self._register.touch(
            replace(phone, last_file=path[-_SHOWN_PATH:], last_result="absent", last_seen=now)
        )


def _reply(file: RenderedFile | None) -> Reply | None:
    return file and Reply(content=file.content, content_type=file.content_type)


def clean_path(raw: str) -> str | None:
    """A path as files are named, or None when no telephone asks so.

    A NUL at the end is dropped: some DHCP servers end the address with one, and some telephones
    send it on (``%00``). Nothing here is ever joined to a folder, but what climbs is no file.
    """
    path = unquote(raw.partition("?")[0], errors="replace").rstrip("\0").lstrip("/")
    if not path or len(path) > _LONGEST_PATH or not path.isprintable() or "\\" in path:
        return None
    if any(part in ("", ".", "..") for part in path.split("/")):
        return None
    return path
