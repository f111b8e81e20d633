"""A sheet as a table to take away: CSV, and XLSX with its values as numbers."""

from __future__ import annotations

import csv
import io
import re

import xlsxwriter

from firmware.reports.figures import Unit
from web.reports.sheet import Cell, Sheet
from web.system import language

_BYTE_ORDER_MARK = "\ufeff"
"""By it spreadsheets know that the file is UTF-8."""

_NUMBER = re.compile(r"\+?[0-9]*", flags=re.ASCII)
_DAY_S = 86400.0
_FORMATS = {Unit.COUNT: "#,##0", Unit.SHARE: "0.0%", Unit.SECONDS: "[h]:mm:ss"}
_WIDEST = 40


def as_csv(sheet: Sheet) -> str:
    """The sheet's rows and its total. Values are plain: seconds, shares of 1, counts."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([sheet.head, *(column.title for column in sheet.columns)])
    for line in (*sheet.lines, sheet.total):
        writer.writerow([harmless(line.title), *(_plain(cell) for cell in line.cells)])
    return _BYTE_ORDER_MARK + out.getvalue()


def as_xlsx(sheet: Sheet) -> bytes:
    """The same as a workbook of one sheet, in the reader's direction; each figure's meaning is a
    comment at its head."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet()
    if language.tongue().direction == "rtl":
        page.right_to_left()
    strong = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    formats = {unit: book.add_format({"num_format": text}) for unit, text in _FORMATS.items()}
    totals = {
        unit: book.add_format({"num_format": text, "bold": True, "top": 1})
        for unit, text in _FORMATS.items()
    }
    page.write_string(0, 0, sheet.title, strong)
    for number, fact in enumerate(sheet.facts, 1):
        page.write_string(number, 0, fact)
    top = len(sheet.facts) + 2
    page.write_string(top, 0, sheet.head, head)
    for place, column in enumerate(sheet.columns, 1):
        page.write_string(top, place, column.title, head)
        page.write_comment(top, place, column.meaning)
    for number, line in enumerate((*sheet.lines, sheet.total), top + 1):
        of_total = line is sheet.total
        page.write_string(number, 0, line.title, strong if of_total else None)
        for place, cell in enumerate(line.cells, 1):
            if cell.value is not None:
                chosen = (totals if of_total else formats)[cell.figure.unit]
                page.write_number(number, place, _in_cell(cell), chosen)
    widest = max((len(line.title) for line in sheet.lines), default=10)
    page.set_column(0, 0, min(widest + 4, _WIDEST))
    page.set_column(1, len(sheet.columns), 13)
    page.freeze_panes(top + 1, 1)
    book.close()
    return out.getvalue()


def harmless(text: str) -> str:
    """A stranger's text that begins like a formula would be reckoned by a spreadsheet (OWASP, CSV
    injection): a quote before it makes it text. A number with its plus sign is left as it is."""
    is_formula = text[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{text}" if is_formula and not _NUMBER.fullmatch(text) else text


def _plain(cell: Cell) -> str:
    if cell.value is None:
        return ""
    match cell.figure.unit:
        case Unit.COUNT:
            return f"{cell.value:.0f}"
        case Unit.SHARE:
            return f"{cell.value:.4f}"
    return f"{cell.value:.0f}"


def _in_cell(cell: Cell) -> float:
    """A length is a part of a day there."""
    value = cell.value or 0.0
    return value / _DAY_S if cell.figure.unit is Unit.SECONDS else value
