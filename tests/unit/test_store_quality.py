"""Score-cards, evaluations, calibrations, samples and articles, as the store keeps them."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest

from firmware.config.home import Home
from firmware.model.quality_tally import Kind, gathered
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.model.record import CallRecord, FlowResult, RecordingRecord
from firmware.model.satisfaction import Scale
from firmware.model.score_card import Card, Part, Question, score
from firmware.store import (
    articles,
    calibrations,
    calls,
    evaluations,
    quality_marks,
    recordings,
    rows,
    samples,
    score_cards,
)
from firmware.store.articles import ArticleText
from firmware.store.db import open_store
from firmware.store.evaluations import Remark, Said
from firmware.store.samples import Rule
from firmware.store.search import Scope

NOW = time.time()
DAY = 86400.0
CARD = Card(
    title="پشتیبانی",
    parts=(Part(title="", questions=(Question(key="q1", text="Greeted", most=5),)),),
)


@pytest.fixture
def db(tmp_path):
    with closing(open_store(Home(tmp_path))) as db:
        yield db


def call(db, ident, *, agent="101", queue="support", talk_s=60.0, at=NOW - DAY, recorded=True):
    record = CallRecord(
        id=ident,
        started_at=at,
        answered_at=at + 5,
        ended_at=at + 5 + talk_s,
        agent=agent,
        queue=queue,
        disposition="answered",
    )
    calls.save(db, record)
    if recorded:
        sound = RecordingRecord(
            id=f"r-{ident}",
            call_id=ident,
            path=f"{ident}.wav",
            started_at=at,
            length_s=talk_s,
            rate_hz=8000,
            channels=2,
            bytes=1,
            sha256="",
        )
        recordings.save(db, sound)
    return record


def said(points=4, by="mina", **fields):
    answers = {"q1": points}
    return Said(by=by, at=NOW, answers=answers, score=score(CARD, answers), **fields)


# -- cards ------------------------------------------------------------------------------------


def test_a_card_nobody_used_is_written_anew_and_a_used_one_gets_a_version(db):
    first = score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    better = replace(CARD, title="Support")
    assert score_cards.keep(db, "support", better, by="mina", at=NOW).version == 1
    evaluations.write(db, call(db, "c1"), first, said())
    assert score_cards.keep(db, "support", CARD, by="ali", at=NOW).version == 2
    assert [one.card.title for one in score_cards.versions(db, "support")] == [
        "پشتیبانی",
        "Support",
    ]
    assert score_cards.find(db, "support", 1).card == better
    assert [one.version for one in score_cards.everyone(db)] == [2]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE score_cards SET card = '{}' WHERE version = 1",
        "UPDATE score_cards SET version = 9 WHERE version = 1",
        "DELETE FROM score_cards",
    ],
)
def test_no_program_changes_a_card_in_use(db, change):
    kept = score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    calibrations.make(db, "c1", kept, frozenset({"mina"}), by="mina", at=NOW)
    with pytest.raises(sqlite3.IntegrityError, match="in use"):
        db.execute(change)
    assert score_cards.find(db, "support") == kept


def test_a_retired_card_is_kept_and_may_come_back(db):
    score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    score_cards.retire(db, "support", NOW)
    assert score_cards.everyone(db)[0].retired_at == NOW
    score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    assert score_cards.everyone(db)[0].retired_at is None


# -- evaluations and calibrations -------------------------------------------------------------


def test_whoever_evaluates_again_means_the_later_and_others_stay(db):
    kept, record = score_cards.keep(db, "support", CARD, by="mina", at=NOW), call(db, "c1")
    remark = Remark(recording="r-c1", at_s=12.5, text="Good question")
    ident = evaluations.write(db, record, kept, said(1, remarks=(remark,)))
    assert evaluations.write(db, record, kept, said(5)) == ident
    other = evaluations.write(db, record, kept, said(2, by="ali", remarks=(remark,)))
    assert evaluations.find(db, ident).percent == 100.0
    assert evaluations.remarks_of(db, ident) == []
    assert evaluations.remarks_of(db, other) == [remark]


def test_only_what_counts_and_may_be_seen_is_listed(db):
    kept = score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    evaluations.write(db, call(db, "c1"), kept, said())
    evaluations.write(db, call(db, "c2", agent="102"), kept, said())
    evaluations.write(db, call(db, "c3", queue="sales", agent="103"), kept, said())
    evaluations.write(db, call(db, "c4"), kept, said(calibration=7))

    def seen(scope, **asked):
        return {one.call_id for one in evaluations.newest(db, scope, limit=9, **asked)}

    assert seen(None) == {"c1", "c2", "c3"}
    assert seen(Scope(queues=frozenset({"support"}), extension="")) == {"c1", "c2"}
    assert seen(Scope(queues=frozenset(), extension="102")) == {"c2"}
    assert seen(Scope(queues=frozenset(), extension="")) == set()
    assert seen(None, agent="103") == {"c3"}


def test_a_calibration_opens_when_the_last_has_answered_or_it_is_ended(db):
    kept, record = score_cards.keep(db, "support", CARD, by="mina", at=NOW), call(db, "c1")
    people = frozenset({"mina", "ali"})
    ident = calibrations.make(db, "c1", kept, people, by="mina", at=NOW)
    second = calibrations.make(db, "c1", kept, people, by="mina", at=NOW)
    evaluations.write(db, record, kept, said(by="mina", calibration=ident))
    assert not calibrations.find(db, ident).is_open
    evaluations.write(db, record, kept, said(by="ali", calibration=ident))
    assert calibrations.find(db, ident).is_open
    assert [one.by for one in evaluations.of_calibration(db, ident)] == ["ali", "mina"]
    calibrations.end(db, second, NOW)
    assert calibrations.find(db, second).is_open
    assert calibrations.of_person(db, "reza", sees_all=False, limit=9) == []
    assert len(calibrations.of_person(db, "ali", sees_all=False, limit=9)) == 2


# -- samples ----------------------------------------------------------------------------------


def rule(**changes):
    fields = {
        "queues": frozenset({"support"}),
        "since": NOW - 7 * DAY,
        "until": NOW,
        "least_s": 30.0,
        "each": 2,
        "seed": "autumn",
    }
    return Rule(**{**fields, **changes})


def test_only_calls_that_can_be_judged_are_drawn(db):
    call(db, "good")
    call(db, "short", talk_s=29.0)
    call(db, "unrecorded", recorded=False)
    call(db, "elsewhere", queue="sales")
    call(db, "nobody's", agent="")
    call(db, "old", at=NOW - 8 * DAY)
    kept = score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    evaluations.write(db, call(db, "judged"), kept, said())
    assert [one.call_id for one in samples.candidates(db, rule())] == ["good"]


def test_no_call_is_drawn_twice_and_the_work_ends(db):
    for n in range(5):
        call(db, f"c{n}")
    drawn = [samples.take(db, rule(), by="mina", at=NOW)[1] for _ in range(4)]
    assert drawn == [2, 2, 1, 0]
    assert len(samples.recent(db, None)) == 3
    work = samples.open_work(db, None, 9)
    assert {one.call_id for one in work} == {f"c{n}" for n in range(5)}

    kept = score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    evaluations.write(db, calls.find(db, work[0].call_id), kept, said())
    assert work[0] not in samples.open_work(db, None, 9)
    assert [(one.calls, one.done) for one in samples.recent(db, None)][-1] == (2, 1)
    assert samples.open_work(db, Scope(queues=frozenset({"sales"}), extension=""), 9) == []


def test_the_seed_and_what_there_was_are_written_down(db):
    call(db, "c1")
    samples.take(db, rule(), by="mina", at=NOW)
    (sample,) = samples.recent(db, None)
    assert (sample.seed, sample.drawn_by, sample.queues) == ("autumn", "mina", ("support",))
    assert db.execute("SELECT among, length(lot) FROM sampled_calls").fetchone() == (1, 64)


# -- marks ------------------------------------------------------------------------------------


def joined(db, visit, caller, at, agent=""):
    event = QueueEvent(
        at=at,
        name=QueueEventName.CALLER_JOINED,
        queue="support",
        visit=visit,
        call=f"call-{visit}",
        caller=caller,
    )
    rows.save(db, event)
    if agent:
        served = replace(event, at=at + 9, name=QueueEventName.CALLER_SERVED, agent=agent)
        rows.save(db, served)


def test_evaluations_surveys_and_first_calls_are_counted_by_agent_and_week(db):
    kept = score_cards.keep(db, "support", CARD, by="mina", at=NOW)
    evaluations.write(db, call(db, "c1", at=NOW - 10 * DAY), kept, said(4))
    for ident, name, value in (("1", "kind", "5"), ("2", "long", "5"), ("3", "kind", "?")):
        result = FlowResult(
            id=ident,
            call_id="c1",
            at=NOW - 10 * DAY,
            flow="after",
            node="score",
            kind="score",
            name=name,
            value=value,
            queue="support",
            agent="101",
        )
        rows.save(db, result)
    joined(db, "v1", "0911", NOW - 20 * DAY, "101")
    joined(db, "v2", "0911", NOW - 18 * DAY)
    joined(db, "v3", "0912", NOW - 20 * DAY, "102")
    asked = quality_marks.Asked(edges=(NOW - 30 * DAY, NOW - 15 * DAY, NOW), days=7)
    scales = {("after", "long"): Scale(least=1, most=10)}
    found = quality_marks.cells(db, asked, scales, NOW)
    counted = {
        (*cell, kind): (one.count, round(one.shares, 2), one.good)
        for cell, mine in found.items()
        for kind, one in mine.items()
        if one.count
    }
    assert counted == {
        ("101", 1, Kind.EVALUATION): (1, 0.8, 1),
        ("101", 1, Kind.SURVEY): (2, 1.44, 1),
        ("101", 0, Kind.FIRST_CALL): (1, 0.0, 0),
        ("102", 0, Kind.FIRST_CALL): (1, 1.0, 1),
    }
    assert gathered(found, lambda cell: cell[0])["101"][Kind.SURVEY].mean_percent == pytest.approx(
        72.22, abs=0.01
    )
    mine = replace(asked, scope=Scope(queues=frozenset(), extension="102"))
    assert list(quality_marks.cells(db, mine, scales, NOW)) == [("102", 0)]
    support = replace(asked, scope=Scope(queues=frozenset({"support"}), extension=""))
    assert quality_marks.cells(db, support, scales, NOW) == found
    nobody = replace(asked, edges=(NOW - 60 * DAY, NOW - 50 * DAY))
    assert quality_marks.cells(db, nobody, scales, NOW) == {}


# -- articles ---------------------------------------------------------------------------------


def write(db, ident, language, title, body="", queue=""):
    text = ArticleText(language=language, title=title, body=body)
    return articles.write(db, ident, text, queue=queue, by="mina", at=NOW)


def titles(db, words, language="en", queue=""):
    return [one.title for one in articles.search(db, words, language=language, queue=queue)]


def test_articles_are_found_in_any_language_and_shown_in_the_reader_s(db):
    refund = write(db, 0, "en", "Refunds", "Within ten days")
    write(db, refund, "fa", "بازپرداخت", "تا ده روز، در کارت مشتری")
    write(db, 0, "en", "Opening hours", "From nine")
    assert titles(db, "refu") == ["Refunds"]
    assert titles(db, "كارت مشتري") == ["بازپرداخت"]  # typed on an Arabic keyboard
    assert titles(db, "", "fa") == ["Opening hours", "بازپرداخت"]
    assert titles(db, "ten hours") == []
    assert titles(db, '"* OR title:') == []


def test_digits_are_found_in_whichever_script_they_were_written(db):
    write(db, 0, "fa", "فرم ۱۲۳۴", "بند \u0665\u0666")
    write(db, 0, "en", "Form 1299", "")
    for words in ("1234", "۱۲۳۴", "١٢٣٤", "فرم 123", "۵۶ 123", "12۳4 فرم"):
        assert titles(db, words, "fa") == ["فرم ۱۲۳۴"], words
    assert sorted(titles(db, "۱۲")) == ["Form 1299", "فرم ۱۲۳۴"]
    assert titles(db, "4321") == []


def test_the_queue_s_own_articles_come_first(db):
    write(db, 0, "en", "Invoice number", "invoice invoice invoice")
    write(db, 0, "en", "Where it is written", "on the invoice", queue="support")
    assert titles(db, "invoice")[0] == "Invoice number"
    assert titles(db, "invoice", queue="support")[0] == "Where it is written"


def test_what_was_changed_is_not_found_by_its_old_words(db):
    ident = write(db, 0, "en", "Refunds", "Within ten days")
    write(db, ident, "ar", "استرداد", "خلال عشرة أيام")
    write(db, ident, "en", "Refunds", "Within five days")
    assert titles(db, "ten") == []
    assert titles(db, "five") == ["Refunds"]
    write(db, ident, "en", "")
    assert titles(db, "refunds") == []
    write(db, ident, "ar", "")
    assert articles.find(db, ident) is None
    with pytest.raises(KeyError):
        write(db, ident, "en", "Again")
