"""The first start of a box: its first configuration and the owner of its console."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from firmware.box import first
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.model.permissions import Role
from firmware.store import users
from firmware.store.db import open_store

OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What is shown once, on the start that made it; empty strings and maps were made before."""

    owner_password: str
    sip_passwords: Mapping[str, str]  # by number


def offset_of_environment() -> int:
    """MARKAZ_PORT_OFFSET, 0 when it is not set.

    Raises:
        BadOffset: it is not a usable number.
    """
    return first.parse_offset(os.environ.get("MARKAZ_PORT_OFFSET", "0"))


def first_site(offset: int) -> Site:
    """What a new box would be configured as."""
    return first.site(offset)


def site_of(home: Home) -> Site | None:
    """The site of a box that has one.

    Raises:
        ConfigRejected: this release finds problems in it.
    """
    try:
        return history.load_current(home)[1]
    except history.NoConfiguration:
        return None


class SiteNow:
    """The site of a box, read again and again: made of its text anew only when that is another
    one, which takes a slow board a second."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._text = ""
        self._site: Site | None = None

    def read(self) -> Site | None:
        """The site; None when there is none yet.

        Raises:
            ConfigRejected: this release finds problems in it.
        """
        try:
            _number, text = history.current_text(self._home)
        except history.NoConfiguration:
            return None
        if text != self._text:
            self._site, self._text = document.parse(text), text
        return self._site


def give_birth(home: Home, offset: int) -> Secrets | None:
    """Make what a new box lacks; None when it lacks nothing. Interrupted, the next start does
    the rest."""
    secrets = Secrets(owner_password=_owner(home), sip_passwords=_accounts(home, offset))
    return secrets if secrets.owner_password or secrets.sip_passwords else None


def _accounts(home: Home, offset: int) -> Mapping[str, str]:
    if site_of(home) is not None:
        return {}
    site = first_site(offset)
    history.create_first(home, site)
    return {
        extension.number: extension.password.get_secret_value()
        for extension in site.extension
        if extension.password is not None
    }


def _owner(home: Home) -> str:
    db = open_store(home)
    try:
        if users.everyone(db):
            return ""
        password = first.password()
        users.create(db, OWNER, password, Role.OWNER)
        return password
    finally:
        db.conn.close()
