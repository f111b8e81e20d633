"""Asking the customer system: bounded in time and kept for a while, so that a desk never waits long
and a slow system is not asked for every look at the page."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.crm import Crm
from firmware.ivr.ports import NoAnswer, NotThere, Question
from firmware.ivr.services import Services

log = logging.getLogger(__name__)

_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who a number is. ``page`` is the address to open, "" for none; ``fault`` says why the system
    did not answer, then the rest is empty but for the page."""

    number: str
    name: str = ""
    organisation: str = ""
    note: str = ""
    page: str = ""
    fault: str = ""


class Customers:
    """The customer system of one box, as configured now. Safe to use from any thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._read: tuple[int, Crm] | None = None
        self._services = Services(())

    def of(self, number: str) -> Customer | None:
        """Who a number is; None where there is no customer system, or it does not know them and
        has no page for them. Waits no longer than the service's time-out.

        Raises:
            LookupError, ValueError, sqlite3.Error: there is no configuration that can be read.
        """
        crm = self._settings()
        page = crm.page_of(number)
        if crm.service is None:
            return Customer(number=number, page=page) if page else None
        question = Question(service=crm.service, path=crm.path_of(number))
        try:
            answer = asyncio.run(self._services.ask(question))
        except NotThere:
            return Customer(number=number, page=page) if page else None
        except NoAnswer as error:
            log.warning("the customer system: %s", error)
            return Customer(number=number, page=page, fault=str(error))
        return _customer(crm, number, page, answer)

    def close(self) -> None:
        """Give up what is asked."""
        self._services.close()

    def _settings(self) -> Crm:
        version = history.current_text(self._home)[0]
        with self._lock:
            if self._read is None or self._read[0] != version:
                version, site = history.load_current(self._home)
                self._services.retune(_asked(site))
                self._read = version, site.crm
            return self._read[1]


def _asked(site: Site) -> list[Any]:
    return [service for service in site.service if service.name == site.crm.service]


def _customer(crm: Crm, number: str, page: str, answer: Any) -> Customer:
    """What the answer says, as far as it is text. A page is opened only if a browser would fetch it
    from the web: the system's answer must not become a script."""
    found = _text(crm.page_in_answer, answer)
    is_page = found.startswith(("https://", "http://"))
    return Customer(
        number=number,
        name=_text(crm.name, answer),
        organisation=_text(crm.organisation, answer),
        note=_text(crm.note, answer),
        page=found if is_page else page,
    )


def _text(place: str, answer: Any) -> str:
    try:
        found = jmespath.search(place, answer)
    except JMESPathError:
        return ""
    if not isinstance(found, str | int | float):
        return ""
    return "".join(letter for letter in str(found) if letter.isprintable())[:_LONGEST]
