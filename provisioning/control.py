"""What provisioning can be asked over its link (``ProvisionApi``)."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.link.phones import (
    ConfigFile,
    FirmwareFile,
    KeyRow,
    MediaFile,
    RouterOption,
    SettingChange,
    WindowRow,
)
from firmware.link.rows import DaemonStatus
from firmware.link.server import Board
from firmware.version import VERSION
from provisioning import media, roll_out
from provisioning.adoption import Adoption
from provisioning.device import Key, KeyKind
from provisioning.devices import Composer
from provisioning.find import lan
from provisioning.find.nudge import Nudger
from provisioning.find.push import Pusher
from provisioning.find.scan import Scanner
from provisioning.phones import families, family_of
from provisioning.register.book import Register
from provisioning.register.phone import Phone, PhoneState, plain_mac
from provisioning.resync import Resyncer
from provisioning.rows import can_push, places_of, row_of
from provisioning.serve.guard import Guard

log = logging.getLogger(__name__)

LONGEST_WINDOW_MIN = 120


@dataclass(slots=True, kw_only=True)
class Parts:
    """What the control works on."""

    home: Home
    board: Board
    register: Register
    composer: Composer
    guard: Guard
    resyncer: Resyncer
    scanner: Scanner
    config_version: int
    clock: Callable[[], float] = time.time
    warnings: list[str] = field(default_factory=list)
    dhcp: str = "off"
    other_servers: tuple[str, ...] = ()
    start_again: Callable[[], None] = lambda: None


class Control:
    """Implements ``ProvisionApi``."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._started = time.monotonic()
        self._adoption = Adoption(parts.register, parts.composer, parts.clock)
        self._pusher = Pusher()
        self._nudger = Nudger(parts.composer.host())
        self._current: dict[str, dict[str, str]] = {}
        self._shown_window: WindowRow | None = None
        parts.register.changed = self._phone_changed
        parts.resyncer.changed = self._resync_changed
        for phone in parts.register.everyone():
            self._phone_changed("phone.found", phone)
        self.show_window()

    # -- DaemonApi --------------------------------------------------------------------------

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        warnings = list(self._p.warnings)
        if banned := self._p.guard.banned():
            warnings.append(f"banned for searching telephones: {', '.join(banned)}")
        if self._p.other_servers and self._p.dhcp == "full":
            warnings.append(f"another DHCP server answers: {', '.join(self._p.other_servers)}")
        return DaemonStatus(
            name="provision",
            version=VERSION,
            pid=os.getpid(),
            up_s=round(time.monotonic() - self._started, 1),
            config_version=self._p.config_version,
            warnings=tuple(warnings),
        )

    def reload(self) -> None:
        """DaemonApi. Other addresses or ports need a new process: supervisord starts it."""
        version, site = load_current(self._p.home)
        before = self._p.composer.site
        self._p.composer.site, self._p.config_version = site, version
        if _listens(before) != _listens(site):
            log.info("configuration %d has other addresses: starting again", version)
            self._p.start_again()
        log.info("configuration %d taken up", version)
        self.check_all()

    # -- the window and adoption --------------------------------------------------------------

    def open_window(self, minutes: float) -> None:
        """ProvisionApi."""
        if not 0 < minutes <= LONGEST_WINDOW_MIN:
            raise ValueError(f"a window is open for up to {LONGEST_WINDOW_MIN} minutes")
        self._p.register.open(self._p.clock() + minutes * 60)
        self._p.guard.forget_met()
        log.info("the adoption window is open for %g minutes", minutes)
        self.show_window()

    def close_window(self) -> None:
        """ProvisionApi."""
        self._p.register.open(0.0)
        log.info("the adoption window is shut")
        self.show_window()

    def expect(self, *, mac: str, model: str) -> str:
        """ProvisionApi."""
        return self._adoption.expect(plain_mac(mac), model).id

    def add_softphone(self, extension: str) -> str:
        """ProvisionApi."""
        return self._adoption.add_softphone(extension).id

    def address_of(self, phone: str) -> str:
        """ProvisionApi."""
        return self._adoption.address_of(self._find(phone))

    def assign(self, phone: str, extensions: tuple[str, ...]) -> None:
        """ProvisionApi."""
        before = self._find(phone)
        changed = self._adoption.assign(before, extensions)
        self._current.pop(changed.id, None)
        if before.state is PhoneState.ADOPTED and before.extensions:
            self._want(changed, before.extensions[0], reboot=False)
        elif changed.extensions and changed.token:
            self._nudge(changed)

    def revoke(self, phone: str) -> None:
        """ProvisionApi."""
        found = self._find(phone)
        self._p.register.unclaim(found.id)
        self._p.register.save(replace(found, state=PhoneState.REVOKED, token="", token_used=False))
        self._p.resyncer.done(found.id)
        log.info("phone %s %s -Revoked-> revoked", found.id, found.state)

    def renew(self, phone: str) -> None:
        """ProvisionApi."""
        self._adoption.renew(self._find(phone))

    def forget(self, phone: str) -> None:
        """ProvisionApi."""
        found = self._find(phone)
        self._p.register.remove(found.id)
        self._p.resyncer.done(found.id)
        log.info("phone %s is forgotten", found.id)

    def allow_tftp(self, phone: str, allowed: bool) -> None:
        """ProvisionApi."""
        found = self._p.register.save(replace(self._find(phone), tftp_secrets=allowed))
        log.info(
            "phone %s: passwords by TFTP are %s", found.id, "allowed" if allowed else "refused"
        )

    # -- what a telephone is told -------------------------------------------------------------

    def set_keys(self, phone: str, keys: tuple[KeyRow, ...] | None) -> None:
        """ProvisionApi."""
        found = self._find(phone)
        laid_out = None if keys is None else tuple(_key(key) for key in keys)
        places = places_of(found)
        if laid_out and places and len(laid_out) > places:
            raise ValueError(f"a {found.model} has {places} keys, with all its modules")
        self._save(replace(found, keys=laid_out))

    def keys(self, phone: str) -> tuple[KeyRow, ...]:
        """ProvisionApi."""
        found = self._p.composer.laid_out(self._known(phone))
        return tuple(
            KeyRow(kind=str(key.kind), value=key.value, label=key.label, account=key.account)
            for key in found
        )

    def set_override(self, phone: str, name: str, value: str) -> None:
        """ProvisionApi."""
        found = self._find(phone)
        self._adoption.check_override(found, name, value)
        self._save(replace(found, overrides={**found.overrides, name: value}))
        log.info("phone %s: %s is overridden", found.id, name)

    def drop_override(self, phone: str, name: str) -> None:
        """ProvisionApi."""
        found = self._find(phone)
        if name not in found.overrides:
            raise KeyError(f"phone {found.id} has no override of {name}")
        rest = {key: value for key, value in found.overrides.items() if key != name}
        self._save(replace(found, overrides=rest))

    def overrides(self, phone: str) -> dict[str, str]:
        """ProvisionApi."""
        return dict(self._find(phone).overrides)

    def preview(self, phone: str) -> tuple[ConfigFile, ...]:
        """ProvisionApi."""
        found = self._known(phone)
        family, device = family_of(found.family), self._p.composer.device(found)
        mask = self._p.composer.masker(device)
        files = []
        for name in family.files(device):
            file = family.render(device, name.path)
            if file is not None:
                text = mask(file.content.decode("utf-8", "replace"))
                files.append(ConfigFile(path=name.path, content_type=file.content_type, text=text))
        return tuple(files)

    def changes(self, phone: str) -> tuple[SettingChange, ...]:
        """ProvisionApi."""
        found = self._known(phone)
        sent, now = found.served, self._settings(found)
        names = sorted({*sent, *now})
        return tuple(
            SettingChange(name=name, sent=sent.get(name, ""), now=now.get(name, ""))
            for name in names
            if sent.get(name) != now.get(name)
        )

    def resync(self, phone: str, reboot: bool) -> None:
        """ProvisionApi."""
        found = self._known(phone)
        if not found.extensions:
            raise ValueError(f"phone {found.id} has no extension: nobody can reach it by SIP")
        self._want(found, found.extensions[0], reboot=reboot)

    # -- the network ----------------------------------------------------------------------------

    def push(self, phone: str) -> None:
        """ProvisionApi."""
        found = self._known(phone)
        if not can_push(found):
            raise ValueError(f"phone {found.id} cannot be told so: type its address on its page")
        if not self._p.register.is_open:
            raise ValueError("the adoption window is shut")
        if not lan.is_within(found.address, self._p.scanner.networks):
            raise ValueError(f"phone {found.id} was not seen at an address here")
        device = self._p.composer.device(self._p.register.invited(found))
        url = family_of(found.family).push_url(device, found.address)
        self._pusher.start(found.id, url)

    def scan(self) -> None:
        """ProvisionApi."""
        self._p.scanner.start()

    def router_options(self) -> tuple[RouterOption, ...]:
        """ProvisionApi."""
        found: dict[tuple[int, str], list[str]] = {}
        for family in families():
            for option in family.dhcp_options(self._p.composer.base_url()):
                found.setdefault((option.code, option.text), []).append(family.title)
        return tuple(
            RouterOption(code=code, value=text, families=tuple(titles))
            for (code, text), titles in sorted(found.items(), key=lambda item: -len(item[1]))
        )

    def pardon(self, source: str) -> None:
        """ProvisionApi."""
        self._p.guard.pardon(source)
        self.show_window()

    # -- firmware -------------------------------------------------------------------------------

    def offer_firmware(
        self,
        *,
        name: str,
        vendor: str,
        model: str,
        version: str,
        share: int,
        first: tuple[str, ...],
    ) -> None:
        """ProvisionApi."""
        wanted = roll_out.Wanted(
            name=name, vendor=vendor, model=model, version=version, share=share, first=first
        )
        roll_out.offer(self._p.register, self._p.home, wanted, self._p.clock())
        self.check_all()

    def withdraw_firmware(self, name: str) -> None:
        """ProvisionApi."""
        roll_out.withdraw(self._p.register, self._p.home, name)
        self.check_all()

    def firmware(self) -> tuple[FirmwareFile, ...]:
        """ProvisionApi."""
        return roll_out.rows(self._p.register, self._p.composer)

    # -- what telephones show and play ------------------------------------------------------------

    def offer_media(self, file: MediaFile) -> None:
        """ProvisionApi."""
        media.offer(self._p.register, self._p.home, file, self._p.clock())
        self.check_all()

    def withdraw_media(self, name: str) -> None:
        """ProvisionApi."""
        media.withdraw(self._p.register, self._p.home, name)
        self.check_all()

    def media(self) -> tuple[MediaFile, ...]:
        """ProvisionApi."""
        return media.rows(self._p.register)

    # -- what the daemon calls --------------------------------------------------------------------

    def check_all(self) -> None:
        """Every telephone whose files are not what they were fetches them again."""
        for phone in self._p.register.everyone():
            self.check(phone, by_hand=False)

    def check(self, phone: Phone, *, by_hand: bool) -> None:
        """One telephone fetches its files again if they changed, or ``by_hand``."""
        if phone.state is not PhoneState.ADOPTED or not phone.extensions:
            self._show(phone)
            return
        self._settings(phone)
        self._show(phone)
        if by_hand or self._p.register.phone(phone.id).served != self._current.get(phone.id):
            self._want(phone, phone.extensions[0], reboot=False)

    def show_window(self) -> None:
        """Show the window's row, if it changed."""
        row = WindowRow(
            id="adoption",
            open_until=self._p.register.open_until,
            misses=self._p.guard.misses,
            banned=self._p.guard.banned(),
            dhcp=self._p.dhcp,
            other_servers=self._p.other_servers,
        )
        if row != self._shown_window:
            self._shown_window = row
            self._p.board.post("window.changed", row)

    # -- inside ---------------------------------------------------------------------------------

    def _want(self, phone: Phone, number: str, *, reboot: bool) -> None:
        """``number`` is what the telephone is registered as, which may be its old extension."""
        if phone.mac:  # a softphone fetches when it starts, and knows no check-sync
            device = self._p.composer.device(phone)
            resync = family_of(phone.family).resync(device, reboot=reboot)
            self._p.resyncer.want(phone.id, number, resync)

    def _nudge(self, phone: Phone) -> None:
        """Tell a telephone that waits for its extension and is registered nowhere yet."""
        if phone.mac and lan.is_within(phone.address, self._p.scanner.networks):
            resync = family_of(phone.family).resync(self._p.composer.device(phone))
            self._nudger.start(phone.id, phone.address, resync)

    def _save(self, phone: Phone) -> None:
        saved = self._p.register.save(phone)
        self._current.pop(saved.id, None)
        self.check(saved, by_hand=False)

    def _find(self, phone: str) -> Phone:
        if phone.startswith("soft-"):
            return self._p.register.phone(phone)
        return self._p.register.phone(plain_mac(phone))

    def _known(self, phone: str) -> Phone:
        found = self._find(phone)
        if not found.family:
            raise ValueError(f"nobody knows yet what kind of telephone {found.id} is")
        return found

    def _settings(self, phone: Phone) -> dict[str, str]:
        """What it would be told now, kept until something changes."""
        now = dict(self._p.composer.settings(self._p.composer.device(phone)))
        self._current[phone.id] = now
        return now

    def _phone_changed(self, event: str, phone: Phone) -> None:
        if event == "phone.removed":
            self._current.pop(phone.id, None)
            self._p.board.post(event, row_of(phone, is_current=False, resync=""))
            return
        if phone.served and phone.served == self._current.get(phone.id):
            self._p.resyncer.done(phone.id)
        self._show(phone, event)

    def _resync_changed(self, ident: str) -> None:
        phone = self._p.register.find(ident)
        if phone is not None:
            self._show(phone)

    def _show(self, phone: Phone, event: str = "phone.changed") -> None:
        current = self._current.get(phone.id)
        is_current = bool(phone.served) and current in (None, phone.served)
        row = row_of(phone, is_current=is_current, resync=self._p.resyncer.state(phone.id))
        self._p.board.post(event, row)


def _listens(site: Site) -> object:
    """What the daemon's sockets depend on."""
    return site.provisioning.model_dump(
        exclude={"window_minutes", "phonebook", "time_zone", "ntp_server"}
        | {"ring_internal", "ring_external", "ring_queue", "sip_transport"}
    )


def _key(row: KeyRow) -> Key:
    try:
        kind = KeyKind(row.kind)
    except ValueError:
        known = ", ".join(KeyKind)
        raise ValueError(f"no kind of key is called {row.kind!r}; there are: {known}") from None
    return Key(kind=kind, value=row.value, label=row.label, account=row.account)
