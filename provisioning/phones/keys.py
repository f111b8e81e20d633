"""What many families share: keys in order, unused places, codecs that a telephone knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit

from provisioning.device import Account, Device, Key, KeyKind

EMPTY = Key(kind=KeyKind.NONE)


def filled(keys: Sequence[Key], places: int) -> Iterator[tuple[int, Key]]:
    """``keys`` from 1, then an empty key for each unused place.

    A place left out would keep what an earlier configuration put there.
    """
    if keys:
        for number in range(1, max(places, len(keys)) + 1):
            yield number, keys[number - 1] if number <= len(keys) else EMPTY


def unused_accounts(device: Device, places: int) -> Iterator[int]:
    """The numbers of accounts that shall be off; none when nothing is said of accounts.

    All of them when its extensions were withdrawn: an account left out would stay as it was.
    """
    if device.whole:
        yield from range(len(device.accounts) + 1, places + 1)


def codecs_known(account: Account, names: Mapping[str, str]) -> Sequence[str]:
    """The account's codecs in the vendor's ``names``, best first; unknown ones are left out."""
    return tuple(names[codec] for codec in account.codecs if codec in names)


def label_of(key: Key) -> str:
    """What stands beside the key."""
    return key.label or key.value


def sip_uri(number: str, host: str) -> str:
    """``sip:number@host`` with everything that does not belong in a user part escaped."""
    return f"sip:{quote(number, safe='*#+.-_!~()')}@{host}"


def without_scheme(url: str) -> str:
    """``host/path`` of a URL, without the slash at its end."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")


def host_of(url: str) -> str:
    """The host of a URL, without its port."""
    return urlsplit(url).hostname or ""


def host_port(account: Account) -> str:
    """``host:port`` of the account's server."""
    return f"{account.server}:{account.port}"
