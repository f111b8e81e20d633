"""The section ``crm``: the customer system that knows who calls, and whose page is opened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import jmespath
from jmespath.exceptions import JMESPathError

from firmware.config.problem import Problem
from firmware.config.types import Name, Section, text

Item = Mapping[str, Any]

PageAddress = Annotated[
    str,
    text(
        r"^(https?://[A-Za-z0-9.\[\]:-]{1,255}(/[!-~]{0,500})?)?$",
        'a page\'s address, with {number} in it: "https://crm.lan/search?phone={number}"',
    ),
]
Path = Annotated[
    str, text(r"^/[!-~]{1,399}$", 'a path with {number} in it: "/contacts?phone={number}"')
]
Place = Annotated[
    str, text(r"^[ -~]{1,200}$", 'where in the answer it is (JMESPath): "items[0].name"')
]


class Crm(Section):
    """A customer system. Without a ``service`` none is asked; without a ``page`` none is opened."""

    service: Name | None = None  # one of the site's services: its time-out and cache hold
    path: Path = "/contacts?phone={number}"
    name: Place = "name"
    organisation: Place = "organisation"
    note: Place = "note"
    page_in_answer: Place = "page"  # the customer's own page, where the answer has it
    page: PageAddress = ""  # else this one

    def page_of(self, number: str) -> str:
        """The page to open for a number; "" for none."""
        return with_number(self.page, number)

    def path_of(self, number: str) -> str:
        """What the service is asked."""
        return with_number(self.path, number)


def with_number(template: str, number: str) -> str:
    """A template with a number in it, escaped: nothing that was dialled changes where it leads."""
    return template.replace("{number}", quote(number, safe=""))


def check(document: Item, services: Collection[str]) -> Iterator[Problem]:
    """Every problem of the section."""
    written = document.get("crm")
    if not isinstance(written, dict):
        return
    service = written.get("service")
    if service and service not in services:
        yield Problem(path="crm.service", value=service, reason="there is no service of this name")
    for name in ("path", "page"):
        template = written.get(name)
        if template and isinstance(template, str) and "{number}" not in template:
            yield Problem(
                path=f"crm.{name}",
                value=template,
                reason="has no {number} in it: it would be the same for everybody",
            )
    for name in ("name", "organisation", "note", "page_in_answer"):
        place = written.get(name)
        if place and isinstance(place, str):
            try:
                jmespath.compile(place)
            except JMESPathError as error:
                yield Problem(
                    path=f"crm.{name}", value=place, reason=f"is no JMESPath expression: {error}"
                )
