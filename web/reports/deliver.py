"""A scheduled report, made and put into the outbox: a program of its own, which the outbox starts
when one is due: ``python -m web.reports.deliver NAME DUE_AT``.

Its letters and the note that it was sent become known in one transaction: cut off at any moment,
it is made again and nobody gets it twice.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Flask, g
from flask_babel import Babel, gettext
from jinja2 import StrictUndefined
from sqlite_utils import Database

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.reports import Format, ScheduledReport
from firmware.log import set_up
from firmware.model.letter import Channel, Letter
from firmware.reports.figures import VISITS
from firmware.reports.question import By, Question, Subject
from firmware.reports.schedule import period_of
from firmware.store import outbox, report_sent, reports
from firmware.store.db import open_store
from firmware.store.sqlite import writing
from firmware.store.unreturned import unreturned
from web import writing as reading
from web.reports import address, printed, tables
from web.reports.sheet import Sheet, sheet_of, shown
from web.system import language
from web.system.office import OfficeReader

log = logging.getLogger(__name__)

MOST_OWED = 10_000
"""Callers who were not called back are counted up to this number."""


class NoReport(RuntimeError):
    """It could not be made; the text says why."""


def deliver(home: Home, name: str, due_at: float, now: float) -> int:
    """Make the report of a schedule that was due at ``due_at`` and put it into the outbox; how many
    letters it became.

    Raises:
        NoReport: there is no such schedule, or no print.
        OSError, sqlite3.Error: the disk or the store does not take it now.
    """
    _, site = history.load_current(home)
    wish = next((one for one in site.report if one.name == name), None)
    if wish is None:
        raise NoReport(f"there is no report {name} in the configuration any more")
    with _speaking(home, wish.language or site.office.language), closing(open_store(home)) as db:
        try:
            letters = _Delivery(home, db, site, wish, due_at=due_at, now=now).letters()
        except reports.StillCounting as error:
            raise NoReport(str(error)) from error
        with writing(db):
            for letter in letters:
                outbox.put(db, letter)
            report_sent.note(db, name, due_at)
    return len(letters)


@contextmanager
def _speaking(home: Home, code: str) -> Iterator[None]:
    """The console's words, without the console."""
    app = Flask("web")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(language.CATALOGUES)
    app.extensions.update({"markaz-home": home, "markaz-office": OfficeReader(home)})
    app.jinja_env.undefined = StrictUndefined
    app.jinja_loader = printed.LOADER
    Babel(app, locale_selector=lambda: code)
    with app.test_request_context("/"):
        g.tongue = reading.TONGUES[code]
        yield


class _Delivery:
    """One report on its way: who gets it, and as what."""

    def __init__(
        self,
        home: Home,
        db: Database,
        site: Site,
        wish: ScheduledReport,
        *,
        due_at: float,
        now: float,
    ) -> None:
        self._home = home
        self._db = db
        self._site = site
        self._wish = wish
        self._due_at = due_at
        self._now = now
        self._zone = ZoneInfo(site.office.time_zone)
        day = dt.datetime.fromtimestamp(due_at, self._zone).date()
        self._period = period_of(wish.every, language.tongue().code, day)

    def letters(self) -> list[Letter]:
        """All of it, files laid aside."""
        letters = []
        if self._wish.mail and self._site.mail.server:
            letters += self._mails()
        if self._wish.sms:
            text = self._summary()
            letters += [self._letter(Channel.SMS, number, text) for number in self._wish.sms]
        return letters

    def _letter(self, channel: Channel, recipient: str, body: str) -> Letter:
        return Letter(
            ident=f"report:{self._wish.name}:{self._due_at:.0f}:{channel}:{recipient}",
            channel=channel,
            recipient=recipient,
            body=body,
            created_at=self._now,
        )

    def _mails(self) -> list[Letter]:
        """A letter to each, with a file of its own: it goes when its letter is sent."""
        asked = self._asked()
        made = sheet_of(reports.answer(self._db, asked.question, self._zone, self._now), asked)
        file = self._file(made)
        total = [
            f"{column.title}: {cell.text}"
            for column, cell in zip(made.columns, made.total.cells, strict=True)
        ]
        body = "\n".join([made.title, *made.facts, "", *total, ""])
        ending = f".{self._wish.format}"
        letters = []
        for place, recipient in enumerate(self._wish.mail):
            name = f"report-{self._wish.name}-{self._due_at:.0f}-{place}{ending}"
            _lay(self._home, name, file)
            letters.append(
                replace(
                    self._letter(Channel.MAIL, recipient, body),
                    subject=f"{made.title}: {made.facts[0]}",
                    attachment=name,
                    attachment_name=f"{self._wish.name}-{self._period.last}{ending}",
                )
            )
        return letters

    def _asked(self) -> address.Asked:
        wish = self._wish
        return address.read(
            {
                "about": wish.about,
                "by": wish.by or "",
                "compare": wish.compare,
                "queue": ",".join(wish.queue) if wish.about is not Subject.AGENTS else "",
                "from": self._period.first.isoformat(),
                "to": self._period.last.isoformat(),
                "calendar": "gregorian",
            }
        )

    def _file(self, made: Sheet) -> bytes:
        match self._wish.format:
            case Format.CSV:
                return tables.as_csv(made).encode()
            case Format.XLSX:
                return tables.as_xlsx(made)
        at, tongue = dt.datetime.fromtimestamp(self._now, self._zone), language.tongue()
        try:
            return printed.as_pdf(
                made, f"{reading.date(at.date(), tongue)} {reading.clock(at, tongue)}"
            )
        except printed.PrintFailed as error:
            raise NoReport(str(error)) from error

    def _summary(self) -> str:
        """The main figures in a short message, without what only screens can show."""
        wanted = frozenset(self._wish.queue)
        question = Question(
            subject=Subject.VISITS,
            period=self._period,
            only={By.QUEUE: wanted} if wanted else {},
        )
        sums = reports.answer(self._db, question, self._zone, self._now).total
        figures = {one.name: shown(one.unit, one.of(sums)) for one in VISITS}
        begin = self._period.moments(self._zone)[0]
        owed = unreturned(self._db, self._now, since=begin, limit=MOST_OWED)
        missed = [row for row in owed if not wanted or row.queue in wanted]
        tongue = language.tongue()
        first = reading.date(self._period.first, tongue)
        last = reading.date(self._period.last, tongue)
        text = gettext(
            "%(office)s, %(days)s: %(offered)s calls in queues, %(answered)s answered, "
            "%(abandoned)s abandoned, service level %(level)s, mean wait %(wait)s, "
            "%(unreturned)s not returned.",
            office=self._site.office.name,
            days=first if first == last else f"{first} – {last}",
            offered=figures["offered"],
            answered=figures["answered"],
            abandoned=figures["abandoned"],
            level=figures["service_level"],
            wait=figures["asa_s"],
            unreturned=reading.digits(len(missed), tongue),
        )
        return re.sub("[\u2066-\u2069\u200e\u200f]", "", text)


def _lay(home: Home, name: str, body: bytes) -> None:
    home.outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home.outbox / name).open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def main() -> int:
    """Deliver what is named; 1 when that failed, with the reason as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("due_at", type=float)
    given = parser.parse_args()
    set_up("reports")
    try:
        letters = deliver(Home.of_environment(), given.name, given.due_at, time.time())
    except (NoReport, OSError, sqlite3.Error, LookupError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    log.info("report %s is in the outbox, %d letters", given.name, letters)
    return 0


if __name__ == "__main__":
    sys.exit(main())
