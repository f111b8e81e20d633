"""The pages of the knowledge base: looked for, read, written in each language."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Permission
from firmware.store import articles
from firmware.store.articles import LONGEST_BODY, LONGEST_TITLE, Article, ArticleText
from web.calls import store
from web.knowledge import markdown, shown, wording
from web.system import access, language, trail
from web.system.permission import needs
from web.writing import TONGUES

pages = Blueprint("knowledge", __name__, template_folder="templates")

Answer = AnyResponse | tuple[str, int]


@pages.get("/knowledge")
@needs(Permission.READ_ARTICLES)
def everything() -> str:
    """All articles, or those with some words."""
    words = request.args.get("q", "").strip()
    return render_template(
        "knowledge/articles.html",
        words=words,
        found=shown.found(words, queue=request.args.get("queue", "")),
        titles=language.office().titles,
        longest=shown.LONGEST_WORDS,
    )


@pages.get("/knowledge/found")
@needs(Permission.READ_ARTICLES)
def at_desk() -> str:
    """The same as a part of the desk."""
    words, queue = request.args.get("q", "").strip(), request.args.get("queue", "")
    found = shown.found(words, queue=queue, limit=shown.MOST_AT_DESK) if words else []
    return render_template(
        "knowledge/found.html",
        articles=found or shown.of_queue(queue),
        nothing=bool(words) and not found,
    )


@pages.get("/knowledge/<int(max=999999999999):ident>")
@needs(Permission.READ_ARTICLES)
def article(ident: int) -> str:
    """One article, in the reader's language or the one of the address."""
    found = _found(ident)
    text = found.text_in(request.args.get("language", language.tongue().code))
    return render_template(
        "knowledge/article.html",
        article=found,
        text=text,
        text_tongue=TONGUES[text.language],
        html=markdown.html(text.body),
        titles=language.office().titles,
    )


@pages.get("/knowledge/new")
@needs(Permission.WRITE_ARTICLES)
def new_article() -> str:
    """An empty article to write."""
    return _form(None, _empty(), "", "")


@pages.get("/knowledge/<int(max=999999999999):ident>/edit")
@needs(Permission.WRITE_ARTICLES)
def edit(ident: int) -> str:
    """An article to write in one language."""
    found, code = _found(ident), _language(request.args.get("language", ""))
    text = next((one for one in found.texts if one.language == code), None)
    return _form(found, text or ArticleText(language=code, title="", body=""), found.queue, "")


@pages.post("/knowledge/<int(max=999999999999):ident>")
@needs(Permission.WRITE_ARTICLES)
def write(ident: int) -> Answer:
    """Keep an article in one language; 0 is a new one. Without a title the language is taken
    away."""
    before = _found(ident) if ident else None
    text = ArticleText(
        language=_language(request.form.get("language", "")),
        title=request.form.get("title", "").strip(),
        body=request.form.get("body", "").replace("\r\n", "\n").strip(),
    )
    queue = request.form.get("queue", "")
    if problem := _problem(text, queue, is_new=before is None):
        return _form(before, text, queue, problem), 409
    trail.write(
        trail.Change.ARTICLE_CHANGED,
        subject=text.title or (before.texts[0].title if before else ""),
        before=_told(before, text.language) if before else None,
        after={"language": text.language, "queue": queue, "title": text.title, "body": text.body},
    )
    db, by = store.database(), access.person().name
    number = articles.write(db, ident, text, queue=queue, by=by, at=time.time())
    if articles.find(db, number) is None:
        return redirect(url_for("knowledge.everything"))
    return redirect(url_for("knowledge.article", ident=number, language=text.language))


def _problem(text: ArticleText, queue: str, *, is_new: bool) -> str:
    """What is wrong with the form, by a key of ``wording.PROBLEMS``."""
    if len(text.title) > LONGEST_TITLE or (is_new and not text.title):
        return "title"
    if len(text.body) > LONGEST_BODY or (text.title and not text.body):
        return "body"
    if queue and f"queue:{queue}" not in language.office().titles:
        return "queue"
    return ""


def _form(found: Article | None, text: ArticleText, queue: str, problem: str) -> str:
    titles = language.office().titles
    queues = [
        (place.removeprefix("queue:"), title)
        for place, title in sorted(titles.items())
        if place.startswith("queue:")
    ]
    return render_template(
        "knowledge/edit.html",
        article=found,
        text=text,
        text_tongue=TONGUES[text.language],
        queue=queue,
        queues=queues,
        everybody=wording.EVERYBODY,
        problem=wording.PROBLEMS[problem] if problem else "",
        longest_title=LONGEST_TITLE,
        longest_body=LONGEST_BODY,
    )


def _told(found: Article, code: str) -> dict[str, Any]:
    text = next((one for one in found.texts if one.language == code), None)
    return {
        "language": code,
        "queue": found.queue,
        "title": text.title if text else "",
        "body": text.body if text else "",
    }


def _empty() -> ArticleText:
    return ArticleText(language=_language(request.args.get("language", "")), title="", body="")


def _language(code: str) -> str:
    """A language of the console; the reader's for what is none."""
    return code if code in TONGUES else language.tongue().code


def _found(ident: int) -> Article:
    found = articles.find(store.database(), ident)
    if found is None:
        abort(404)
    return found
