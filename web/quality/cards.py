"""The pages of score-cards: all, and one as a form. A card in use gets a new version."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import groupby

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Permission
from firmware.model.score_card import (
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_QUESTIONS,
    Card,
    Part,
    Question,
    WrongCard,
)
from firmware.store import score_cards
from firmware.store.score_cards import KeptCard
from web import writing
from web.calls import store
from web.quality import wording
from web.quality.pages import now, pages
from web.system import access, trail
from web.system.permission import needs

EMPTY_ROWS = 5
NEW = "new"

Answer = AnyResponse | tuple[str, int]


@pages.get("/quality/cards")
@needs(Permission.EVALUATE_CALLS)
def cards() -> str:
    """Every card in its newest version."""
    return render_template("quality/cards.html", cards=score_cards.everyone(store.database()))


@pages.get("/quality/cards/<name>")
@needs(Permission.EVALUATE_CALLS)
def card(name: str) -> str:
    """One card, to change; "new" for another."""
    kept = _found(name)
    rows = _rows_of(kept.card) if kept else []
    return _page(kept, kept.card.title if kept else "", rows, "")


@pages.get("/quality/cards/<name>/<int(max=999999999999):version>")
@needs(Permission.EVALUATE_CALLS)
def card_version(name: str, version: int) -> str:
    """One version of a card, as it was."""
    kept = score_cards.find(store.database(), name, version)
    if kept is None:
        abort(404)
    return render_template("quality/version.html", kept=kept)


@pages.post("/quality/cards/<name>")
@needs(Permission.EVALUATE_CALLS)
def write_card(name: str) -> Answer:
    """Keep a card as the form says it."""
    db, before = store.database(), _found(name)
    title, rows = request.form.get("title", "").strip(), list(_rows())
    try:
        wanted = Card(title=title, parts=tuple(_parts(rows)))
    except WrongCard as problem:
        return _page(before, title, rows, str(problem)), 409
    if before is None or before.card != wanted:
        trail.write(
            trail.Change.CARD_CHANGED,
            subject=title,
            before=asdict(before.card) if before else None,
            after=asdict(wanted),
        )
        ident = before.name if before else secrets.token_hex(4)
        score_cards.keep(db, ident, wanted, by=access.person().name, at=now())
    return redirect(url_for("quality.cards"))


@pages.post("/quality/cards/<name>/retire")
@needs(Permission.EVALUATE_CALLS)
def retire_card(name: str) -> AnyResponse:
    """Take a card out of use, or up again."""
    kept = _found(name)
    if kept is None:
        abort(404)
    at = now() if kept.retired_at is None else None
    trail.write(trail.Change.CARD_CHANGED, subject=kept.card.title, after={"retired": bool(at)})
    score_cards.retire(store.database(), name, at)
    return redirect(url_for("quality.cards"))


def _found(name: str) -> KeptCard | None:
    """A card's newest version; None for a new one."""
    if name == NEW:
        return None
    kept = score_cards.find(store.database(), name)
    if kept is None:
        abort(404)
    return kept


def _page(kept: KeptCard | None, title: str, rows: list[Mapping[str, str]], problem: str) -> str:
    db = store.database()
    empty = min(EMPTY_ROWS, MOST_QUESTIONS - len(rows))
    return render_template(
        "quality/card.html",
        kept=kept,
        name=kept.name if kept else NEW,
        is_used=kept is not None and score_cards.is_used(db, kept.name, kept.version),
        versions=score_cards.versions(db, kept.name) if kept else [],
        title=title,
        rows=[*rows, *({"part": "", "text": "", "weight": "1", "most": "1"} for _ in range(empty))],
        problem=wording.PROBLEMS[problem] if problem else "",
        longest_title=LONGEST_TITLE,
        longest_question=LONGEST_QUESTION,
    )


def _rows_of(card: Card) -> list[Mapping[str, str]]:
    return [
        {
            "part": part.title,
            "text": one.text,
            "weight": str(one.weight),
            "most": str(one.most),
            **({"fatal": "1"} if one.is_fatal else {}),
        }
        for part in card.parts
        for one in part.questions
    ]


def _rows() -> Iterator[Mapping[str, str]]:
    """The form's rows with a question in them."""
    for number in range(MOST_QUESTIONS):
        row = {
            field: request.form.get(f"{field}-{number}", "").strip()
            for field in ("part", "text", "weight", "most", "fatal")
        }
        if row["text"]:
            yield {field: text for field, text in row.items() if text or field != "fatal"}


def _parts(rows: list[Mapping[str, str]]) -> Iterator[Part]:
    """Questions that follow one another under the same heading are a section."""
    numbered = list(enumerate(rows, start=1))
    for title, mine in groupby(numbered, key=lambda pair: pair[1]["part"]):
        if len(title) > LONGEST_TITLE:
            raise WrongCard("title")
        questions = tuple(
            Question(
                key=f"q{number}",
                text=row["text"],
                weight=_number(row["weight"]),
                most=_number(row["most"]),
                is_fatal="fatal" in row,
            )
            for number, row in mine
        )
        yield Part(title=title, questions=questions)


def _number(text: str) -> int:
    """A number in any digits; 0, which no field takes, for what is none."""
    latin = writing.latin(text)
    return int(latin) if latin.isascii() and latin.isdigit() and len(latin) < 4 else 0
