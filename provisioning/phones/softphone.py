"""What a softphone's camera or a person's hand takes in: the text behind a QR code, or a file.

A QR code that holds a password is a password: it is shown once, to the one whose it is.
Applications that need their maker's server to understand a code (Acrobits' CODE, Zoiper) are
not here: they would fail where there is no internet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from provisioning.device import Account, Transport
from provisioning.phones.writers import plain, without


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """``text`` goes into the QR code; ``secret`` is True where it holds the password itself."""

    application: str
    text: str = field(repr=False)
    secret: bool


TRANSPORTS = {Transport.UDP: "udp", Transport.TCP: "tcp", Transport.TLS: "tls"}


def linphone(address: str) -> Code:
    """The address of the configuration, token included; it can be taken back."""
    return Code(application="Linphone", text=address, secret=False)


def sipnetic(account: Account) -> Code:
    """``d=;u=;p=;n=``; its own separators cannot be escaped and are refused.

    Raises:
        Unwritable: a part of the account has one in it.
    """
    parts = {
        "d": f"{account.server}:{account.port}",
        "u": account.user,
        "p": account.password,
        "n": plain("name", account.name),
    }
    text = ";".join(f"{name}={without(name, value, ';')}" for name, value in parts.items())
    return Code(application="Sipnetic", text=text, secret=True)


def sip_uri(account: Account) -> Code:
    """``sip:user:password@host;transport=``, which several applications read (RFC 3261 §19.1)."""
    user, password = quote(account.user, safe=""), quote(account.password, safe="")
    where = f"{account.server}:{account.port};transport={TRANSPORTS[account.transport]}"
    return Code(application="SIP URI", text=f"sip:{user}:{password}@{where}", secret=True)


def microsip(account: Account) -> bytes:
    """``MicroSIP.ini`` with one account.

    Raises:
        Unwritable: a part of the account is not one line of text.
    """
    entries = {
        "label": account.label or account.name,
        "server": f"{account.server}:{account.port}",
        "domain": account.server,
        "username": account.number,
        "authID": account.user,
        "password": account.password,
        "displayName": account.name,
        "transport": TRANSPORTS[account.transport],
    }
    rows = "".join(f"{name}={plain(name, value)}\r\n" for name, value in entries.items())
    return ("[Settings]\r\naccountId=1\r\n[Account1]\r\n" + rows).encode("utf-8")


def codes(account: Account, linphone_address: str) -> tuple[Code, ...]:
    """Every code that works without internet, the one without a password first."""
    return linphone(linphone_address), sipnetic(account), sip_uri(account)
