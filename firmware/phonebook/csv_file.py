"""Contacts as a table of comma-separated values, one a line, as spreadsheets take it.

The first line names the columns: our own (``name``, ``organisation``, ``mobile``, ``work``,
``home``, ``fax``, ``other``, ``language``, ``vip``, ``note``), or those of Google Contacts and
Outlook. Several numbers in a cell are parted by semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.phonebook.check import BadContact, checked_contact
from firmware.phonebook.problem import BadFile, FileProblem, text_of

MOST_ROWS = 200_000

OWN = ("name", "organisation", *map(str, NumberKind), "language", "vip", "note")

_ALIASES = {
    "full name": "name",
    "display name": "name",
    "first name": "given",
    "given name": "given",
    "middle name": "middle",
    "additional name": "middle",
    "last name": "family",
    "family name": "family",
    "organization": "organisation",
    "organization name": "organisation",
    "organization 1 - name": "organisation",
    "company": "organisation",
    "notes": "note",
    "mobile phone": "mobile",
    "business phone": "work",
    "business phone 2": "work",
    "company main phone": "work",
    "home phone": "home",
    "home phone 2": "home",
    "business fax": "fax",
    "home fax": "fax",
    "other phone": "other",
    "primary phone": "other",
    "phone": "other",
    "number": "other",
    "telephone": "other",
}

_GOOGLE = re.compile(r"phone (\d+) - (value|type|label)")
_LABELS = {"mobile": "mobile", "cell": "mobile", "work": "work", "home": "home", "main": "work"}
_PARTED = re.compile(r":::|[;\n]")
_TRUTH = {"": False, "no": False, "false": False, "0": False}
_TRUTH |= {"yes": True, "true": True, "1": True}
_FORMULA = ("=", "+", "-", "@", "\t", "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a file held. ``ignored`` are the columns nobody knows."""

    contacts: tuple[Contact, ...]
    ignored: tuple[str, ...]


def read(content: bytes, encoding: str = "") -> Table:
    """The contacts of a file.

    Raises:
        BadFile: every line that cannot be taken, and why.
        LookupError: no such encoding.
    """
    text = text_of(content, encoding)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = _rows(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    try:
        _, titles = next(rows)
    except StopIteration:
        raise BadFile([FileProblem(line=1, reason="the file is empty")]) from None
    columns = [_column(title) for title in titles]
    _check_columns(columns)
    contacts: list[Contact] = []
    problems: list[FileProblem] = []
    for line, cells in rows:
        try:
            contacts.append(_contact(columns, cells))
        except BadContact as error:
            problems.append(FileProblem(line=line, reason=str(error)))
        if len(contacts) > MOST_ROWS:
            problems.append(FileProblem(line=line, reason=f"more than {MOST_ROWS} contacts"))
            break
    if problems:
        raise BadFile(problems)
    ignored = [title for title, column in zip(titles, columns, strict=True) if not column]
    return Table(contacts=tuple(contacts), ignored=tuple(ignored))


def write(contacts: Iterable[Contact]) -> bytes:
    """All contacts as UTF-8 with the mark by which spreadsheets know it. A text that a
    spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(OWN)
    for contact in contacts:
        cells = {
            "name": _disarmed(contact.name),
            "organisation": _disarmed(contact.organisation),
            "language": contact.language,
            "vip": "yes" if contact.is_vip else "",
            "note": _disarmed(contact.note),
        }
        for kind in NumberKind:
            numbers = [n.number for n in contact.numbers if n.kind is kind]
            # A lone "+98…" is a sum to a spreadsheet, which loses the plus.
            cells[kind] = _disarmed("; ".join(numbers))
        writer.writerow([cells[column] for column in OWN])
    return out.getvalue().encode("utf-8-sig")


def _rows(reader: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Each row with the line it begins on; empty ones are left out."""
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1  # type: ignore[attr-defined]  # csv.reader has it
    except csv.Error as error:
        raise BadFile([FileProblem(line=line, reason=f"the quotes are wrong ({error})")]) from error


def _column(title: str) -> str:
    """What a column is for: one of OWN, "given", "family", "phone 1 value"; "" for nothing."""
    title = " ".join(title.casefold().replace("_", " ").split())
    if google := _GOOGLE.fullmatch(title):
        return f"phone {google[1]} {'value' if google[2] == 'value' else 'label'}"
    return title if title in OWN else _ALIASES.get(title, "")


def _check_columns(columns: Sequence[str]) -> None:
    numbers = {str(kind) for kind in NumberKind}
    reason = ""
    if not {"name", "given", "family", "organisation"} & set(columns):
        reason = "no column 'name' (the first line names the columns)"
    elif not any(column in numbers or column.endswith(" value") for column in columns):
        reason = f"no column for a number; name one of them {', '.join(sorted(numbers))}"
    else:
        once = [c for c in columns if c in {"name", "organisation", "language", "vip", "note"}]
        if twice := sorted({column for column in once if once.count(column) > 1}):
            reason = f"two columns are '{twice[0]}'"
    if reason:
        raise BadFile([FileProblem(line=1, reason=reason)])


def _contact(columns: Sequence[str], cells: Sequence[str]) -> Contact:
    if len(cells) > len(columns):
        raise BadContact(f"{len(cells)} cells under {len(columns)} columns")
    row: dict[str, list[str]] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column and (cell := _armed(cell.strip())):
            row.setdefault(column, []).append(cell)
    vip = _one(row, "vip").casefold()
    if vip not in _TRUTH:
        raise BadContact(f"vip is yes or no, not '{vip}'")
    parts = [_one(row, part) for part in ("given", "middle", "family")]
    contact = Contact(
        name=_one(row, "name") or " ".join(filter(None, parts)),
        organisation=_one(row, "organisation"),
        numbers=tuple(_numbers(row)),
        language=_one(row, "language").casefold(),
        is_vip=_TRUTH[vip],
        note=_one(row, "note"),
    )
    return checked_contact(contact)


def _one(row: Mapping[str, list[str]], column: str) -> str:
    return row.get(column, [""])[0]


def _numbers(row: Mapping[str, list[str]]) -> Iterator[ContactNumber]:
    for column, cells in row.items():
        if column.startswith("phone ") and column.endswith(" value"):
            label = _one(row, column.replace(" value", " label")).casefold()
            kind = next((kind for word, kind in _LABELS.items() if word in label), "other")
            kind = "fax" if "fax" in label else kind
        elif column in NumberKind.__members__.values():
            kind = column
        else:
            continue
        for number in (part for cell in cells for part in _PARTED.split(cell)):
            if number.strip():
                yield ContactNumber(number=number.strip(), kind=NumberKind(kind))


def _disarmed(text: str) -> str:
    """Text a spreadsheet shows and does not work out (CWE-1236)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _armed(text: str) -> str:
    """The text before ``_disarmed``."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
