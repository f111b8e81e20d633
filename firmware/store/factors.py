"""The second factor: codes by the time (TOTP, RFC 6238), and recovery codes for a lost telephone.

A code is good for its time step of 30 s and for the one before and after (§5.2), and for one use:
the step of the last code taken is kept, and it and older ones are refused. The secret is encrypted
with a key that lies beside the store and not in it (``Fernet``); whoever has only a copy of the
store has no secret. Recovery codes carry 80 random bits each, so their plain SHA-256 is enough;
each is good for one use.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlite_utils import Database

from firmware.model.permissions import Role
from firmware.store.sqlite import writing

STEP_S = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_GROUP = 4


class LostKey(RuntimeError):
    """The secret was encrypted with another key than the box has: only recovery codes open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A person's second factor as lists show it. ``enrolled_at`` in Unix seconds; ``codes`` are
    the recovery codes that are left."""

    enrolled_at: float
    codes: int


def new_secret() -> str:
    """A secret of 160 bits (RFC 4226 §4 R6), as base32."""
    return pyotp.random_base32()


def address_of(secret: str, name: str, office: str) -> str:
    """What an authenticator reads as a QR code: ``otpauth://totp/…``."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=office)


def step_of(secret: str, code: str, at: float) -> int | None:
    """The time step whose code this is, at a time in Unix seconds; None when it is none of those
    that count now."""
    digits, totp = plain_digits(code), pyotp.TOTP(secret, interval=STEP_S)
    now = int(at // STEP_S)
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def enrol(db: Database, name: str, secret: str, step: int, at: float, *, key: Fernet) -> list[str]:
    """Keep a person's secret after its first right code, of ``step``. Returns the recovery codes,
    which are shown once."""
    sealed = key.encrypt(secret.encode()).decode()
    with writing(db):
        db.execute(
            "INSERT INTO user_factors (user, sealed, enrolled_at, last_step) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (user) DO UPDATE SET sealed = excluded.sealed, "
            "enrolled_at = excluded.enrolled_at, last_step = excluded.last_step",
            [name, sealed, at, step],
        )
        return _new_codes(db, name)


def new_codes(db: Database, name: str) -> list[str]:
    """Recovery codes in the place of those a person had."""
    with writing(db):
        return _new_codes(db, name)


def take_code(db: Database, name: str, code: str, at: float, *, key: Fernet) -> bool:
    """Whether a code is right, now and for the first time.

    Raises:
        LostKey: the box cannot read the secret any more.
    """
    row = db.execute("SELECT sealed FROM user_factors WHERE user = ?", [name]).fetchone()
    if row is None:
        return False
    try:
        secret = key.decrypt(row[0].encode()).decode()
    except InvalidToken as error:
        raise LostKey(f"the second factor of {name} was sealed with another key") from error
    step = step_of(secret, code, at)
    if step is None:
        return False
    # One statement: of two requests with the same code, one is refused.
    taken = db.execute(
        "UPDATE user_factors SET last_step = ? WHERE user = ? AND last_step < ?", [step, name, step]
    )
    return taken.rowcount == 1


def take_recovery(db: Database, name: str, code: str) -> bool:
    """Whether this is one of a person's recovery codes; it is none any more."""
    gone = db.execute(
        "DELETE FROM recovery_codes WHERE user = ? AND code_hash = ?", [name, _hash(code)]
    )
    return gone.rowcount == 1


def reset(db: Database, name: str) -> bool:
    """Take a person's second factor away; whether there was one."""
    with writing(db):
        db.execute("DELETE FROM recovery_codes WHERE user = ?", [name])
        return db.execute("DELETE FROM user_factors WHERE user = ?", [name]).rowcount > 0


def find(db: Database, name: str) -> Factor | None:
    """A person's second factor."""
    row = db.execute("SELECT enrolled_at FROM user_factors WHERE user = ?", [name]).fetchone()
    if row is None:
        return None
    left = db.execute("SELECT count(*) FROM recovery_codes WHERE user = ?", [name]).fetchone()[0]
    return Factor(enrolled_at=row[0], codes=left)


def wanted_of(db: Database) -> frozenset[Role]:
    """The roles that must have a second factor."""
    return frozenset(Role(role) for (role,) in db.execute("SELECT role FROM factor_roles"))


def want_of(db: Database, roles: frozenset[Role]) -> None:
    """Say which roles must have one."""
    with writing(db):
        db.execute("DELETE FROM factor_roles")
        for role in sorted(roles):
            db.execute("INSERT INTO factor_roles (role) VALUES (?)", [str(role)])


def plain_digits(code: str) -> str:
    """A code as people type it, in any digits, spaced: as ASCII digits."""
    digits = (unicodedata.digit(letter, None) for letter in code)
    return "".join(str(digit) for digit in digits if digit is not None)


def _new_codes(db: Database, name: str) -> list[str]:
    codes = [_spoken(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
    db.execute("DELETE FROM recovery_codes WHERE user = ?", [name])
    for code in codes:
        db.execute(
            "INSERT INTO recovery_codes (user, code_hash) VALUES (?, ?)", [name, _hash(code)]
        )
    return codes


def _spoken(random: bytes) -> str:
    """Base32 in groups: it has neither 0 nor 1 to be taken for letters."""
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _hash(code: str) -> str:
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()
