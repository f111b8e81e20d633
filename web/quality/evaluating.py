"""The page of an evaluation: the recording plays beside the score-card; and an evaluation as it
was made."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Permission, Reach
from firmware.model.record import CallRecord
from firmware.model.score_card import Card, WrongAnswers, score
from firmware.store import calibrations, calls, evaluations, recordings, score_cards
from firmware.store.calibrations import Calibration
from firmware.store.evaluations import Evaluation, Remark, Said
from firmware.store.score_cards import KeptCard
from web import writing
from web.calls import store
from web.calls.one import played_of
from web.calls.sounds import played_as
from web.quality import wording
from web.quality.pages import (
    LONGEST_REMARK,
    POINTS,
    Problem,
    call_of,
    evaluators_of,
    hidden_calls,
    now,
    pages,
)
from web.system import access, headers, trail
from web.system.permission import needs

MOST_REMARKS = 50
EMPTY_REMARKS = 3
NOT_APPLICABLE = "none"

_NUMBER = re.compile(r"^[0-9]{1,12}$", flags=re.ASCII)
_MOMENT = re.compile(r"^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})$", flags=re.ASCII)

Answer = AnyResponse | tuple[str, int]


@pages.get("/quality/calls/<ident>")
@needs(Permission.EVALUATE_CALLS)
def evaluate(ident: str) -> AnyResponse | str:
    """The recording of a call beside a card: ``card`` by name, or ``calibration``."""
    call = call_of(ident)
    calibration = _calibration(call, request.args.get("calibration", ""))
    if calibration and calibration.is_open:
        return redirect(url_for("quality.calibration", ident=calibration.id))
    kept, mine = _card_of(call, calibration, request.args.get("card", ""))
    given = {key: _shown(points) for key, points in mine.answers.items()} if mine else {}
    remarks = evaluations.remarks_of(store.database(), mine.id) if mine else []
    rows = [(one.recording, _written(one.at_s), one.text) for one in remarks]
    return _page(
        call,
        (kept, calibration),
        {"given": given, "remark": mine.remark if mine else "", "remarks": rows},
        "",
    )


@pages.post("/quality/calls/<ident>")
@needs(Permission.EVALUATE_CALLS)
def write_evaluation(ident: str) -> Answer:
    """Keep what the form says of a call."""
    call, db = call_of(ident), store.database()
    calibration = _calibration(call, request.form.get("calibration", ""))
    kept, mine = _card_of(call, calibration, request.form.get("card", ""))
    try:
        kept = _usable(kept, calibration)
        said = _said(call, kept.card, calibration, mine)
    except Problem as problem:
        typed = {
            "given": {key.removeprefix("answer-"): value for key, value in request.form.items()},
            "remark": request.form.get("remark", ""),
            "remarks": list(_remark_rows()),
        }
        return _page(call, (kept, calibration), typed, str(problem)), 409
    _tell(call, kept, said, mine)
    number = evaluations.write(db, call, kept, said)
    if calibration:
        return redirect(url_for("quality.calibration", ident=calibration.id))
    return redirect(url_for("quality.evaluation", ident=number))


@pages.get("/quality/evaluations/<int(max=999999999999):ident>")
@needs(Permission.SEE_QUALITY)
def evaluation(ident: int) -> str:
    """An evaluation as it was made; the agent sees it too. Those of a calibration are on its own
    page."""
    db = store.database()
    found = evaluations.find(db, ident)
    if found is None or found.calibration:
        abort(404)
    access.must(Permission.SEE_QUALITY, queue=found.queue, extension=found.agent)
    if found.call_id in hidden_calls() and found.by != access.person().name:
        abort(403)
    kept = score_cards.find(db, found.card, found.version)
    call = calls.find(db, found.call_id)
    if kept is None:
        abort(404)
    may_hear = call is not None and access.may(
        Permission.HEAR_RECORDINGS, queue=found.queue, extension=found.agent
    )
    return render_template(
        "quality/evaluation.html",
        found=found,
        kept=kept,
        call=call,
        parts=score(kept.card, found.answers).parts,
        remarks=evaluations.remarks_of(db, ident),
        played=played_of(db, call) if call is not None and may_hear else (),
        played_as=played_as,
        nonce=headers.style_nonce(),
        is_mine=found.by == access.person().name,
    )


def _page(
    call: CallRecord,
    by: tuple[KeptCard | None, Calibration | None],
    typed: Mapping[str, Any],
    problem: str,
) -> str:
    db, (kept, calibration) = store.database(), by
    may_hear = access.may(Permission.HEAR_RECORDINGS, queue=call.queue, extension=call.agent)
    cards = [one for one in score_cards.everyone(db) if one.retired_at is None]
    sounds = recordings.of_call(db, call.id)
    first = sounds[0].id if sounds else ""
    return render_template(
        "quality/evaluate.html",
        call=call,
        kept=kept,
        calibration=calibration,
        cards=[(one.name, one.card.title) for one in cards],
        given=typed["given"],
        remark=typed["remark"],
        remarks=[*typed["remarks"], *[(first, "", "")] * EMPTY_REMARKS * bool(sounds)][
            :MOST_REMARKS
        ],
        sounds=sounds,
        problem=wording.PROBLEMS[problem] if problem else "",
        played=played_of(db, call) if may_hear else (),
        played_as=played_as,
        nonce=headers.style_nonce(),
        evaluators=evaluators_of(call) if calibration is None else (),
        not_applicable=NOT_APPLICABLE,
        longest_remark=LONGEST_REMARK,
    )


def _calibration(call: CallRecord, text: str) -> Calibration | None:
    """The calibration of an address, whoever asks being among its people."""
    if not text:
        return None
    found = calibrations.find(store.database(), int(text)) if _NUMBER.match(text) else None
    if found is None or found.call_id != call.id or access.person().name not in found.people:
        abort(404)
    return found


def _card_of(
    call: CallRecord, calibration: Calibration | None, name: str
) -> tuple[KeptCard | None, Evaluation | None]:
    """The card to evaluate by, and what this person said by it already; whoever changes their
    mind does so by the version they had."""
    db, person = store.database(), access.person().name
    if calibration:
        kept = score_cards.find(db, calibration.card, calibration.version)
        return kept, evaluations.mine(db, call.id, calibration.card, person, calibration.id)
    in_force = [one for one in score_cards.everyone(db) if one.retired_at is None]
    chosen = [one for one in in_force if name in ("", one.name)]
    if not chosen:
        return None, None
    mine = evaluations.mine(db, call.id, chosen[0].name, person, 0)
    if mine:
        return score_cards.find(db, mine.card, mine.version), mine
    return chosen[0], None


def _tell(call: CallRecord, kept: KeptCard, said: Said, mine: Evaluation | None) -> None:
    """Write down who evaluates what; the answers too, but not of a calibration: whoever reads the
    trail may owe it their own."""
    before: dict[str, Any] | None = None
    after: dict[str, Any] = {"card": kept.card.title, "version": kept.version}
    if said.calibration:
        after["calibration"] = said.calibration
    else:
        after |= {"percent": said.score.percent, "answers": dict(said.answers)}
        before = {"percent": mine.percent, "answers": dict(mine.answers)} if mine else None
    trail.write(trail.Change.CALL_EVALUATED, subject=call.id, before=before, after=after)


def _usable(kept: KeptCard | None, calibration: Calibration | None) -> KeptCard:
    """The card, unless nothing may be said by it any more."""
    if calibration and calibration.is_open:
        raise Problem("ended")
    if kept is None:
        raise Problem("card")
    return kept


def _said(
    call: CallRecord, card: Card, calibration: Calibration | None, before: Evaluation | None
) -> Said:
    answers = {one.key: _points(request.form.get(f"answer-{one.key}")) for one in card.questions}
    try:
        counted = score(card, answers)
    except WrongAnswers:
        raise Problem("answers") from None
    remark = request.form.get("remark", "").strip()
    if len(remark) > LONGEST_REMARK:
        raise Problem("remark")
    return Said(
        by=access.person().name,
        at=now(),
        answers=answers,
        score=counted,
        remark=remark,
        remarks=tuple(_remarks(call, before)),
        calibration=calibration.id if calibration else 0,
    )


def _points(text: str | None) -> int | None:
    """Points of a form; -1, which no question takes, for what is none."""
    return None if text == NOT_APPLICABLE else POINTS.get(text or "", -1)


def _remark_rows() -> Iterator[tuple[str, str, str]]:
    for number in range(MOST_REMARKS):
        row = (
            request.form.get(f"{name}-{number}", "").strip()
            for name in ("recording", "moment", "words")
        )
        recording, moment, words = row
        if words:
            yield recording, moment, words


def _remarks(call: CallRecord, before: Evaluation | None) -> Iterator[Remark]:
    """What the form says of moments: of the call's recordings, and of one that was said of before
    and is deleted since."""
    db = store.database()
    known = evaluations.remarks_of(db, before.id) if before else []
    lengths = {one.recording: math.inf for one in known}
    lengths |= {one.id: one.length_s for one in recordings.of_call(db, call.id)}
    for recording, moment, words in _remark_rows():
        match = _MOMENT.match(writing.latin(moment))
        if match is None or recording not in lengths or len(words) > LONGEST_REMARK:
            raise Problem("remark")
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        at_s = float(3600 * hours + 60 * minutes + seconds)
        if at_s > lengths[recording]:
            raise Problem("remark")
        yield Remark(recording=recording, at_s=at_s, text=words)


def _shown(points: int | None) -> str:
    return NOT_APPLICABLE if points is None else str(points)


def _written(at_s: float) -> str:
    return writing.duration(at_s, writing.ENGLISH)


def sees_all() -> bool:
    """Whether whoever asks evaluates everybody's calls."""
    return access.reach(Permission.EVALUATE_CALLS) is Reach.ALL
