"""The register: every telephone on record, in memory and in ``provision/phones.sqlite``.

The daemon's one thread owns it. What decides (tokens, claims, the window) is on the disk before
anybody is answered; when a telephone was last seen is written every few seconds in one
transaction, because two hundred of them start at once after a power cut.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from firmware.config.home import Home
from firmware.store.sqlite import open_file, steps_of, writing
from provisioning.device import Key, KeyKind
from provisioning.register.phone import Firmware, Media, MediaKind, Phone, PhoneState

log = logging.getLogger(__name__)

MOST_STRANGERS = 300
"""Telephones that only asked: the oldest are forgotten, so that inventing them fills nothing."""

_COLUMNS = (
    *("id", "vendor", "family", "model", "firmware", "address", "user_agent", "found_by"),
    *("first_seen", "last_seen", "last_file", "last_result", "state", "token", "token_used"),
    *("admin_password", "extensions", "keys", "tftp_secrets", "served", "served_at"),
)
_SAVE = (
    f"INSERT INTO phone ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - our own names
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)
_TYPED_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that looks like another, none that any vendor's file must escape."""


def new_token() -> str:
    """128 random bits in 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_password(length: int = 16) -> str:
    """An administrator's password: 93 bits."""
    return "".join(secrets.choice(_TYPED_LETTERS) for _ in range(length))


class Register:
    """All telephones. ``clock`` gives Unix seconds; ``changed`` is told of every change."""

    def __init__(self, home: Home, clock: Callable[[], float]) -> None:
        self._db = open_file(
            home.provision / "phones.sqlite", steps_of("provisioning.register.migrations")
        )
        self._clock = clock
        self._phones: dict[str, Phone] = {}
        self._by_token: dict[bytes, str] = {}
        self._claims: dict[tuple[str, str], tuple[str, float]] = {}
        self._unwritten: set[str] = set()
        self._firmware: dict[str, Firmware] = {}
        self._media: dict[str, Media] = {}
        self.open_until = 0.0
        self.changed: Callable[[str, Phone], None] = lambda event, phone: None
        self._load()

    def close(self) -> None:
        """Write what is not written and close the file."""
        self.flush()
        self._db.close()

    # -- telephones -----------------------------------------------------------------------

    def everyone(self) -> tuple[Phone, ...]:
        """All telephones, in the order of their ids."""
        return tuple(self._phones[ident] for ident in sorted(self._phones))

    def find(self, ident: str) -> Phone | None:
        """One telephone."""
        return self._phones.get(ident)

    def phone(self, ident: str) -> Phone:
        """One telephone.

        Raises:
            KeyError: there is none.
        """
        found = self._phones.get(ident)
        if found is None:
            raise KeyError(f"no telephone {ident} is known")
        return found

    def of_token(self, token: str) -> Phone | None:
        """Whose token it is. Compared by digest, so that time tells nothing about tokens."""
        ident = self._by_token.get(_digest(token))
        return self._phones.get(ident) if ident else None

    def save(self, phone: Phone) -> Phone:
        """Write a telephone, now."""
        with writing(self._db):
            self._write(phone)
            self._db.execute("DELETE FROM override WHERE phone = ?", [phone.id])
            for name, value in phone.overrides.items():
                self._db.execute("INSERT INTO override VALUES (?, ?, ?)", [phone.id, name, value])
        self._keep(phone)
        return phone

    def touch(self, phone: Phone) -> Phone:
        """Remember something that may be lost in a power cut: when it was seen, what it got."""
        self._keep(phone)
        self._unwritten.add(phone.id)
        return phone

    def invited(self, phone: Phone) -> Phone:
        """The telephone with its token, made now if it has none."""
        if phone.token:
            return phone
        state = PhoneState.EXPECTED if phone.extensions else PhoneState.INVITED
        log.info("phone %s %s -Met-> %s (%s)", phone.id, phone.state, state, phone.model)
        return self.save(
            replace(
                phone,
                state=state,
                token=new_token(),
                admin_password=phone.admin_password or new_password(),
            )
        )

    def flush(self) -> None:
        """Write what ``touch`` remembered."""
        waiting, self._unwritten = self._unwritten & set(self._phones), set()
        if waiting:
            with writing(self._db):
                for ident in waiting:
                    self._write(self._phones[ident])

    def remove(self, ident: str) -> None:
        """Forget a telephone and all that was given to it.

        Raises:
            KeyError: there is none.
        """
        phone = self.phone(ident)
        self._db.execute("DELETE FROM phone WHERE id = ?", [ident])
        self._drop(phone)

    # -- first contact --------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the adoption window is open."""
        return self._clock() < self.open_until

    def open(self, until: float) -> None:
        """Open the adoption window until ``until``, 0 closes it.

        First contact is over for those that had their passwords in an earlier window. A token
        that was only pointed to, and never used, counts no more: its telephone may ask again.
        """
        if until and not self.is_open:
            for phone in self.everyone():
                if phone.token and not phone.token_used and phone.mac:
                    self.save(_after_window(phone))
        with writing(self._db):
            self._db.execute(
                "INSERT INTO window VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET open_until = ?",
                [until, until],
            )
            if until and not self.is_open:
                self._db.execute("DELETE FROM claim")
                self._claims.clear()
        self.open_until = until

    def claim(self, ident: str, path: str, source: str) -> bool:
        """Take the one right to get ``path`` without a token; False when it was taken."""
        key = (ident, path.lower())
        if key in self._claims:
            return False
        now = self._clock()
        self._db.execute("INSERT INTO claim VALUES (?, ?, ?, ?)", [*key, source, now])
        self._claims[key] = (source, now)
        return True

    def claimed(self, ident: str, path: str) -> tuple[str, float] | None:
        """Who took it and when."""
        return self._claims.get((ident, path.lower()))

    def claimants(self, ident: str) -> set[str]:
        """The addresses that have claimed anything of a telephone."""
        return {source for (owner, _), (source, _) in self._claims.items() if owner == ident}

    def unclaim(self, ident: str, path: str = "") -> None:
        """Give rights back: the transfer failed, or (no path) the technician says so."""
        for key in [k for k in self._claims if k[0] == ident and path.lower() in ("", k[1])]:
            del self._claims[key]
            self._db.execute("DELETE FROM claim WHERE phone = ? AND path = ?", list(key))

    # -- firmware -------------------------------------------------------------------------

    def firmware(self) -> tuple[Firmware, ...]:
        """All firmware files, newest first."""
        return tuple(sorted(self._firmware.values(), key=lambda f: -f.added_at))

    def save_firmware(self, file: Firmware) -> None:
        """Write a firmware file's record."""
        row = asdict(file) | {"first": json.dumps(file.first)}
        self._db.table("firmware").upsert(row, pk="name")
        self._firmware[file.name] = file

    def remove_firmware(self, name: str) -> None:
        """Forget a firmware file.

        Raises:
            KeyError: there is none.
        """
        if name not in self._firmware:
            raise KeyError(f"no firmware file {name}")
        self._db.execute("DELETE FROM firmware WHERE name = ?", [name])
        del self._firmware[name]

    # -- what telephones show and play ----------------------------------------------------

    def media(self) -> tuple[Media, ...]:
        """All files, newest first."""
        return tuple(sorted(self._media.values(), key=lambda f: (-f.added_at, f.name)))

    def save_media(self, file: Media) -> None:
        """Write a file's record."""
        self._db.table("media").upsert(asdict(file) | {"kind": str(file.kind)}, pk="name")
        self._media[file.name] = file

    def remove_media(self, name: str) -> None:
        """Forget a file.

        Raises:
            KeyError: there is none.
        """
        if name not in self._media:
            raise KeyError(f"no file {name}")
        self._db.execute("DELETE FROM media WHERE name = ?", [name])
        del self._media[name]

    # -- leases of full DHCP --------------------------------------------------------------

    def leases(self) -> Mapping[str, tuple[str, float]]:
        """MAC to address and end, in Unix seconds."""
        rows = self._db.execute("SELECT mac, address, until FROM lease").fetchall()
        return {mac: (address, until) for mac, address, until in rows}

    def lease(self, mac: str, address: str, until: float) -> None:
        """Write a lease; whoever had the address before has lost it."""
        with writing(self._db):
            self._db.execute("DELETE FROM lease WHERE address = ? OR mac = ?", [address, mac])
            self._db.execute("INSERT INTO lease VALUES (?, ?, ?)", [mac, address, until])

    def end_lease(self, mac: str) -> None:
        """Forget a lease."""
        self._db.execute("DELETE FROM lease WHERE mac = ?", [mac])

    # -- inside ---------------------------------------------------------------------------

    def _load(self) -> None:
        overrides: dict[str, dict[str, str]] = {}
        for phone, name, value in self._db.execute("SELECT phone, name, value FROM override"):
            overrides.setdefault(phone, {})[name] = value
        for row in self._db.query("SELECT * FROM phone"):
            phone = _phone_of(row, overrides.get(row["id"], {}))
            self._phones[phone.id] = phone
            if phone.token:
                self._by_token[_digest(phone.token)] = phone.id
        for ident, path, source, at in self._db.execute("SELECT * FROM claim"):
            self._claims[ident, path] = (source, at)
        for (until,) in self._db.execute("SELECT open_until FROM window"):
            self.open_until = until
        for row in self._db.query("SELECT * FROM media"):
            self._media[row["name"]] = Media(**{**row, "kind": MediaKind(row["kind"])})
        for row in self._db.query("SELECT * FROM firmware"):
            self._firmware[row["name"]] = Firmware(
                **{**row, "first": tuple(json.loads(row["first"]))}
            )

    def _write(self, phone: Phone) -> None:
        self._db.execute(_SAVE, [_cell(phone, column) for column in _COLUMNS])

    def _keep(self, phone: Phone) -> None:
        before = self._phones.get(phone.id)
        if before is not None and before.token != phone.token:
            self._by_token.pop(_digest(before.token), None)
        self._phones[phone.id] = phone
        if phone.token:
            self._by_token[_digest(phone.token)] = phone.id
        self.changed("phone.changed" if before else "phone.found", phone)
        if before is None:
            self._forget_strangers()

    def _forget_strangers(self) -> None:
        strangers = [p for p in self._phones.values() if p.state is PhoneState.SEEN]
        if len(strangers) > MOST_STRANGERS:
            self.remove(min(strangers, key=lambda phone: phone.last_seen).id)

    def _drop(self, phone: Phone) -> None:
        self._phones.pop(phone.id)
        self._unwritten.discard(phone.id)
        self._by_token.pop(_digest(phone.token), None)
        for key in [key for key in self._claims if key[0] == phone.id]:
            del self._claims[key]
        self.changed("phone.removed", phone)


def _after_window(phone: Phone) -> Phone:
    if phone.state is PhoneState.ADOPTED:
        return replace(phone, token_used=True)
    return replace(phone, token="")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _cell(phone: Phone, column: str) -> Any:
    value = getattr(phone, column)
    if column == "keys":
        return json.dumps(None if value is None else [asdict(key) for key in value])
    if column in ("extensions", "served"):
        return json.dumps(value)
    return str(value) if column == "state" else value


def _phone_of(row: Mapping[str, Any], overrides: Mapping[str, str]) -> Phone:
    keys = json.loads(row["keys"])
    read = {
        "keys": None if keys is None else keys_of(keys),
        "extensions": tuple(json.loads(row["extensions"])),
        "served": json.loads(row["served"]),
        "state": PhoneState(row["state"]),
        "token_used": bool(row["token_used"]),
        "tftp_secrets": bool(row["tftp_secrets"]),
    }
    return Phone(**{column: row[column] for column in _COLUMNS} | read, overrides=overrides)


def keys_of(written: Iterable[Mapping[str, Any]]) -> tuple[Key, ...]:
    """Keys from their JSON form."""
    return tuple(Key(**{**key, "kind": KeyKind(key["kind"])}) for key in written)
