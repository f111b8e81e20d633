"""What nodes do that ask nobody anything: say, decide, look up, lead on."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

import jmespath
import jmespath.exceptions

from firmware.ivr.expression import CannotCompute, Value, bounded, compute, text_of
from firmware.ivr.ports import NoAnswer, NotThere, Question
from firmware.ivr.saying import filled
from firmware.ivr.visit import Failed, Over, Visit, deed
from firmware.model.calendar import CalendarState
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.flow import doing
from firmware.model.flow.node import Saying, Target
from firmware.model.pattern import Pattern

T = TypeVar("T")


@deed(doing.Say)
async def say(visit: Visit, node: doing.Say) -> Target | None:
    """Say it."""
    await visit.ear.say(visit.utter(node.saying), insists=node.insists)
    return node.to


@deed(doing.Play)
async def play(visit: Visit, node: doing.Play) -> Target | None:
    """Play what was taken down."""
    await visit.party.play(text_of(visit.values.get(node.variable, "")))
    return node.to


@deed(doing.SpeakLanguage)
async def speak(visit: Visit, node: doing.SpeakLanguage) -> Target | None:
    """Go on in another language."""
    visit.world.speak(node.language)
    return node.to


@deed(doing.AskCalendar)
async def ask_calendar(visit: Visit, node: doing.AskCalendar) -> Target | None:
    """Go on as the calendar says."""
    return {
        CalendarState.OPEN: node.is_open,
        CalendarState.CLOSED: node.is_closed,
        CalendarState.HOLIDAY: node.is_holiday,
    }[visit.world.calendar(node.calendar)]


@deed(doing.MatchCaller)
async def match_caller(visit: Visit, node: doing.MatchCaller) -> Target | None:
    """Go on by who calls."""
    return next((case.to for case in node.cases if _fits(visit, case)), node.otherwise)


def _fits(visit: Visit, case: doing.CallerCase) -> bool:
    caller, contact = str(visit.values["caller"]), visit.world.contact()
    return (
        (not case.is_withheld or not caller)
        and (not case.is_known or contact is not None)
        and (not case.is_vip or (contact is not None and contact.is_vip))
        and (not case.numbers or any(Pattern(one).matches(caller) for one in case.numbers))
    )


@deed(doing.Assign)
async def assign(visit: Visit, node: doing.Assign) -> Target | None:
    """Compute and keep."""
    try:
        for variable, expression in node.values:
            visit.assign(variable, compute(expression, visit.values))
    except CannotCompute as error:
        return _instead(visit, node.failed, str(error))
    return node.to


@deed(doing.Branch)
async def branch(visit: Visit, node: doing.Branch) -> Target | None:
    """Go on by the first that is true."""
    for expression, to in node.cases:
        try:
            if compute(expression, visit.values):
                return to
        except CannotCompute as error:
            return _instead(visit, node.failed or node.otherwise, str(error))
    return node.otherwise


def _instead(visit: Visit, to: Target | None, why: str) -> Target:
    """Where a node leads that could not do its work."""
    if to is None:
        raise Failed(why)
    visit.world.note("flow_instead", f"{visit.flow.name} at {visit.node}: {why}"[:200])
    return to


@deed(doing.LookUp)
async def look_up(visit: Visit, node: doing.LookUp) -> Target | None:
    """Ask a service and take values from its answer."""
    values = visit.values
    body = {name: filled(value, values) for name, value in node.body.items()}
    question = Question(
        service=node.service,
        path=filled(node.path, {key: quote(text_of(one), safe="") for key, one in values.items()}),
        body=body if node.is_post else None,
    )
    if not _stays(question.path):
        return _instead(visit, node.failed, "a value would lead out of the path")
    try:
        answer = await _while_saying(visit, node.saying, visit.world.look_up(question))
        taken = {variable: _taken(answer, path) for variable, path in node.take}
    except NotThere as error:
        return _instead(visit, node.missing or node.failed, str(error))
    except NoAnswer as error:
        return _instead(visit, node.failed, str(error))
    for variable, value in taken.items():
        visit.assign(variable, value)
    return node.to


def _stays(path: str) -> bool:
    """Whether no part of a path leads up: a value of two dots would, and no escape hides them."""
    return not {".", ".."} & set(path.partition("?")[0].split("/"))


async def _while_saying(visit: Visit, saying: Saying | None, wanted: Awaitable[T]) -> T:
    """Say something while something is waited for; both end before this does."""
    asking = asyncio.ensure_future(wanted)
    try:
        if saying is not None:
            await visit.ear.say(visit.utter(saying))
        return await asking
    finally:
        asking.cancel()


def _taken(answer: Any, path: str) -> Value:
    try:
        return bounded(_compiled(path).search(answer))
    except (
        jmespath.exceptions.JMESPathError,
        ArithmeticError,
        RecursionError,
        TypeError,
        ValueError,  # CannotCompute is one
    ) as error:
        raise NotThere(f"{path}: {error}") from None


@functools.lru_cache(maxsize=512)
def _compiled(path: str) -> Any:
    return jmespath.compile(path)


@deed(doing.FindRow)
async def find_row(visit: Visit, node: doing.FindRow) -> Target | None:
    """Find a row and take its columns."""
    try:
        row = await visit.world.row(node.table, filled(node.key, visit.values))
        taken = {variable: _cell(row, column) for variable, column in node.take}
    except (NotThere, NoAnswer) as error:
        return _instead(visit, node.missing, str(error))
    for variable, value in taken.items():
        visit.assign(variable, value)
    return node.to


def _cell(row: Mapping[str, str], column: str) -> Value:
    if column not in row:
        raise NotThere(f"there is no column {column}")
    try:
        return bounded(row[column])
    except CannotCompute as error:
        raise NotThere(f"{column}: {error}") from None


@deed(doing.Wish)
async def wish(visit: Visit, node: doing.Wish) -> Target | None:
    """Take along into the queue."""
    agent = filled(node.agent, visit.values) if node.agent else ""
    visit.world.wish(replace(node.wish, agent=agent))
    return node.to


@deed(doing.EnterQueue)
async def enter_queue(visit: Visit, node: doing.EnterQueue) -> Target | None:
    """Lead to the queue, and say where to go on after it."""
    if isinstance(node.after, str):
        visit.world.come_back(visit.flow.name, node.after)
    elif node.after is not None:
        visit.world.after_talk(node.after)
    return Destination(DestinationKind.QUEUE, node.queue)


@deed(doing.Transfer)
async def transfer(visit: Visit, node: doing.Transfer) -> Target | None:
    """Lead to the place, or to the extension that a variable names."""
    if node.to is not None:
        return node.to
    number = text_of(visit.values.get(node.variable, ""))
    extension = visit.world.extension(number)
    if extension is None:
        return _instead(visit, node.failed, "no extension has that number")
    return extension


@deed(doing.HangUp)
async def hang_up(visit: Visit, node: doing.HangUp) -> Target | None:
    """The last words, and the end."""
    if node.saying is not None:
        await visit.ear.say(visit.utter(node.saying), insists=True)
    visit.party.hang_up(node.cause)
    raise Over
