"""The console's way to the telephone service: its link, one call or snapshot at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app

from firmware.config.home import Home
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.phones import PhoneRow, WindowRow

TIMEOUT_S = 10.0


class Problem(RuntimeError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All telephones and the adoption window, as of now. ``window`` None: the service is away."""

    phones: tuple[PhoneRow, ...]
    window: WindowRow | None

    def find(self, ident: str) -> PhoneRow | None:
        """One telephone."""
        return next((row for row in self.phones if row.id == ident), None)


@contextmanager
def service(refusal: str = "other") -> Iterator[Link]:
    """The link. ``refusal`` names what a refusal of a value means in this place.

    Raises:
        Problem: the service is away or refused.
    """
    home: Home = current_app.extensions["markaz-home"]
    try:
        with Link(home.link("provision"), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem("gone" if error.kind == "KeyError" else refusal) from error


def register() -> Register:
    """Who is on record; nobody when the service is away."""
    try:
        with service() as link:
            rows = link.snapshot()
    except Problem:
        return Register(phones=(), window=None)
    phones = [row for row in rows.get("phone", ()) if isinstance(row, PhoneRow)]
    windows = [row for row in rows.get("window", ()) if isinstance(row, WindowRow)]
    order = {"seen": 0, "invited": 0, "expected": 1, "adopted": 2, "revoked": 3}
    phones.sort(key=lambda row: (order.get(row.state, 4), row.extensions, row.id))
    return Register(phones=tuple(phones), window=windows[0] if windows else None)
