"""The page of callers who are not let in: a number, a pattern, or everybody who shows none."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.contact import Block, BlockAnswer, BlockKind
from firmware.model.pattern import BadPattern
from firmware.phonebook.check import LONGEST_TEXT
from firmware.phonebook.number import LONGEST, BadNumber
from firmware.store import contacts
from web.calls import store
from web.contacts import wording
from web.contacts.exchange import read_again
from web.system import access, trail
from web.system.permission import Permission, needs

pages = Blueprint("blocked", __name__, template_folder="templates")


@pages.get("/contacts/blocked")
@needs(Permission.SEE_PHONEBOOK)
def everyone() -> str:
    """Who is blocked; the number of a caller may come in the address."""
    given = request.args.get("number", "").strip()[:LONGEST]
    return _page(Block(kind=BlockKind.NUMBER, value=given))


@pages.post("/contacts/blocked")
@needs(Permission.CHANGE_PHONEBOOK)
def add() -> AnyResponse:
    """Block somebody."""
    wanted = _of_form()
    try:
        contacts.block(store.database(), wanted)
    except BadPattern:
        return make_response(_page(wanted, str(wording.BAD_PATTERN)), 422)
    except BadNumber as error:
        return make_response(_page(wanted, wording.reason(str(error))), 422)
    trail.write(trail.Change.PHONEBOOK, subject=_subject(wanted), after=_told(wanted))
    read_again()
    return redirect(url_for("blocked.everyone"))


@pages.post("/contacts/blocked/remove")
@needs(Permission.CHANGE_PHONEBOOK)
def remove() -> AnyResponse:
    """Let somebody in again."""
    named = (request.form.get("kind"), request.form.get("value"))
    there = contacts.blocks(store.database())
    was = next((block for block in there if (block.kind, block.value) == named), None)
    if was is None:
        abort(404)
    trail.write(trail.Change.PHONEBOOK, subject=_subject(was), before=_told(was))
    contacts.unblock(store.database(), was.kind, was.value)
    read_again()
    return redirect(url_for("blocked.everyone"))


def _page(wanted: Block, problem: str = "") -> str:
    return render_template(
        "contacts/blocked.html",
        blocks=contacts.blocks(store.database()),
        wanted=wanted,
        problem=problem,
        kinds=wording.BLOCK_KINDS,
        answers=wording.BLOCK_ANSWERS,
        may_change=access.may(Permission.CHANGE_PHONEBOOK),
    )


def _of_form() -> Block:
    form = request.form
    kind, answer = form.get("kind", ""), form.get("answer", "")
    if kind not in tuple(BlockKind) or answer not in tuple(BlockAnswer):
        abort(400, gettext("Choose one of the list."))
    return Block(
        kind=BlockKind(kind),
        value=form.get("value", "").strip(),
        answer=BlockAnswer(answer),
        note=form.get("note", "").strip()[:LONGEST_TEXT],
    )


def _subject(block: Block) -> str:
    return block.value or str(block.kind)


def _told(block: Block) -> Mapping[str, str]:
    """As the trail keeps it."""
    return {
        "blocked": str(block.kind),
        "value": block.value,
        "answer": str(block.answer),
        "note": block.note,
    }
