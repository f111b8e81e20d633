"""The address book that Radicale serves: one principal, one book in it, a vCard a contact.

    /                                   the root
    /office/                            the principal, and home of its books
    /office/phonebook/                  the book
    /office/phonebook/contact-17.vcf    a contact, by its number in the store

Whoever comes in (``web.carddav.door``) is the one principal ``office``: all read the same book,
and a telephone's address of it stays when its token is another user's.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from typing import overload

from flask import g
from radicale.config import Configuration
from radicale.item import Item, get_etag
from radicale.item.filter import TIMESTAMP_MAX, TIMESTAMP_MIN
from radicale.pathutils import strip_path
from radicale.rights import BaseRights
from radicale.storage import BaseCollection, BaseStorage

from firmware.model.contact import Contact
from firmware.phonebook import vcard_file
from firmware.store import contacts
from web.calls import store
from web.system import language

PRINCIPAL = "office"
BOOK = "phonebook"
BOOK_PATH = f"{PRINCIPAL}/{BOOK}"

MOST_PAST = 16
"""States of the book that are remembered: a telephone that knows one is told the difference,
an older one compares ETags."""

_TOKEN = "urn:markaz:phonebook:"  # noqa: S105 - of synchronisation (RFC 6578), no secret
_RIGHTS = {"": "R", PRINCIPAL: "R", BOOK_PATH: "r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A contact as it is served. The ETag is made of the card alone: it lasts over restarts, and
    changes with the contact and with nothing else. ``changed_at`` is in Unix seconds."""

    contact: Contact
    text: str
    etag: str
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All cards by their names in the book (``contact-17.vcf``), and the tag of them all."""

    cards: Mapping[str, Card]
    tag: str

    def since(self, past: Mapping[str, str]) -> list[str]:
        """The names of the cards that are new, changed or gone. ``past`` has ETags by name."""
        changed = [name for name, card in self.cards.items() if past.get(name) != card.etag]
        return [*changed, *(name for name in past if name not in self.cards)]


class Shelf(BaseStorage):
    """The storage that Radicale asks, within a request of the console's. Safe to use from any
    thread. Cards are written anew only of contacts that changed."""

    _supports_unicode = True

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(configuration)
        self._lock = threading.Lock()
        self._cards: Mapping[str, Card] = {}
        self._past: OrderedDict[str, Mapping[str, str]] = OrderedDict()

    def discover(
        self,
        path: str,
        depth: str = "0",
        child_context_manager: Callable[[str, str | None], AbstractContextManager[None]]
        | None = None,
        user_groups: Set[str] = frozenset(),
    ) -> Iterable[BaseCollection | Item]:
        """What is at a path; with a depth also what is directly in it."""
        del child_context_manager, user_groups
        within = depth != "0"
        place = strip_path(path)
        if place == "":
            return [Folder(""), *([Folder(PRINCIPAL)] if within else [])]
        if place == PRINCIPAL:
            return [Folder(PRINCIPAL), *([Book(self)] if within else [])]
        if place == BOOK_PATH:
            book = Book(self)
            return [book, *(book.get_all() if within else ())]
        folder, _, name = place.rpartition("/")
        found = Book(self).get_multi([name]) if folder == BOOK_PATH else ()
        return [item for _, item in found if item is not None]

    @contextmanager
    def acquire_lock(
        self, mode: str, user: str = "", *_args: object, **_named: object
    ) -> Iterator[None]:
        """Nothing is locked: a request reads the store once, and nobody writes."""
        del mode, user
        yield

    def verify(self) -> bool:
        """There is nothing of its own that could be wrong."""
        return True

    def state(self) -> State:
        """The book as it is, the same throughout a request.

        Raises:
            sqlite3.Error: the store cannot be read.
        """
        if "carddav" not in g:
            g.carddav = self._read()
        found: State = g.carddav
        return found

    def past(self, tag: str) -> Mapping[str, str] | None:
        """The ETags of an earlier state by name; None: it is not remembered."""
        with self._lock:
            return self._past.get(tag)

    def _read(self) -> State:
        db = store.database()
        changed = contacts.changed_at(db)
        known = self._cards
        cards = {
            name: _card(contact, changed.get(contact.id, 0.0), known.get(name))
            for contact in contacts.everyone(db)
            for name in (f"{_uid(contact)}.vcf",)
        }
        etags = {name: card.etag for name, card in cards.items()}
        tag = hashlib.sha256(repr(sorted(etags.items())).encode()).hexdigest()
        with self._lock:
            self._cards = cards
            self._past[tag] = etags
            self._past.move_to_end(tag)
            while len(self._past) > MOST_PAST:
                self._past.popitem(last=False)
        return State(cards=cards, tag=tag)


class _Shown(BaseCollection):
    """A collection with properties that nobody changes."""

    def __init__(self, path: str, properties: Mapping[str, str]) -> None:
        self._path = path
        self._properties = properties

    @property
    def path(self) -> str:
        """Without slashes around it."""
        return self._path

    @property
    def last_modified(self) -> str:
        """As an HTTP date."""
        return formatdate(0, usegmt=True)

    @overload
    def get_meta(self, key: None = None) -> Mapping[str, str]: ...

    @overload
    def get_meta(self, key: str) -> str | None: ...

    def get_meta(self, key: str | None = None) -> Mapping[str, str] | str | None:
        """One property, or all of them."""
        return self._properties if key is None else self._properties.get(key)

    def get_all(self) -> Iterable[Item]:
        """Its cards."""
        return ()

    def get_multi(self, hrefs: Iterable[str]) -> Iterable[tuple[str, Item | None]]:
        """Those of some names, each with what it is; None: there is none."""
        return [(name, None) for name in hrefs]


class Folder(_Shown):
    """The root, or the principal: it holds others."""

    def __init__(self, path: str) -> None:
        super().__init__(path, {"D:displayname": language.office().name})


class Book(_Shown):
    """The phonebook, in its state at this request."""

    def __init__(self, shelf: Shelf) -> None:
        named = {"tag": "VADDRESSBOOK", "D:displayname": language.office().name}
        super().__init__(BOOK_PATH, named)
        self._shelf = shelf

    @property
    def etag(self) -> str:
        """Changes when any card does."""
        return f'"{self._shelf.state().tag}"'

    @property
    def last_modified(self) -> str:
        """When a contact that is there was last changed."""
        times = (card.changed_at for card in self._shelf.state().cards.values())
        return formatdate(max(times, default=0.0), usegmt=True)

    def get_all(self) -> Iterable[Item]:
        """Every contact."""
        return [self._item(name, card) for name, card in self._shelf.state().cards.items()]

    def get_multi(self, hrefs: Iterable[str]) -> Iterable[tuple[str, Item | None]]:
        """Those of some names."""
        cards = self._shelf.state().cards
        return [
            (name, self._item(name, cards[name]) if name in cards else None)
            for name in dict.fromkeys(hrefs)
        ]

    def sync(self, old_token: str = "") -> tuple[str, Iterable[str]]:
        """The token of the state, and the names of what changed since an old one's (RFC 6578).

        Raises:
            ValueError: the old one is not remembered; Radicale has the telephone begin anew.
        """
        state = self._shelf.state()
        token = f"{_TOKEN}{state.tag}"
        past: Mapping[str, str] | None = {}
        if old_token:
            past = self._shelf.past(old_token.removeprefix(_TOKEN))
        if past is None:
            raise ValueError("this state of the phonebook is not remembered")
        return token, state.since(past)

    def _item(self, name: str, card: Card) -> Item:
        # All that Radicale would otherwise parse each card for.
        return Item(
            collection=self,
            href=name,
            last_modified=formatdate(card.changed_at, usegmt=True),
            text=card.text,
            etag=card.etag,
            uid=_uid(card.contact),
            name="VCARD",
            component_name="",
            time_range=(TIMESTAMP_MIN, TIMESTAMP_MAX),
        )


class ReadOnly(BaseRights):
    """Whoever was let in reads, and nobody writes."""

    def authorization(self, user: str, user_groups: Set[str], path: str) -> str:
        """Radicale's letters: "R" reads a folder, "r" a book."""
        del user_groups
        return _RIGHTS.get(strip_path(path), "") if user == PRINCIPAL else ""


def _uid(contact: Contact) -> str:
    return f"contact-{contact.id}"


def _card(contact: Contact, changed_at: float, known: Card | None) -> Card:
    if known is not None and (known.contact, known.changed_at) == (contact, changed_at):
        return known
    text = vcard_file.card(contact, uid=_uid(contact))
    return Card(contact=contact, text=text, etag=get_etag(text), changed_at=changed_at)
