"""The quality pages: cards and their versions, evaluating, calibrating blind, samples, figures."""

from __future__ import annotations

import json
import re
import time
from html import unescape

import pytest

from firmware.config import document, history
from firmware.config.schema import Queue
from firmware.model.permissions import Role
from firmware.model.record import FlowResult
from firmware.store import audit, evaluations, rows, samples, score_cards
from tests.browser import stage
from tests.unit.web_fixtures import console, csrf_token, signed_in

NOW = time.time()
QUEUES = (
    Queue(name="support", title="پشتیبانی", members=("101",)),
    Queue(name="sales", title="Sales", members=("102",)),
)
CARD = {
    "title": "Support",
    "part-0": "Beginning",
    "text-0": "Said their name",
    "weight-0": "1",
    "most-0": "1",
    "part-1": "Beginning",
    "text-1": "Let the caller finish",
    "weight-1": "۳",  # as a Persian keyboard types it
    "most-1": "5",
    "part-2": "Rest",
    "text-2": "Asked who it is",
    "weight-2": "1",
    "most-2": "1",
    "fatal-2": "1",
}
ANSWERS = {"answer-q1": "1", "answer-q2": "4", "answer-q3": "1"}


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        site = history.load_current(home)[1].model_copy(update={"queue": QUEUES})
        history.apply(home, document.dump(site, secrets=True), "test", "")
        for ident, queue, agent in (("c1", "support", "101"), ("c2", "sales", "102")):
            record = stage.call_record(ident, NOW - 600, queue=queue, agent=agent)
            stage.add_calls(home, record)
            stage.add_recording(home, ident, seconds=3.0)
        yield app


@pytest.fixture
def mina(app):
    return signed_in(app, "mina", Role.SUPERVISOR, queues=frozenset({"support"}))


@pytest.fixture
def omid(app):
    return signed_in(app, "omid", Role.SUPERVISOR, queues=frozenset({"support"}))


@pytest.fixture
def sara(app):
    return signed_in(app, "sara", Role.AGENT, extension="101")


def post(client, path, page="/account", **form):
    return client.post(path, data={"csrf_token": csrf_token(client, page), **form})


def store(app):
    return stage.store(app.extensions["markaz-home"])


@pytest.fixture
def card(app, mina):
    assert post(mina, "/quality/cards/new", **CARD).status_code == 302
    with store(app) as db:
        (kept,) = score_cards.everyone(db)
    return kept


def evaluate(client, call="c1", **changes):
    return post(client, f"/quality/calls/{call}", **{**ANSWERS, **changes})


# -- cards ------------------------------------------------------------------------------------


def test_a_card_is_written_in_sections(mina, card):
    assert [(part.title, len(part.questions)) for part in card.card.parts] == [
        ("Beginning", 2),
        ("Rest", 1),
    ]
    assert [one.weight for one in card.card.questions] == [1, 3, 1]
    assert [one.is_fatal for one in card.card.questions] == [False, False, True]
    assert "Let the caller finish" in mina.get(f"/quality/cards/{card.name}").text


def test_a_card_in_use_gets_a_new_version_and_the_old_one_stays_to_be_read(app, mina, card):
    assert evaluate(mina).status_code == 302
    assert "stays as it is" in mina.get(f"/quality/cards/{card.name}").text
    post(mina, f"/quality/cards/{card.name}", **{**CARD, "text-0": "Greeted"})
    with store(app) as db:
        assert [one.version for one in score_cards.versions(db, card.name)] == [2, 1]
    assert "Said their name" in mina.get(f"/quality/cards/{card.name}/1").text
    assert "Greeted" in mina.get(f"/quality/cards/{card.name}/2").text
    assert mina.get(f"/quality/cards/{card.name}/3").status_code == 404


def test_saving_a_card_as_it_is_makes_no_version(app, mina, card):
    evaluate(mina)
    post(mina, f"/quality/cards/{card.name}", **CARD)
    with store(app) as db:
        assert len(score_cards.versions(db, card.name)) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": ""}, "title of at most"),
        ({"text-0": "", "text-1": "", "text-2": ""}, "one question at least"),
        ({"weight-0": "0"}, "1 to 100"),
        ({"weight-0": "²"}, "1 to 100"),
        ({"most-0": "11"}, "1 to 10"),
        ({"text-0": "x" * 301}, "300 letters"),
    ],
)
def test_a_card_that_cannot_be_is_shown_again_as_it_was_typed(app, mina, changes, expected):
    answer = post(mina, "/quality/cards/new", **{**CARD, **changes})
    assert answer.status_code == 409
    assert expected in answer.text
    with store(app) as db:
        assert score_cards.everyone(db) == []


def test_a_retired_card_is_not_offered(mina, card):
    post(mina, f"/quality/cards/{card.name}/retire")
    assert "no card in force" in mina.get("/quality/calls/c1").text
    assert evaluate(mina).status_code == 409
    post(mina, f"/quality/cards/{card.name}/retire")
    assert evaluate(mina).status_code == 302


# -- evaluating -------------------------------------------------------------------------------


def test_the_recording_plays_beside_the_card(mina, card):
    page = mina.get("/quality/calls/c1").text
    for expected in (
        "/recordings/rec-c1.wav",
        "/recordings/rec-c1/peaks",
        card.card.title,
        'name="moment-0"',
    ):
        assert expected in page
    assert 'href="/quality/calls/c1"' in mina.get("/calls/c1").text


def test_an_evaluation_with_remarks_about_moments(app, mina, sara, card):
    remark = {"recording-0": "rec-c1", "moment-0": "۰:۰۲", "words-0": "سؤال خوب"}
    answer = evaluate(mina, remark="Well done", **remark)
    page = mina.get(answer.location).text
    assert "88%" in page  # 1 + 3 * 4/5 + 1 of 5
    assert "سؤال خوب" in page
    assert 'data-at="2.0"' in page
    assert "سؤال خوب" in sara.get(answer.location).text  # the agent's own result
    with store(app) as db:
        (entry,) = (one for _place, one in audit.trail(db, audit.Asked(deed="call_evaluated"), 9))
    assert (entry.who, entry.subject, entry.after["percent"]) == ("mina", "c1", 88.0)


def test_remarks_outlive_their_recording(app, mina, card):
    there = evaluate(
        mina, **{"recording-0": "rec-c1", "moment-0": "0:02", "words-0": "Good"}
    ).location
    with store(app) as db:
        db.execute("DELETE FROM recordings")
    page = mina.get("/quality/calls/c1").text
    assert "no recording of this call" in page
    form = dict(re.findall(r'name="((?:recording|moment|words)-0)" value="([^"]*)"', page))
    assert form == {"recording-0": "rec-c1", "moment-0": "0:02", "words-0": "Good"}
    evaluate(mina, **form)
    assert "Good" in mina.get(there).text


def test_a_fatal_fault_makes_the_score_nothing(mina, card):
    page = mina.get(evaluate(mina, **{"answer-q3": "0"}).location).text
    assert ">0%<" in page
    assert "fatal" in page


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"answer-q2": ""}, "Answer every question"),
        ({"answer-q2": "6"}, "Answer every question"),
        (dict.fromkeys(ANSWERS, "none"), "Answer every question"),
        ({"moment-0": "0:02", "words-0": "x", "recording-0": "rec-c2"}, "moment of the recording"),
        ({"moment-0": "0:04", "words-0": "x", "recording-0": "rec-c1"}, "moment of the recording"),
        ({"moment-0": "soon", "words-0": "x", "recording-0": "rec-c1"}, "moment of the recording"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(app, mina, card, changes, expected):
    answer = evaluate(mina, remark="Kept words", **changes)
    assert answer.status_code == 409
    assert expected in answer.text
    assert "Kept words" in answer.text
    with store(app) as db:
        assert evaluations.newest(db, None, limit=9) == []


def test_whoever_changes_their_mind_does_so_by_the_version_they_had(app, mina, card):
    evaluate(mina)
    post(
        mina,
        f"/quality/cards/{card.name}",
        **{**CARD, "text-3": "One more", "weight-3": "1", "most-3": "1"},
    )
    assert "One more" not in mina.get("/quality/calls/c1").text
    evaluate(mina, **{"answer-q2": "0"})
    with store(app) as db:
        (found,) = evaluations.newest(db, None, limit=9)
    assert (found.version, found.percent) == (1, 40.0)


def test_one_evaluates_only_one_s_queues_and_never_oneself(app, mina, sara, card):
    assert mina.get("/quality/calls/c2").status_code == 403
    assert evaluate(mina, "c2").status_code == 403
    assert mina.get("/quality/calls/nothing").status_code == 404
    assert sara.get("/quality/calls/c1").status_code == 403
    chief = signed_in(app, "chief", Role.SUPERVISOR, extension="101", queues=frozenset({"support"}))
    assert chief.get("/quality/calls/c1").status_code == 403


def test_agents_see_their_own_results_and_no_other(app, mina, sara, card):
    there = evaluate(mina).location
    ali = signed_in(app, "ali", Role.AGENT, extension="102")
    nobody = signed_in(app, "nobody", Role.AGENT)
    assert there in sara.get("/quality").text
    assert "To be evaluated" not in sara.get("/quality").text
    for other in (ali, nobody):
        assert other.get(there).status_code == 403
        assert there not in other.get("/quality").text


# -- calibrations -----------------------------------------------------------------------------


def ask(client, card, *people):
    return post(client, "/quality/calls/c1/calibration", card=card.name, person=list(people))


def test_a_calibration_is_blind_until_the_last_has_answered(app, mina, omid, sara, card):
    there = ask(mina, card, "mina", "omid").location
    number = there.rpartition("/")[2]
    evaluate(mina, calibration=number, remark="I liked it", **{"answer-q2": "5"})
    with store(app) as db:
        (entry,) = (one for _place, one in audit.trail(db, audit.Asked(deed="call_evaluated"), 9))
    assert "answers" not in entry.after
    page = omid.get(there).text
    assert "I liked it" not in page
    assert "The answers are shown when all" in page
    assert "I liked it" not in omid.get(f"/quality/calls/c1?calibration={number}").text
    evaluate(omid, calibration=number, **{"answer-q2": "1"})
    page = omid.get(there).text
    assert "I liked it" in page
    assert "80%" in page  # 5 and 1 of 5 points
    assert 'class="apart"' in page
    assert evaluate(omid, calibration=number).status_code == 409  # over: nobody changes it
    assert "Newest evaluations" in sara.get("/quality").text
    assert "/quality/evaluations/" not in sara.get("/quality").text


def test_other_opinions_of_the_call_are_hidden_from_who_is_still_to_judge(mina, omid, card):
    there = evaluate(mina).location
    assert omid.get(there).status_code == 200
    ask(mina, card, "mina", "omid")
    assert omid.get(there).status_code == 403
    assert there not in omid.get("/quality").text


def test_ones_own_opinion_is_shown_to_oneself_before_a_calibration_is_over(mina, omid, card):
    ask(mina, card, "mina", "omid")
    there = evaluate(omid).location
    assert omid.get(there).status_code == 200
    assert mina.get(there).status_code == 403  # who is still to judge


def test_who_is_not_in_it_sees_and_says_nothing(app, mina, omid, card):
    reza = signed_in(app, "reza", Role.SUPERVISOR, queues=frozenset({"support"}))
    there = ask(mina, card, "mina", "omid").location
    assert reza.get(there).status_code == 404
    assert evaluate(reza, calibration=there.rpartition("/")[2]).status_code == 404
    assert evaluate(mina, calibration="9" * 30).status_code == 404
    assert post(omid, f"{there}/end").status_code == 403


def test_whoever_asked_may_end_it_after_their_own_answer(mina, omid, card):
    there = ask(mina, card, "mina", "omid").location
    assert post(mina, f"{there}/end").status_code == 403
    evaluate(mina, calibration=there.rpartition("/")[2])
    assert post(mina, f"{there}/end").status_code == 302
    assert evaluate(omid, calibration=there.rpartition("/")[2]).status_code == 409


def test_only_people_who_may_judge_are_asked(app, mina, omid, card):
    signed_in(app, "far", Role.SUPERVISOR, queues=frozenset({"sales"}))
    assert ask(mina, card, "mina").status_code == 409
    assert ask(mina, card, "mina", "far").status_code == 409
    assert ask(mina, card, "mina", "omid").status_code == 302


# -- samples ----------------------------------------------------------------------------------

DRAW = {"each": "۲", "period": "7", "least": "10", "queue": "", "seed": "autumn"}


def test_a_supervisor_draws_of_their_own_queues_once(app, mina, card):
    assert post(mina, "/quality/samples", **DRAW).status_code == 302
    page = mina.get("/quality").text
    assert "/quality/calls/c1" in page
    assert "autumn" in page
    with store(app) as db:
        assert [one.call_id for one in samples.open_work(db, None, 9)] == ["c1"]
    again = post(mina, "/quality/samples", **DRAW)
    assert again.status_code == 409
    assert "There is no such call" in again.text
    evaluate(mina)
    assert 'href="/quality/calls/c1"' not in mina.get("/quality").text


@pytest.mark.parametrize(
    "changes",
    [{"each": "0"}, {"each": "x"}, {"period": "8"}, {"least": "99999"}, {"queue": "sales"}],
)
def test_what_may_not_be_drawn(app, mina, changes):
    assert post(mina, "/quality/samples", **{**DRAW, **changes}).status_code == 409
    with store(app) as db:
        assert samples.recent(db, None) == []


# -- figures ----------------------------------------------------------------------------------


def test_figures_of_each_agent_and_their_course(app, mina, sara, card):
    evaluate(mina)
    with store(app) as db:
        for ident, value in (("1", "5"), ("2", "2")):
            result = FlowResult(
                id=ident,
                call_id="c1",
                at=NOW - 500,
                flow="after",
                node="score",
                kind="score",
                name="kind",
                value=value,
                queue="support",
                agent="101",
            )
            rows.save(db, result)
    page = mina.get("/quality/figures").text
    course = json.loads(unescape(re.search(r'data-course="([^"]+)"', page)[1]))
    assert [line["values"] for line in course["lines"]] == [
        [None, None, None, 88.0],
        [None, None, None, 50.0],
        [None, None, None, None],
    ]
    assert "سارا احمدی" in page
    for client in (mina, sara):
        text = client.get("/quality/surveys").text
        assert "5/5" in text
        assert "2/5" in text
    ali = signed_in(app, "ali", Role.AGENT, extension="102")
    assert "5/5" not in ali.get("/quality/surveys").text
    assert "88%" not in ali.get("/quality/figures").text
    assert "88%" in sara.get("/quality/figures?weeks=52&days=x&agent=101").text
