"""Rules of flows: nodes that do one thing, ways that lead somewhere, words in every language,
tables and services that are there."""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import jmespath
import jmespath.exceptions
from pydantic import ValidationError

from firmware.config.problem import Problem
from firmware.config.rules.parts import Item, items, missing, repeated
from firmware.config.scalar import shown
from firmware.config.sections.flows import DEEDS, Flow
from firmware.model.flow import graph, text
from firmware.model.flow.expression import BadExpression, names_of
from firmware.model.pattern import BadPattern, Pattern

Known = Mapping[str, frozenset[str]]

_EXPRESSIONS = frozenset({"when", "amount"})


def names(document: Item) -> frozenset[str]:
    """Every flow there is."""
    return frozenset(str(flow["name"]) for _path, flow in items(document, "flow") if "name" in flow)


def numbers(document: Item) -> Iterator[tuple[str, str]]:
    """The path and the text of each number that a telephone inside can dial."""
    for path, flow in items(document, "flow"):
        if flow.get("number"):
            yield f"{path}.number", flow["number"]


def destinations(document: Item) -> list[tuple[str, str | None]]:
    """The places outside that flows lead to."""
    return [
        (place, value)
        for path, flow in items(document, "flow")
        for place, _key, value in _texts_of(flow, path)
        if ":" in value and _leads(place)
    ]


def check(document: Item, known: Known) -> Iterator[Problem]:
    """Every problem of the sections ``flow``, ``table`` and ``service``."""
    named = [(f"{p}.name", i["name"]) for p, i in items(document, "ivr") if i.get("name")]
    taken = [name for _path, name in named]
    for section in ("flow", "table", "service"):
        own = [(f"{p}.name", i["name"]) for p, i in items(document, section) if i.get("name")]
        yield from repeated(own, f"a second {section} of this name")
    for path, flow in items(document, "flow"):
        if flow.get("name") in taken:
            yield Problem(
                path=f"{path}.name",
                value=shown(flow["name"]),
                reason="a menu (ivr) has this name already, and ivr:NAME means either",
            )
    tables, services = dict(_named(document, "table")), dict(_named(document, "service"))
    for path, table in items(document, "table"):
        yield from _table(path, table)
    for path, service in items(document, "service"):
        yield from _service(path, service)
    around = _Around(known=known, tables=tables, services=services)
    for path, flow in items(document, "flow"):
        yield from _nodes(path, flow)
        for place, node in items(flow, "node"):
            yield from _references(f"{path}.{place}", node, around)
            yield from _limits(f"{path}.{place}", node)
    yield from _graphs(document)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What nodes refer to."""

    known: Known
    tables: Mapping[str, Item]
    services: Mapping[str, Item]


def _named(document: Item, section: str) -> Iterator[tuple[str, Item]]:
    for _path, item in items(document, section):
        if isinstance(item.get("name"), str):
            yield item["name"], item


def _texts_of(part: Any, path: str, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text anywhere in ``part``: its path, its key, and itself."""
    if isinstance(part, dict):
        for inner, value in part.items():
            yield from _texts_of(value, f"{path}.{inner}", inner)
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _texts_of(value, f"{path}[{index}]", key)
    elif isinstance(part, str):
        yield path, key, part


_LEADING: Final = frozenset(
    {"next", "to", "otherwise", "failed", "missing", "declined", "late", "after"}
)


def _leads(place: str) -> bool:
    key = place.rpartition(".")[2]
    return key in _LEADING or key.startswith("when_")


# -- nodes ----------------------------------------------------------------------------------


def _nodes(path: str, flow: Item) -> Iterator[Problem]:
    named = [(f"{path}.{p}.name", n["name"]) for p, n in items(flow, "node") if n.get("name")]
    yield from repeated(named, "a second node of this name")
    for place, node in items(flow, "node"):
        deeds = [key for key in DEEDS if key in node]
        if len(deeds) != 1:
            yield Problem(
                path=f"{path}.{place}",
                reason=f"does {' and '.join(deeds) or 'nothing'}: a node does one thing",
                suggestion=f"write one of {', '.join(DEEDS)}" if not deeds else "make two nodes",
            )


def _references(path: str, node: Item, around: _Around) -> Iterator[Problem]:
    known = around.known
    for key, field, there in (
        ("queue", "name", known["queue"]),
        ("callback", "queue", known["queue"]),
        ("calendar", "name", known["calendar"]),
        ("table", "name", frozenset(around.tables)),
        ("look_up", "service", frozenset(around.services)),
        ("pay", "service", frozenset(around.services)),
    ):
        name = _deed(node, key).get(field)
        if isinstance(name, str) and name not in there:
            what = field if field != "name" else key
            yield missing(f"{path}.{key}.{field}", name, f"there is no {what} of this name", there)
    agent = _deed(node, "attributes").get("agent")
    if isinstance(agent, str) and "{" not in agent and agent not in known["extension"]:
        place = f"{path}.attributes.agent"
        yield missing(place, agent, "no extension has this number", known["extension"])
    box = _deed(node, "voicemail").get("box")
    if isinstance(box, str) and box not in known["voicemail"]:
        place = f"{path}.voicemail.box"
        yield missing(place, box, "there is no voicemail box of this number", known["voicemail"])
    yield from _columns(path, _deed(node, "table"), around)
    yield from _payment(path, _deed(node, "pay"), around)
    yield from _written(path, node)


def _written(path: str, node: Item) -> Iterator[Problem]:
    """Expressions, patterns, templates and paths into answers mean something."""
    for place, key, value in _texts_of(node, path):
        fault = ""
        if key in _EXPRESSIONS or (".assign.value[" in place and key == "value"):
            fault = _fault_of_expression(value)
        elif key in {"number", "pattern"}:
            fault = _fault_of_pattern(value)
        elif ".look_up.take[" in place and key == "path":
            fault = _fault_of_path(value)
        elif key in {"find", "agent"} or (".look_up." in place and key in {"path", "value"}):
            fault = _fault_of_template(value)
        if fault:
            yield Problem(path=place, value=shown(value), reason=fault)


def _fault_of_expression(value: str) -> str:
    try:
        names_of(value)
    except BadExpression as error:
        return str(error)
    return ""


def _fault_of_pattern(value: str) -> str:
    try:
        Pattern(value)
    except BadPattern as error:
        return str(error)
    return ""


def _fault_of_path(value: str) -> str:
    try:
        jmespath.compile(value)
    except jmespath.exceptions.JMESPathError as error:
        return f"is no JMESPath expression: {str(error).splitlines()[0]}"
    return ""


def _fault_of_template(value: str) -> str:
    try:
        text.pieces(value)
    except text.BadText as error:
        return str(error)
    return ""


def _limits(path: str, node: Item) -> Iterator[Problem]:
    """What a node says of itself fits together."""
    collect, transfer = _deed(node, "collect"), _deed(node, "transfer")
    if _whole(collect, "least", 1) > _whole(collect, "most", 32):
        yield Problem(path=f"{path}.collect.least", reason="is more than most")
    if "transfer" in node and ("to" in transfer) == ("dial" in transfer):
        yield Problem(
            path=f"{path}.transfer",
            reason="needs either to, a place, or dial, a variable with an extension's number",
        )
    survey = _deed(node, "survey")
    if "survey" in node and not survey.get("question") and "comment" not in survey:
        yield Problem(path=f"{path}.survey", reason="asks nothing: write question or comment")
    for place, question in items(survey, "question"):
        if _whole(question, "least", 1) > _whole(question, "most", 5):
            yield Problem(path=f"{path}.survey.{place}.least", reason="is more than most")
    for place, case in items(_deed(node, "caller"), "case"):
        if set(case) <= {"to"}:
            yield Problem(
                path=f"{path}.caller.{place}",
                reason="is everybody: write number, known, vip or withheld",
            )
    choices = items(_deed(node, "menu"), "choice")
    digits = [(f"{path}.menu.{p}.digit", c["digit"]) for p, c in choices if c.get("digit")]
    yield from repeated(digits, "a second choice for these keys")


def _deed(node: Item, key: str) -> Item:
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _whole(item: Item, key: str, otherwise: int) -> int:
    found = item.get(key)
    return int(found) if isinstance(found, str) and found.isdecimal() else otherwise


# -- graphs ---------------------------------------------------------------------------------


def _graphs(document: Item) -> Iterator[Problem]:
    """Each flow as a graph; one that has a fault of another kind is looked at when it is mended."""
    # Here, not above: the flows of menus need the schema, which needs these rules' sections.
    from firmware.config import flows as compiled  # noqa: PLC0415
    from firmware.config.schema import Ivr  # noqa: PLC0415

    sound: dict[str, tuple[str, Item]] = {}
    models = {}
    for _path, menu in items(document, "ivr"):
        if not _is_blanked(menu) and (one := _shaped(Ivr, menu)) is not None:
            models[one.name] = compiled.of_menu(one)
    for path, item in items(document, "flow"):
        if _is_blanked(item) or (flow := _shaped(Flow, item)) is None:
            continue
        if not all(map(compiled.deed_of, flow.node)):
            continue
        sound[flow.name] = (path, item)
        models[flow.name] = compiled.flow_of(flow)
    ends = graph.endings(models)
    for name, (path, item) in sound.items():
        for fault in graph.check(models[name], ends):
            yield _problem_of(fault, path, item)


def _shaped(section: Any, item: Item) -> Any:
    try:
        return section.model_validate(item)
    except ValidationError:
        return None


def _is_blanked(part: Any) -> bool:
    """Whether a value in it was refused already."""
    if isinstance(part, dict):
        return any(map(_is_blanked, part.values()))
    if isinstance(part, list):
        return any(map(_is_blanked, part))
    return part is None


def _problem_of(fault: graph.Fault, path: str, item: Item) -> Problem:
    place = path
    for where, node in items(item, "node"):
        if fault.node and node.get("name") == fault.node:
            place = f"{path}.{where}"
            break
    key = "voicemail.box" if fault.key == "transfer.to" and "voicemail" in node else fault.key
    return Problem(
        path=f"{place}.{key}",
        value=shown(fault.value) if fault.value else "",
        reason=fault.reason,
        suggestion=fault.suggestion,
    )


# -- tables and services --------------------------------------------------------------------


def columns_of(csv_text: str) -> tuple[str, ...]:
    """The columns of a table in the configuration."""
    return tuple(next(csv.reader(io.StringIO(csv_text)), ()))


def _table(path: str, table: Item) -> Iterator[Problem]:
    if ("csv" in table) == ("file" in table):
        yield Problem(path=path, reason="needs either csv, its rows, or file, where they are")
        return
    rows, key = table.get("csv"), table.get("key")
    if not isinstance(rows, str) or not isinstance(key, str):
        return
    columns = columns_of(rows)
    if key not in columns:
        yield missing(f"{path}.key", key, "the table has no column of this name", columns)
    yield from repeated(((f"{path}.csv", one) for one in columns), "a second column of this name")
    for number, row in enumerate(csv.reader(io.StringIO(rows)), 1):
        if row and len(row) != len(columns):
            yield Problem(
                path=f"{path}.csv",
                reason=f"row {number} has {len(row)} values, not {len(columns)}",
                suggestion='a value with a comma in it goes in double quotes: "a, b"',
            )


def _columns(path: str, deed: Item, around: _Around) -> Iterator[Problem]:
    rows = around.tables.get(str(deed.get("name")), {}).get("csv")
    if not isinstance(rows, str):
        return
    columns = columns_of(rows)
    for place, taken in items(deed, "take"):
        column = taken.get("column")
        if isinstance(column, str) and column not in columns:
            where = f"{path}.table.{place}.column"
            yield missing(where, column, "the table has no column of this name", columns)


def _service(path: str, service: Item) -> Iterator[Problem]:
    url = service.get("url")
    if isinstance(url, str) and url.startswith("http:") and not is_near(url):
        yield Problem(
            path=f"{path}.url",
            value=shown(url),
            reason="goes through the internet unencrypted",
            suggestion="write https://, or the address of a host of the office's network",
        )
    is_open = isinstance(url, str) and url.startswith("http:")
    if is_open and "token" in service and not is_this_box(str(url)):
        yield Problem(
            path=f"{path}.url",
            value=shown(str(url)),
            reason="would carry the token through the network for all to read",
            suggestion="write https://",
        )


def _payment(path: str, deed: Item, around: _Around) -> Iterator[Problem]:
    url = around.services.get(str(deed.get("service")), {}).get("url")
    if isinstance(url, str) and not is_this_box(url):
        yield Problem(
            path=f"{path}.pay.service",
            value=shown(str(deed["service"])),
            reason="is on another host: card numbers do not leave the box but by its own program",
            suggestion="write a service at http://127.0.0.1:PORT",
        )


def is_this_box(url: str) -> bool:
    """Whether a service is on loopback."""
    address = _address(url)
    return address is not None and address.is_loopback


def is_near(url: str) -> bool:
    """Whether a service is in the office's network: by a private address, or a name that only a
    local network has."""
    address = _address(url)
    if address is not None:
        return address.is_private
    host = urlsplit(url).hostname or ""
    return "." not in host or host.endswith((".lan", ".local", ".internal", ".home.arpa"))


def _address(url: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return None


def prompts(site_flows: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Every prompt that flows name: the flow, the node, the prompt, and a language it must be
    there in."""
    for flow in site_flows.values():
        for name, node in flow.nodes.items():
            for _key, saying in node.sayings():
                if saying.prompt:
                    for language in flow.languages:
                        yield flow.name, name, saying.prompt, language
