"""Something of all that quality and the knowledge base have, on the stage."""

from __future__ import annotations

import time

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import FlowResult
from firmware.model.score_card import Card, Part, Question, score
from firmware.store import (
    articles,
    calibrations,
    calls,
    evaluations,
    rows,
    samples,
    score_cards,
)
from firmware.store.articles import ArticleText
from firmware.store.evaluations import Remark, Said
from firmware.store.samples import Rule
from firmware.store.score_cards import KeptCard
from tests.browser import stage

CARD = Card(
    title="مکالمه با مشتری",
    parts=(
        Part(
            title="آغاز",
            questions=(
                Question(key="q1", text="نام خود را گفت", weight=1),
                Question(key="q2", text="Let the caller finish", weight=3, most=5),
            ),
        ),
        Part(title="", questions=(Question(key="q3", text="نپرسید؟", is_fatal=True),)),
    ),
)
COMPARERS = frozenset({stage.USER, "mina"})


def add_quality(home: Home) -> None:
    """A card, two calls (evaluated, drawn) with recordings, a calibration that is over and one that
    is not, an answer to a survey, an article in two languages."""
    now = time.time()
    for ident, at in (("judged1", now - 900), ("judged2", now - 600)):
        stage.add_calls(
            home, stage.call_record(ident, at, queue="support", agent="102", caller="02155")
        )
        stage.add_recording(home, ident, seconds=3.0)
    with stage.store(home) as db:
        kept = score_cards.keep(db, "card", CARD, by=stage.USER, at=now)
        _evaluate(db, kept, now)
        calibrations.make(db, "judged2", kept, COMPARERS, by=stage.USER, at=now)
        rule = Rule(
            queues=frozenset({"support"}),
            since=now - 3600,
            until=now,
            least_s=5.0,
            each=2,
            seed="4f1c",
        )
        samples.take(db, rule, by=stage.USER, at=now)
        rows.save(db, _answer(now))
        _write_article(db, now)


def _evaluate(db: Database, kept: KeptCard, now: float) -> None:
    """By itself, and by two who compare."""
    record = calls.find(db, "judged1")
    assert record is not None
    compared = calibrations.make(db, "judged1", kept, COMPARERS, by=stage.USER, at=now)
    said = {(stage.USER, 0): 1, (stage.USER, compared): 5, ("mina", compared): 2}
    for (by, calibration), points in said.items():
        answers = {"q1": 1, "q2": points, "q3": None if points == 2 else 0}
        remark = Remark(recording="rec-judged1", at_s=1.0, text="اینجا خوب بود")
        evaluations.write(
            db,
            record,
            kept,
            Said(
                by=by,
                at=now,
                answers=answers,
                score=score(CARD, answers),
                remark="آرام و روشن",
                remarks=(remark,),
                calibration=calibration,
            ),
        )


def _answer(now: float) -> FlowResult:
    return FlowResult(
        id="judged",
        call_id="judged1",
        at=now,
        flow="after",
        node="score",
        kind="score",
        name="kind",
        value="4",
        queue="support",
        agent="102",
    )


def _write_article(db: Database, now: float) -> None:
    body = "# گام‌ها\n\n1. **فاکتور** را بپرسید"
    text = ArticleText(language="fa", title="بازپرداخت", body=body)
    article = articles.write(db, 0, text, queue="support", by=stage.USER, at=now)
    text = ArticleText(language="en", title="Refunds", body="Ask for the *invoice*")
    articles.write(db, article, text, queue="support", by=stage.USER, at=now)
