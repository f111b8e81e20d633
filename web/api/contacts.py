"""Operations on the phonebook: what a customer system writes back."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from firmware.link.api import SwitchApi
from firmware.model import contact as nouns
from firmware.phonebook.check import BadContact, checked_contact
from firmware.store import contacts
from web.api import shapes
from web.api.calls import order
from web.api.operation import operation
from web.api.problem import Refusal
from web.calls import store
from web.contacts.views import told
from web.system import trail
from web.system.permission import Permission


@operation(
    "GET",
    "/contacts",
    needed=Permission.SEE_PHONEBOOK,
    answer=shapes.Contacts,
    query=shapes.ContactQuery,
)
def list_contacts(query: shapes.ContactQuery) -> shapes.Contacts:
    """Contacts, by name."""
    found = contacts.everyone(store.database(), query.search)
    return shapes.Contacts(contacts=[_shown(one) for one in found])


@operation(
    "POST",
    "/contacts",
    needed=Permission.CHANGE_PHONEBOOK,
    body=shapes.NewContact,
    answer=shapes.Contact,
    status=201,
)
def add_contact(body: shapes.NewContact) -> shapes.Contact:
    """Keep a new contact."""
    wanted = _noun(body)
    trail.write(trail.Change.PHONEBOOK, subject=wanted.shown, after=told(wanted))
    kept = contacts.add(store.database(), wanted)
    _tell()
    return _shown(kept)


@operation("GET", "/contacts/{ident}", needed=Permission.SEE_PHONEBOOK, answer=shapes.Contact)
def show_contact(ident: str) -> shapes.Contact:
    """One contact."""
    return _shown(_found(ident))


@operation(
    "PUT",
    "/contacts/{ident}",
    needed=Permission.CHANGE_PHONEBOOK,
    body=shapes.NewContact,
    answer=shapes.Contact,
)
def change_contact(ident: str, body: shapes.NewContact) -> shapes.Contact:
    """Put a contact in the place of another."""
    was = _found(ident)
    wanted = replace(_noun(body), id=was.id)
    trail.write(trail.Change.PHONEBOOK, subject=wanted.shown, before=told(was), after=told(wanted))
    contacts.change(store.database(), wanted)
    _tell()
    return _shown(_found(ident))


@operation("DELETE", "/contacts/{ident}", needed=Permission.CHANGE_PHONEBOOK, status=204)
def remove_contact(ident: str) -> None:
    """Take a contact out."""
    was = _found(ident)
    trail.write(trail.Change.PHONEBOOK, subject=was.shown, before=told(was))
    contacts.remove(store.database(), was.id)
    _tell()


def _found(ident: str) -> nouns.Contact:
    known = ident.isascii() and ident.isdecimal() and len(ident) < 16
    found = contacts.find(store.database(), int(ident)) if known else None
    if found is None:
        raise Refusal(404, "there is no such contact")
    return found


def _noun(body: shapes.NewContact) -> nouns.Contact:
    """What is sent, as it is kept; 409 where it cannot be."""
    contact = nouns.Contact(
        name=body.name,
        organisation=body.organisation,
        numbers=tuple(
            nouns.ContactNumber(number=one.number, kind=nouns.NumberKind(one.kind))
            for one in body.numbers
        ),
        language=body.language,
        is_vip=body.is_vip,
        note=body.note,
    )
    try:
        return checked_contact(contact)
    except BadContact as error:
        raise Refusal(409, str(error)) from error


def _shown(contact: nouns.Contact) -> shapes.Contact:
    return shapes.Contact(
        id=contact.id,
        name=contact.name,
        organisation=contact.organisation,
        numbers=[shapes.KeptNumber(number=n.number, kind=n.kind) for n in contact.numbers],
        language=contact.language,
        is_vip=contact.is_vip,
        note=contact.note,
    )


def _tell() -> None:
    """The exchange reads the phonebook again; when it is down, it does at its start."""
    with contextlib.suppress(Refusal):
        order("phonebook", SwitchApi.read_phonebook)
