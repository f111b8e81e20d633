"""The phonebook: ``markaz contacts ...``. Writes to the store, then tells switchd."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from sqlite_utils import Database

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, table
from firmware.config.history import NoConfiguration, load_current
from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown
from firmware.model.contact import (
    Block,
    BlockAnswer,
    BlockKind,
    Contact,
    ContactNumber,
    NumberKind,
)
from firmware.phonebook import csv_file, vcard_file
from firmware.phonebook.index import Phonebook
from firmware.store import contacts as store
from firmware.store.db import open_store


@click.group(invoke_without_command=True)
@click.option("--search", default="", help="Only those with this in a name or a number.")
@json_option
@click.pass_context
def contacts(ctx: click.Context, search: str, json_wanted: bool) -> None:
    """The phonebook; without a command: all of it."""
    if ctx.invoked_subcommand is None:
        _show(ctx.obj, search, json_wanted)


@contacts.command("list")
@click.option("--search", default="", help="Only those with this in a name or a number.")
@json_option
@click.pass_obj
def list_(home: Home, search: str, json_wanted: bool) -> None:
    """All contacts, by name."""
    _show(home, search, json_wanted)


def _show(home: Home, search: str, json_wanted: bool) -> None:
    with _reading(home) as db:
        found = store.everyone(db, search)
    if json_wanted:
        as_json(found)
        return
    table(
        ("id", "name", "organisation", "numbers", "language", "vip", "note"),
        [
            (
                contact.id,
                contact.name,
                contact.organisation,
                ", ".join(f"{n.number} ({n.kind})" for n in contact.numbers),
                contact.language,
                "yes" if contact.is_vip else "",
                contact.note,
            )
            for contact in found
        ],
    )


@contacts.command()
@click.argument("name")
@click.argument("numbers", nargs=-1, required=True, metavar="[KIND:]NUMBER...")
@click.option("--organisation", default="")
@click.option("--language", default="", type=click.Choice(["", "en", "fa", "ar"]))
@click.option("--vip", is_flag=True)
@click.option("--note", default="")
@click.pass_obj
def add(
    home: Home,
    name: str,
    numbers: tuple[str, ...],
    *,
    organisation: str,
    language: str,
    vip: bool,
    note: str,
) -> None:
    """Add a contact: markaz contacts add "Maryam" mobile:09121111111 work:02188776655."""
    contact = Contact(
        name=name,
        organisation=organisation,
        numbers=tuple(map(_number, numbers)),
        language=language,
        is_vip=vip,
        note=note,
    )
    with _changing(home) as db:
        click.echo(f"contact {store.add(db, contact).id}")


def _number(text: str) -> ContactNumber:
    kind, colon, number = text.partition(":")
    if colon and kind in set(NumberKind):
        return ContactNumber(number=number, kind=NumberKind(kind))
    return ContactNumber(number=text)


@contacts.command()
@click.argument("contact_id", metavar="ID", type=int)
@click.pass_obj
def remove(home: Home, contact_id: int) -> None:
    """Take a contact out."""
    with _changing(home) as db:
        store.remove(db, contact_id)


@contacts.command()
@click.argument("number")
@click.pass_obj
def who(home: Home, number: str) -> None:
    """Whose number it is, as a caller with it would be known."""
    with _reading(home) as db:
        book = Phonebook(store.everyone(db), store.blocks(db), _country(home))
    contact, block = book.find(number), book.block_of(number)
    if contact is not None:
        click.echo(f"{contact.id} {contact.shown}")
    if block is not None:
        click.echo(f"blocked: {block.kind} {block.value}")
    if contact is None and block is None:
        raise Failure(f"nobody is known by {number}")


@contacts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", "instead", is_flag=True, help="Instead of all contacts there are.")
@click.option("--encoding", default="", help="If it is not UTF-8: cp1256, latin-1 ...")
@click.pass_obj
def import_(home: Home, file: Path, instead: bool, encoding: str) -> None:
    """Take up the contacts of a CSV (*.csv) or vCard (*.vcf) FILE: all or none.

    A contact of the same name and organisation as one that is there takes its place.
    """
    content = file.read_bytes()
    ignored: tuple[str, ...] = ()
    try:
        if _is_vcard(file):
            found = vcard_file.read(content, encoding)
        else:
            read = csv_file.read(content, encoding)
            found, ignored = read.contacts, read.ignored
    except ValueError as error:
        raise Failure(f"nothing was imported from {file.name}:\n{error}") from error
    except LookupError as error:
        raise Failure(str(error)) from error
    with _changing(home) as db:
        new, replaced = store.put_all(db, found, instead=instead)
    click.echo(f"{new} contacts are new, {replaced} took another's place")
    if ignored:
        click.echo(f"columns nobody knows were left out: {', '.join(ignored)}")


@contacts.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--vcard", "version", default="3.0", type=click.Choice(vcard_file.VERSIONS))
@click.pass_obj
def export(home: Home, file: Path, version: str) -> None:
    """Write all contacts to a CSV (*.csv) or vCard (*.vcf) FILE."""
    with _reading(home) as db:
        found = store.everyone(db)
    file.write_bytes(vcard_file.write(found, version) if _is_vcard(file) else csv_file.write(found))
    click.echo(f"{len(found)} contacts written to {file}")


def _is_vcard(file: Path) -> bool:
    if file.suffix.lower() not in {".csv", ".vcf"}:
        raise Failure(f"{file.name}: name it *.csv or *.vcf, so that it is clear what it is")
    return file.suffix.lower() == ".vcf"


@contacts.command()
@json_option
@click.pass_obj
def blocked(home: Home, json_wanted: bool) -> None:
    """Callers who are not let in."""
    with _reading(home) as db:
        found = store.blocks(db)
    if json_wanted:
        as_json(found)
        return
    rows = [(block.kind, block.value, block.answer, block.note) for block in found]
    table(("kind", "value", "hears", "note"), rows)


_kind = click.option("--pattern", is_flag=True, help="VALUE is a pattern: 0900XXXXXXX, +9890.")
_withheld = click.option("--withheld", is_flag=True, help="Everybody who shows no number.")


@contacts.command()
@click.argument("value", default="")
@_kind
@_withheld
@click.option("--unused", is_flag=True, help="They hear that the number is not in use.")
@click.option("--note", default="")
@click.pass_obj
def block(
    home: Home, value: str, *, pattern: bool, withheld: bool, unused: bool, note: str
) -> None:
    """Let the caller VALUE (or all of a pattern, or who shows no number) in no more."""
    blocked = Block(
        kind=_block_kind(value, pattern, withheld),
        value=value,
        answer=BlockAnswer.UNUSED if unused else BlockAnswer.REFUSE,
        note=note,
    )
    with _changing(home) as db:
        store.block(db, blocked)


@contacts.command()
@click.argument("value", default="")
@_kind
@_withheld
@click.pass_obj
def unblock(home: Home, value: str, pattern: bool, withheld: bool) -> None:
    """Let VALUE in again."""
    with _changing(home) as db:
        store.unblock(db, _block_kind(value, pattern, withheld), value)


def _block_kind(value: str, pattern: bool, withheld: bool) -> BlockKind:
    if withheld == bool(value) or (withheld and pattern):
        raise click.UsageError("name a number, a --pattern, or --withheld alone")
    if withheld:
        return BlockKind.WITHHELD
    return BlockKind.PATTERN if pattern else BlockKind.NUMBER


def _country(home: Home) -> str:
    try:
        return load_current(home)[1].office.country
    except NoConfiguration:
        return "ir"


@contextmanager
def _reading(home: Home) -> Iterator[Database]:
    if not home.store_db.exists():
        raise Failure(f"there is no box in {home.root}: no {home.store_db}")
    with closing(open_store(home)) as db:
        yield db


@contextmanager
def _changing(home: Home) -> Iterator[Database]:
    """The store, for a change that switchd is told of, if it runs."""
    try:
        with _reading(home) as db:
            yield db
    except (ValueError, KeyError) as error:
        raise Failure(str(error.args[0] if error.args else error)) from error
    try:
        with Link(home.link("switchd"), "cli") as link:
            link.call(SwitchApi.read_phonebook)
    except LinkDown:
        click.echo("switchd does not run; it reads the phonebook when it starts", err=True)
