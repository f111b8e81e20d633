"""The pages of the phonebook: found, added, changed, removed, brought in and taken away as files.

Who changes it is in the audit trail, and switchd reads it anew: who calls next is known by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.phonebook import csv_file, vcard_file
from firmware.phonebook.check import LONGEST_TEXT, MOST_NUMBERS, BadContact, checked_contact
from firmware.phonebook.number import LONGEST
from firmware.phonebook.problem import SHOWN, BadFile
from firmware.store import contacts
from web.calls import store
from web.contacts import wording
from web.contacts.exchange import read_again
from web.leaf import leaf
from web.system import access, language, trail
from web.system.permission import Permission, needs
from web.writing import digits

pages = Blueprint("contacts", __name__, template_folder="templates")

LARGEST_FILE_BYTES = 8 << 20
"""The phonebook of a large office, its cards without pictures."""

FREE_ROWS = 3
"""Numbers that can be put in besides those that are there, without a script."""

_VCARD = ".vcf"


@pages.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """From the signed-in only: this is asked before the body is read."""
    if endpoint == "contacts.bring_in" and access.current() is not None:
        request.max_content_length = LARGEST_FILE_BYTES


@pages.get("/contacts")
@needs(Permission.SEE_PHONEBOOK)
def everyone() -> str:
    """All contacts, or those that are looked for."""
    return _everyone()


@pages.get("/contacts/new")
@needs(Permission.CHANGE_PHONEBOOK)
def new() -> str:
    """An empty form; the number of a caller who is not known yet may come in the address."""
    given = request.args.get("number", "").strip()[:LONGEST]
    numbers = (ContactNumber(number=given),) if given else ()
    return _one(Contact(name="", numbers=numbers))


@pages.post("/contacts/new")
@needs(Permission.CHANGE_PHONEBOOK)
def add() -> AnyResponse:
    """Add somebody."""
    wanted = _of_form(0)
    try:
        contact = checked_contact(wanted)
    except BadContact as error:
        return make_response(_one(wanted, wording.reason(str(error))), 422)
    trail.write(trail.Change.PHONEBOOK, subject=contact.shown, after=told(contact))
    contacts.add(store.database(), contact)
    read_again()
    return redirect(url_for("contacts.everyone"))


@pages.get("/contacts/<int:ident>")
@needs(Permission.SEE_PHONEBOOK)
def one(ident: int) -> str:
    """One contact."""
    return _one(_found(ident))


@pages.post("/contacts/<int:ident>")
@needs(Permission.CHANGE_PHONEBOOK)
def change(ident: int) -> AnyResponse:
    """Change somebody."""
    was, wanted = _found(ident), _of_form(ident)
    try:
        contact = checked_contact(wanted)
    except BadContact as error:
        return make_response(_one(wanted, wording.reason(str(error))), 422)
    trail.write(
        trail.Change.PHONEBOOK, subject=contact.shown, before=told(was), after=told(contact)
    )
    contacts.change(store.database(), contact)
    read_again()
    return redirect(url_for("contacts.everyone"))


@pages.post("/contacts/<int:ident>/remove")
@needs(Permission.CHANGE_PHONEBOOK)
def remove(ident: int) -> AnyResponse:
    """Take somebody out."""
    was = _found(ident)
    trail.write(trail.Change.PHONEBOOK, subject=was.shown, before=told(was))
    contacts.remove(store.database(), ident)
    read_again()
    return redirect(url_for("contacts.everyone"))


@pages.post("/contacts/bring-in")
@needs(Permission.CHANGE_PHONEBOOK)
def bring_in() -> AnyResponse:
    """Take up a file of contacts: all of it, or nothing and every line that is wrong."""
    sent, instead = request.files.get("file"), "instead" in request.form
    if sent is None or not sent.filename:
        return make_response(_everyone(problems=[gettext("Choose a file.")]), 422)
    try:
        found = _read(sent.filename, sent.stream.read(LARGEST_FILE_BYTES))
    except BadFile as error:
        lines = [
            gettext("Line %(line)s: %(why)s", line=problem.line, why=wording.reason(problem.reason))
            for problem in error.problems[:SHOWN]
        ]
        return make_response(_everyone(problems=lines), 422)
    after = {"contacts": len(found), "instead": instead}
    trail.write(trail.Change.PHONEBOOK, subject=sent.filename[:LONGEST_TEXT], after=after)
    fresh, replaced = contacts.put_all(store.database(), found, instead=instead)
    read_again()
    flash(_brought_in(fresh, replaced))
    return redirect(url_for("contacts.everyone"))


@pages.get("/contacts.<any(csv, vcf):form>")
@needs(Permission.CHANGE_PHONEBOOK)
def take_away(form: str) -> Response:
    """All contacts as a table or as cards. Who takes them is written down first."""
    found = contacts.everyone(store.database())
    trail.write(trail.Change.EXPORTED, subject="contacts", after={"contacts": len(found)})
    is_table = form == "csv"
    content = csv_file.write(found) if is_table else vcard_file.write(found)
    response = Response(content, mimetype="text/csv" if is_table else "text/vcard")
    response.headers["Content-Disposition"] = f'attachment; filename="contacts.{form}"'
    return response


# -- what the pages are made of ---------------------------------------------------------------


def _everyone(*, problems: list[str] | None = None) -> str:
    wanted = request.args.get("q", "").strip()[:LONGEST_TEXT]
    found = contacts.everyone(store.database(), wanted)
    return render_template(
        "contacts/everyone.html",
        leaf=leaf(found, request.args.get("page", 1, type=int)),
        wanted=wanted,
        problems=problems or [],
        kinds=wording.KINDS,
        may_change=access.may(Permission.CHANGE_PHONEBOOK),
    )


def _one(contact: Contact, problem: str = "") -> str:
    free = [ContactNumber(number="")] * min(FREE_ROWS, MOST_NUMBERS - len(contact.numbers))
    return render_template(
        "contacts/one.html",
        contact=contact,
        rows=[*contact.numbers, *free],
        problem=problem,
        kinds=wording.KINDS,
        languages=wording.LANGUAGES,
        may_change=access.may(Permission.CHANGE_PHONEBOOK),
    )


def _found(ident: int) -> Contact:
    contact = contacts.find(store.database(), ident)
    if contact is None:
        abort(404)
    return contact


def _of_form(ident: int) -> Contact:
    """What was put in; rows without a number are none."""
    form = request.form
    kinds = form.getlist("kind")
    written = zip(form.getlist("number"), kinds, strict=False)
    numbers = [
        ContactNumber(number=number.strip(), kind=_kind(kind))
        for number, kind in list(written)[: MOST_NUMBERS + FREE_ROWS]
        if number.strip()
    ]
    return Contact(
        id=ident,
        name=form.get("name", "").strip(),
        organisation=form.get("organisation", "").strip(),
        numbers=tuple(numbers),
        language=form.get("language", ""),
        is_vip="vip" in form,
        note=form.get("note", "").strip(),
    )


def _kind(text: str) -> NumberKind:
    return NumberKind(text) if text in tuple(NumberKind) else NumberKind.OTHER


def _read(name: str, content: bytes) -> tuple[Contact, ...]:
    if name.lower().endswith(_VCARD):
        return vcard_file.read(content)
    return csv_file.read(content).contacts


def told(contact: Contact) -> Mapping[str, Any]:
    """A contact as the trail keeps it."""
    return {
        "name": contact.name,
        "organisation": contact.organisation,
        "numbers": [f"{number.kind}: {number.number}" for number in contact.numbers],
        "language": contact.language,
        "vip": contact.is_vip,
        "note": contact.note,
    }


def _brought_in(fresh: int, replaced: int) -> str:
    tongue = language.tongue()
    added = ngettext(
        "%(count)s contact is new.",
        "%(count)s contacts are new.",
        fresh,
        count=digits(fresh, tongue),
    )
    changed = ngettext(
        "%(count)s took another's place.",
        "%(count)s took the place of others.",
        replaced,
        count=digits(replaced, tongue),
    )
    return f"{added} {changed}" if replaced else str(added)
