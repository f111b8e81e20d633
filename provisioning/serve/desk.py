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
import mimetypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import unquote

from provisioning import media
from provisioning.device import (
    Answer,
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
from provisioning.identify import identify, mac_of
from provisioning.phones import family_of
from provisioning.register.book import Register
from provisioning.register.phone import Phone, PhoneState
from provisioning.serve.guard import Guard

log = logging.getLogger(__name__)

CONTINUE_S = 30.0
"""How long the rest of a file may be fetched in ranges after it was claimed."""

PNP = "SIP PnP"
"""What a telephone claims that was told its address by SIP PnP."""

PASSWORDS = "passwords"
"""What a telephone claims with the one file that carries its passwords."""

_TOKEN_PATH = re.compile(r"p/([0-9a-f]{32})/(.*)", re.DOTALL)
_SLASHES = re.compile("/{2,}")
_LONGEST_PATH = 256
_LONGEST_AGENT = 200
_SHOWN_PATH = 80
_BINARY = "application/octet-stream"
_NEVER = frozenset({FileKind.ABSENT, FileKind.UPLOAD})
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


class Refused(LookupError):
    """The request gets nothing. The reason is for us; whoever asks is told none."""


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
        self.media_folder = Path()
        self.certificate = b""

    def answer(self, request: Request) -> Reply | None:
        """The reply, or None: refused, whatever the reason."""
        try:
            path = self._let_in(request)
            with_token = _TOKEN_PATH.fullmatch(path)
            if with_token is None:
                return self._first_contact(request, path)
            return self._own_file(request, self._holder(request, with_token[1]), with_token[2])
        except Refused:
            return None

    def uploader(self, request: Request) -> Phone | None:
        """Whose log a PUT or POST is, or None: refused."""
        try:
            with_token = _TOKEN_PATH.fullmatch(self._let_in(request))
            return self._holder(request, with_token[1]) if with_token else None
        except Refused:
            return None

    def pnp(self, question: PnpRequest, source: str) -> str | None:
        """The address to tell a telephone that asked by SIP PnP; None says nothing to it."""
        request = Request(
            path=PNP,
            source=source,
            transport="pnp",
            user_agent=question.user_agent,
            continues=True,  # it asks several times until it is answered
        )
        ask = Ask(
            user_agent=question.user_agent,
            mac_in_link=question.mac or lan.mac_of(source),
            transport="pnp",
            source=source,
            vendor=question.vendor,
            model=question.model,
        )
        try:
            self._let_in(request)
            phone = self._seen(request, identify(ask), PNP)
            taken = self._check_first(request, phone, PNP)
        except Refused:
            return None
        phone = self._register.invited(phone)
        if taken is None:
            self._register.claim(phone.mac, PNP, source)
        base = self._composer.base_url(phone.token)
        return family_of(phone.family).pnp_url(base, mac=phone.mac, model=phone.model)

    def _let_in(self, request: Request) -> str:
        path = clean_path(request.path)
        if path is None or not lan.is_within(request.source, self.allowed):
            raise Refused
        if self._guard.is_banned(request.source):
            raise Refused
        return path

    def _missed(self, request: Request, wrong: str) -> Refused:
        """Count a wrong question; the caller raises what is returned."""
        self._guard.miss(request.source, wrong)
        return Refused(wrong)

    # -- with a token -----------------------------------------------------------------------

    def _holder(self, request: Request, token: str) -> Phone:
        phone = self._register.of_token(token)
        if phone is None or phone.state is PhoneState.REVOKED:
            raise self._missed(request, hashlib.sha256(token.encode()).hexdigest())
        if request.mac_in_tls not in ("", phone.mac):
            raise self._missed(request, request.mac_in_tls)
        return phone

    def _own_file(self, request: Request, phone: Phone, path: str) -> Reply:
        wanted = self._composer.firmware_of(phone)
        if path.startswith("firmware/") or (wanted and path.rpartition("/")[2] == wanted.name):
            return self._firmware(request, phone, path.rpartition("/")[2])
        if path.startswith(f"{media.FOLDER}/"):
            return self._media(request, phone, path.removeprefix(f"{media.FOLDER}/"))
        if path == self._composer.ca_path and self.certificate:
            return Reply(content=self.certificate, content_type="application/x-pem-file")
        phone = self._met(request, phone, path)
        answer = family_of(phone.family).answers(path)
        if answer is None or answer.kind in _NEVER:
            raise self._absent(phone, path)
        if answer.mac not in ("", phone.mac):
            raise self._missed(request, answer.mac)
        device = self._composer.device(phone)
        if answer.secret and request.transport == "tftp" and not phone.tftp_secrets:
            device = device.pointer()
        return self._given(request, phone, device, path)

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
        return self._register.touch(met) if phone.token_used else self._register.save(met)

    def _firmware(self, request: Request, phone: Phone, name: str) -> Reply:
        wanted = self._composer.firmware_of(phone)
        if wanted is None or name != wanted.name:
            raise self._absent(phone, "firmware")
        log.info("phone %s fetches firmware %s", phone.id, wanted.name)
        self._register.touch(replace(phone, last_seen=self._clock(), address=request.source))
        return Reply(file=self.firmware_folder / wanted.name, content_type=_BINARY)

    def _media(self, request: Request, phone: Phone, name: str) -> Reply:
        files = self._composer.media_of(phone)
        if not phone.extensions or name not in [file.name for file in files]:
            raise self._absent(phone, "media")
        self._register.touch(replace(phone, last_seen=self._clock(), address=request.source))
        kind = mimetypes.guess_type(name)[0] or _BINARY
        return Reply(file=self.media_folder / name, content_type=kind)

    # -- without a token --------------------------------------------------------------------

    def _first_contact(self, request: Request, path: str) -> Reply:
        mac = mac_of(path)
        known = self._register.find(mac)
        who = identify(
            Ask(
                path=path,
                user_agent=request.user_agent,
                mac_in_tls=request.mac_in_tls,
                mac_in_link=lan.mac_of(request.source),
                transport=request.transport,
                source=request.source,
            )
        )
        name = known.family if known is not None and known.family else who.family if who else ""
        answer = family_of(name).answers(path) if name else None
        if answer is None or answer.kind in _NEVER:
            if who is not None and who.mac:
                self._seen(request, who, path)
            raise self._missed(request, mac) if mac and known is None else Refused
        if not answer.mac:
            return self._common(request, who, answer, path)
        if who is not None and who.mac not in ("", answer.mac):
            raise self._missed(request, answer.mac)
        seen = self._seen(request, who, path, mac=answer.mac)
        return self._first_file(request, seen, path)

    def _seen(self, request: Request, who: Identity | None, path: str, mac: str = "") -> Phone:
        """The telephone on record; a stranger is put on record, but not many of one source:
        whoever invents them would fill the list."""
        mac = mac or (who.mac if who else "")
        phone = self._register.find(mac) if mac else None
        if phone is not None and phone.token_used:
            return phone  # anybody may write its name on a request: only its token is believed
        if phone is None and (
            not mac or who is None or self._guard.is_crowded(request.source, mac)
        ):
            raise self._missed(request, mac) if mac else Refused
        now = self._clock()
        base = phone or Phone(id=mac, found_by="asked", last_result="refused")
        return self._register.touch(
            replace(
                base,
                family=base.family or (who.family if who else ""),
                vendor=base.vendor or (who.vendor if who else ""),
                model=(who.model if who else "") or base.model,
                firmware=(who.firmware if who else "") or base.firmware,
                address=request.source,
                user_agent=request.user_agent[:_LONGEST_AGENT] or base.user_agent,
                first_seen=base.first_seen or now,
                last_seen=now,
                last_file=path[-_SHOWN_PATH:],
            )
        )

    def _common(self, request: Request, who: Identity | None, answer: Answer, path: str) -> Reply:
        """A file without any telephone's own: only while somebody new is expected."""
        if who is None or answer.secret or answer.kind not in _SAME_FOR_ALL:
            raise Refused
        if who.mac:
            self._seen(request, who, path)
        if not self._register.is_open:
            raise Refused
        model = who.model or answer.model
        device = self._composer.stranger(who.family, who.vendor, model)
        file = self._rendered(device, path)
        if file is None:
            raise Refused
        return Reply(content=file.content, content_type=file.content_type)

    def _first_file(self, request: Request, phone: Phone, path: str) -> Reply:
        mac = phone.mac
        proven = request.mac_in_tls == mac or (request.transport == "tftp" and phone.tftp_secrets)
        if proven and phone.extensions and phone.state is not PhoneState.REVOKED:
            phone = self._register.invited(phone)
            return self._given(request, phone, self._composer.device(phone), path)
        right = self._right(phone, path)
        taken = self._check_first(request, phone, right)
        if request.looks:
            return self._given(request, phone, self._composer.device(phone).pointer(), path)
        phone = self._register.invited(phone)
        device = self._composer.device(phone)
        if request.transport == "tftp":
            device = device.pointer()
        reply = self._given(request, phone, device, path)
        if taken is not None:
            return reply
        self._register.claim(mac, right, request.source)
        return replace(reply, undo=lambda: self._register.unclaim(mac, right))

    def _right(self, phone: Phone, path: str) -> str:
        """What is claimed with a file: the file, or all that carry passwords at once. Some
        families answer to several names for the same."""
        answer = family_of(phone.family).answers(path) if phone.family else None
        return PASSWORDS if answer and answer.secret and phone.extensions else path

    def _check_first(self, request: Request, phone: Phone, right: str) -> tuple[str, float] | None:
        """Whether a telephone may have something without a token: who has taken it already,
        None when nobody did.

        Raises:
            Refused: it may not.
        """
        shut = not self._register.is_open or phone.state is PhoneState.REVOKED
        if shut or phone.token_used or not phone.family:
            raise self._missed(request, phone.mac)
        if self._register.claimants(phone.mac) - {request.source}:
            log.warning(
                "phone %s asks from %s too: it met us from another address in this window",
                *(phone.mac, request.source),
            )
            raise self._missed(request, phone.mac)
        taken = self._register.claimed(phone.mac, right)
        if taken is not None:
            source, at = taken
            just_now = self._clock() - at < CONTINUE_S
            if not (request.continues and source == request.source and just_now):
                raise self._missed(request, phone.mac)
        if self._guard.is_greedy(request.source, phone.mac):
            raise self._missed(request, phone.mac)
        return taken

    # -- both -------------------------------------------------------------------------------

    def _given(self, request: Request, phone: Phone, device: Device, path: str) -> Reply:
        """A file of the telephone's own, and a note that it has it."""
        file = self._rendered(device, path)
        if file is None:
            raise self._absent(phone, path)
        if not request.looks:
            self._note(request, phone, device, path, file)
        return Reply(content=file.content, content_type=file.content_type)

    def _note(
        self, request: Request, phone: Phone, device: Device, path: str, file: RenderedFile
    ) -> None:
        result = "complete" if device.accounts else "pointer"
        noted = replace(
            phone,
            last_file=path[-_SHOWN_PATH:],
            last_result=result,
            last_seen=self._clock(),
        )
        if file.secret and device.accounts:
            noted = replace(
                noted,
                state=PhoneState.ADOPTED,
                served=self._composer.settings(device),
                served_at=noted.last_seen,
            )
        self._register.touch(noted)
        log.info(
            "phone %s -fetched-> %s (%s, %d bytes by %s)",
            *(phone.id, path[-_SHOWN_PATH:], result, len(file.content), request.transport),
        )

    def _rendered(self, device: Device, path: str) -> RenderedFile | None:
        try:
            return family_of(device.family).render(device, path)
        except Unwritable as error:
            log.error("phone %s gets no %s: %s", device.mac or "?", path[-_SHOWN_PATH:], error)
            return None

    def _absent(self, phone: Phone, path: str) -> Refused:
        """Note that a telephone asked for what there is not; the caller raises it."""
        self._register.touch(
            replace(
                phone,
                last_file=path[-_SHOWN_PATH:],
                last_result="absent",
                last_seen=self._clock(),
            )
        )
        return Refused(path)


def clean_path(raw: str) -> str | None:
    """A path as files are named, or None when no telephone asks so.

    A NUL at the end is dropped: some DHCP servers end the address with one, and some telephones
    send it on (``%00``). Slashes are often doubled, where a telephone puts one between an address
    that ends with one and a name. Nothing here is ever joined to a folder, but what climbs is no
    file.
    """
    path = unquote(raw.partition("?")[0], errors="replace").rstrip("\0").lstrip("/")
    path = _SLASHES.sub("/", path)
    if not path or len(path) > _LONGEST_PATH or not path.isprintable() or "\\" in path:
        return None
    if any(part in ("", ".", "..") for part in path.split("/")):
        return None
    return path
