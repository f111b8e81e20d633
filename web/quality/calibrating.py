"""The pages of calibrations: asked for, answered blind, then compared."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Permission
from firmware.model.score_card import differences
from firmware.store import calibrations, evaluations, score_cards
from firmware.store.calibrations import Calibration
from web.calls import store
from web.quality import wording
from web.quality.evaluating import sees_all
from web.quality.pages import MOST_CALIBRATIONS, call_of, evaluators_of, now, pages
from web.system import access, trail
from web.system.permission import needs

FEWEST = 2

Answer = AnyResponse | tuple[str, int]


@pages.get("/quality/calibrations")
@needs(Permission.EVALUATE_CALLS)
def all_calibrations() -> str:
    """Those one takes part in or has asked for; the owner's page has all."""
    return _list("")


@pages.post("/quality/calls/<ident>/calibration")
@needs(Permission.EVALUATE_CALLS)
def make_calibration(ident: str) -> Answer:
    """Ask several people to evaluate a call."""
    call, db = call_of(ident), store.database()
    people = frozenset(request.form.getlist("person"))
    kept = score_cards.find(db, request.form.get("card", ""))
    if kept is None or kept.retired_at is not None:
        return _list("card"), 409
    if len(people) < FEWEST or not people <= frozenset(evaluators_of(call)):
        return _list("people"), 409
    trail.write(
        trail.Change.CALIBRATION,
        subject=call.id,
        after={"card": kept.card.title, "people": sorted(people)},
    )
    number = calibrations.make(db, call.id, kept, people, by=access.person().name, at=now())
    return redirect(url_for("quality.calibration", ident=number))


@pages.get("/quality/calibrations/<int(max=999999999999):ident>")
@needs(Permission.EVALUATE_CALLS)
def calibration(ident: int) -> str:
    """One: who has evaluated; and once all have, what they said."""
    db, found = store.database(), _found(ident)
    kept = score_cards.find(db, found.card, found.version)
    if kept is None:
        abort(404)
    said = evaluations.of_calibration(db, ident) if found.is_open else []
    return render_template(
        "quality/calibration.html",
        found=found,
        kept=kept,
        said=said,
        differences=differences(kept.card, [one.answers for one in said]),
        is_mine=access.person().name in found.people,
        may_end=_may_end(found),
    )


@pages.post("/quality/calibrations/<int(max=999999999999):ident>/end")
@needs(Permission.EVALUATE_CALLS)
def end_calibration(ident: int) -> AnyResponse:
    """Show what there is; whoever has not evaluated cannot any more."""
    found = _found(ident)
    if not _may_end(found):
        abort(403)
    trail.write(trail.Change.CALIBRATION, subject=found.call_id, after={"ended": True})
    calibrations.end(store.database(), ident, now())
    return redirect(url_for("quality.calibration", ident=ident))


def _list(problem: str) -> str:
    found = calibrations.of_person(
        store.database(), access.person().name, sees_all=sees_all(), limit=MOST_CALIBRATIONS
    )
    return render_template(
        "quality/calibrations.html",
        found=found,
        me=access.person().name,
        problem=wording.PROBLEMS[problem] if problem else "",
    )


def _found(ident: int) -> Calibration:
    """One that whoever asks has to do with; 404 for others."""
    found, name = calibrations.find(store.database(), ident), access.person().name
    if found is None or not (sees_all() or name == found.made_by or name in found.people):
        abort(404)
    return found


def _may_end(found: Calibration) -> bool:
    """Whoever asked for it may end it, and the owner; nobody before they have said their own."""
    name = access.person().name
    has_said = name not in found.people or name in found.done
    return not found.is_open and has_said and (sees_all() or name == found.made_by)
