"""From the site configuration and the register to what one telephone is told."""

from __future__ import annotations

import functools
import hashlib
import hmac
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace

from firmware.config.schema import Site
from firmware.model.alert import Ringing
from firmware.model.features import Feature
from provisioning import country, media
from provisioning.codes import with_number
from provisioning.device import (
    Account,
    AtaPort,
    Contact,
    Device,
    Key,
    KeyKind,
    TimeZone,
    Transport,
)
from provisioning.find import lan
from provisioning.phones import family_of
from provisioning.register.book import Register
from provisioning.register.phone import Firmware, Media, Phone, PhoneState
from provisioning.zones import time_zone

IDLE_RESYNC_MIN = 60
WAITING_RESYNC_MIN = 1
"""An invited telephone asks every minute whether its extension has been chosen."""

_SHOWN_DIGITS = 6


class Composer:
    """Makes ``Device`` values; ``site`` is replaced when a configuration is taken up."""

    def __init__(self, site: Site, register: Register, key: bytes) -> None:
        self.site = site  # sets the telephone book too
        self._register = register
        self._key = key
        self.ca_path = ""  # of our own certificate under the token, when it is ours
        self.outside: Callable[[str], tuple[Contact, ...]] = lambda country: ()  # the phonebook

    @property
    def site(self) -> Site:
        """The site configuration in force."""
        return self._site

    @site.setter
    def site(self, site: Site) -> None:
        self._site = site
        self._codes = site.features.codes
        book = [Contact(name=e.name, number=e.number) for e in site.extension]
        self._contacts = tuple(sorted(book, key=lambda contact: contact.name))
        self._extensions = {extension.number: extension for extension in site.extension}

    def base_url(self, token: str = "") -> str:
        """Where telephones ask: with its token, or ("") for the first time."""
        plan = self.site.provisioning
        secure = plan.telephones_use_https
        port = plan.https_port if secure else plan.http_port
        default = 443 if secure else 80
        host = self.host()
        place = host if port == default else f"{host}:{port}"
        return f"{'https' if secure else 'http'}://{place}/{f'p/{token}/' if token else ''}"

    def host(self) -> str:
        """The box's address as telephones see it."""
        address = self.site.provisioning.address
        if not address.is_unspecified:
            return str(address)
        found = lan.ours(address)
        return str(found[0].address.ip) if found else "127.0.0.1"

    def device(self, phone: Phone) -> Device:
        """Everything ``phone`` is told; only a pointer while it has no extension."""
        site, base = self.site, self.base_url(phone.token)
        waiting = not phone.extensions or phone.state is PhoneState.REVOKED
        device = Device(
            mac=phone.mac,
            vendor=phone.vendor,
            model=phone.model,
            family=phone.family,
            base_url=base,
            time_zone=_zone(site.provisioning.time_zone or site.office.time_zone),
            ntp_server=str(site.provisioning.ntp_server or self.host()),
            language=str(site.office.language),
            country=site.office.country,
            tones=country.tones(site.office.country),
            resync_minutes=WAITING_RESYNC_MIN if waiting else IDLE_RESYNC_MIN,
            ca_url=f"{base}{self.ca_path}" if self.ca_path else "",
        )
        if waiting:
            return device
        firmware, files, keys = self.firmware_of(phone), self.media_of(phone), self._keys(phone)
        family = family_of(phone.family)
        size, model = family.module_keys, family.model(phone.model)
        room = model.keys if model and model.keys else len(keys)
        return replace(
            device,
            accounts=self._accounts(phone),
            keys=keys[:room],
            expansion_keys=tuple(keys[n : n + size] for n in range(room, len(keys), size)),
            ata_ports=self._ata_ports(phone),
            language=self._language(phone),
            admin_password=phone.admin_password,
            phonebook_url=f"{base}phonebook.xml" if site.provisioning.phonebook else "",
            contacts=self.contacts(),
            firmware_url=f"{base}firmware/{firmware.name}" if firmware else "",
            firmware_version=firmware.version if firmware else "",
            wallpaper_url=media.wallpaper(files, base),
            language_packs=media.packs(files, base),
            rings=media.rings(files, base, self._ring_tones()),
            pickup_code=self._codes.code_of(Feature.PICKUP_DIRECTED),
            overrides=phone.overrides,
        )

    def media_of(self, phone: Phone) -> tuple[Media, ...]:
        """The files for this telephone to show or play."""
        return media.of(self._register, phone)

    def stranger(self, family: str, vendor: str, model: str) -> Device:
        """What a telephone nobody knows is told by files that are the same for all."""
        blank = Phone(id="", vendor=vendor, family=family, model=model)
        return self.device(blank).pointer()

    def contacts(self) -> tuple[Contact, ...]:
        """The telephone book: every extension, by name, then the office's contacts."""
        if not self.site.provisioning.phonebook:
            return ()
        return self._contacts + self.outside(self.site.office.country)

    def firmware_of(self, phone: Phone) -> Firmware | None:
        """The firmware file that is being rolled out to this telephone, the newest first."""
        for file in self._register.firmware():
            fits = file.vendor.lower() == phone.vendor.lower() and (
                not file.model or file.model.lower() == phone.model.lower()
            )
            if fits and (phone.id in file.first or _share(phone.id, file.name) < file.share):
                return file
        return None

    def settings(self, device: Device) -> Mapping[str, str]:
        """Every parameter ``device`` is told, each secret as a short fingerprint: it shows that
        a password changed and not which one it is."""
        told = family_of(device.family).preview(device)
        secrets = [account.password for account in device.accounts]
        secrets += [device.admin_password, *_token_in(device.base_url)]
        return {name: self._masked(value, secrets) for name, value in told.items()}

    def masker(self, device: Device) -> Callable[[str], str]:
        """A function that takes the secrets of ``device`` out of a text."""
        secrets = [account.password for account in device.accounts]
        secrets += [device.admin_password, *_token_in(device.base_url)]
        return lambda text: self._masked(text, secrets)

    def _masked(self, value: str, secrets: list[str]) -> str:
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            if secret in value:
                print_ = hmac.new(self._key, secret.encode(), hashlib.sha256).hexdigest()
                value = value.replace(secret, f"<secret {print_[:_SHOWN_DIGITS]}>")
        return value

    def _accounts(self, phone: Phone) -> tuple[Account, ...]:
        network, accounts = self.site.network, []
        transport = Transport(self.site.provisioning.sip_transport)
        port = network.sip_tls_port if transport is Transport.TLS else network.sip_port
        is_ata = self._ports(phone) > 0
        for index, number in enumerate(phone.extensions, start=1):
            extension = self._extensions.get(number)
            if extension is None or extension.password is None:
                continue
            accounts.append(
                Account(
                    number=number,
                    user=number,
                    password=extension.password.get_secret_value(),
                    server=self._sip_host(),
                    port=port,
                    transport=transport,
                    label=number,
                    display_name=extension.name,
                    port_index=index if is_ata else None,
                    voicemail_number=self._voicemail(number),
                )
            )
        return tuple(accounts)

    def _voicemail(self, number: str) -> str:
        """What an extension dials to hear its messages; "" where it has no box."""
        box = self.site.voicemail.settings_of(number)
        return self._codes.code_of(Feature.VOICEMAIL) if box else ""

    def _ring_tones(self) -> dict[Ringing, int]:
        plan = self.site.provisioning
        return {
            Ringing.INTERNAL: plan.ring_internal,
            Ringing.EXTERNAL: plan.ring_external,
            Ringing.QUEUE: plan.ring_queue,
        }

    def _language(self, phone: Phone) -> str:
        extension = self._extensions.get(phone.extensions[0])
        own = extension.language if extension else None
        return str(own or self.site.office.language)

    def _sip_host(self) -> str:
        address = self.site.network.sip_address
        return self.host() if address.is_unspecified else str(address)

    def _keys(self, phone: Phone) -> tuple[Key, ...]:
        return tuple(with_number(key, self._codes) for key in self.laid_out(phone))

    def laid_out(self, phone: Phone) -> tuple[Key, ...]:
        """The keys as a technician sees them: those laid out for this telephone, else its lines
        and the lamps of the others."""
        if phone.keys is not None:
            return phone.keys
        model = family_of(phone.family).model(phone.model)
        room = model.keys if model else 0
        lines = [Key(kind=KeyKind.LINE, account=n + 1) for n in range(len(phone.extensions))]
        others = (e for e in self.site.extension if e.number not in phone.extensions)
        lamps = [
            Key(kind=KeyKind.BLF, value=extension.number, label=extension.name)
            for extension in itertools.islice(others, max(0, room - len(lines)))
        ]
        return tuple((lines + lamps)[:room])

    def _ata_ports(self, phone: Phone) -> tuple[AtaPort, ...]:
        count = min(self._ports(phone), len(phone.extensions))
        return tuple(country.port(self.site.office.country, n + 1) for n in range(count))

    def _ports(self, phone: Phone) -> int:
        model = family_of(phone.family).model(phone.model)
        return model.ports if model else 0


@functools.cache
def _zone(name: str) -> TimeZone:
    """The zone's file is read once: looking through all names takes milliseconds."""
    return time_zone(name)


def _share(ident: str, name: str) -> int:
    """A telephone's place from 0 to 99 in the roll-out of one file: always the same one, and
    another one for another file, so that it is not always the same people who go first."""
    return int.from_bytes(hashlib.sha256(f"{name}\0{ident}".encode()).digest()[:4], "big") % 100


def _token_in(base_url: str) -> list[str]:
    parts = base_url.split("/p/")
    return [parts[1].strip("/")] if len(parts) == 2 else []
