"""A browser's half of a form: what is in a page's form, and what would be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


@dataclass(slots=True)
class Form:
    """A form's fields in the order of the page, as a browser sends them."""

    fields: list[tuple[str, str]] = field(default_factory=list)

    def sent(self, other: Mapping[str, str] | None = None, **more: str) -> MultiDict[str, str]:
        """The fields, with other values for some; what is not in the form is sent as well."""
        changed = {**(other or {}), **more}
        out: MultiDict[str, str] = MultiDict()
        for name, value in self.fields:
            out.add(name, changed.get(name, value))
        for name, value in changed.items():
            if name not in out:
                out.add(name, value)
        return out


class _Reader(HTMLParser):
    """Collects the fields of the form that has ``marker`` as a field."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._now: Form | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: list[str] | None = None
        self._area_name = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self._now = Form()
            self.forms.append(self._now)
        elif self._now is None:
            return
        elif tag == "input" and "name" in given:
            kind = given.get("type", "text")
            if kind in {"checkbox", "radio"} and "checked" not in given:
                return
            if kind != "file":
                self._now.fields.append((given["name"], given.get("value", "") or ""))
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option" and self._select:
            self._options.append((given["value"], "selected" in given))
        elif tag == "textarea":
            self._area, self._area_name = [], given["name"]

    def handle_data(self, data):
        if self._area is not None:
            self._area.append(data)

    def handle_endtag(self, tag):
        if tag == "form":
            self._now = None
        elif tag == "select" and self._now is not None and self._select:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            if self._options:
                value = chosen[-1] if chosen else self._options[0][0]
                self._now.fields.append((self._select, value))
            self._select = None
        elif tag == "textarea" and self._now is not None and self._area is not None:
            text = "".join(self._area).removeprefix("\n").replace("\n", "\r\n")
            self._now.fields.append((self._area_name, text))
            self._area = None


def form_of(page: str, marker: str = "seen") -> Form:
    """The first form of a page that has the field ``marker``."""
    reader = _Reader()
    reader.feed(page)
    return next(form for form in reader.forms if any(name == marker for name, _ in form.fields))
