"""The first page of quality: what is to be evaluated, samples, the newest evaluations."""

from __future__ import annotations

import secrets

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Permission
from firmware.store import evaluations, samples, score_cards
from firmware.store.samples import Rule
from web import writing
from web.calls import store
from web.calls.filters import scope
from web.quality import wording
from web.quality.pages import Problem, hidden_calls, now, pages, queues_in_reach
from web.system import access, language, trail
from web.system.permission import needs

MOST_WORK = 100
MOST_SHOWN = 50
MOST_EACH = 20
LONGEST_S = 3600
LONGEST_SEED = 64
_DAY_S = 86400.0
_SEED_BYTES = 8

Answer = AnyResponse | tuple[str, int]


@pages.get("/quality")
@needs(Permission.SEE_QUALITY)
def overview() -> str:
    """One's own results; for those who evaluate also their work."""
    return _page("")


@pages.post("/quality/samples")
@needs(Permission.EVALUATE_CALLS)
def draw_sample() -> Answer:
    """Draw calls that are to be evaluated, as many of each agent. Who draws what is written down
    with its seed."""
    try:
        rule = _rule()
        by = access.person().name
        after = {"seed": rule.seed, "each": rule.each, "queues": sorted(rule.queues)}
        trail.write(trail.Change.SAMPLE_DRAWN, subject="calls", after=after)
        _ident, count = samples.take(store.database(), rule, by=by, at=now())
    except Problem as problem:
        return _page(str(problem)), 409
    return redirect(url_for("quality.overview")) if count else (_page("nothing"), 409)


def _page(problem: str) -> str:
    db = store.database()
    evaluates = access.may(Permission.EVALUATE_CALLS)
    reach = scope(Permission.EVALUATE_CALLS) if evaluates else None
    hidden, me = hidden_calls(), access.person().extension
    found = evaluations.newest(db, scope(Permission.SEE_QUALITY), limit=MOST_SHOWN)
    return render_template(
        "quality/overview.html",
        problem=wording.PROBLEMS[problem] if problem else "",
        evaluates=evaluates,
        work=[one for one in samples.open_work(db, reach, MOST_WORK) if one.agent != me]
        if evaluates
        else [],
        samples=samples.recent(db, reach) if evaluates else [],
        cards={(one.name, one.version): one.card.title for one in _cards(found)},
        found=[one for one in found if one.call_id not in hidden],
        titles=language.office().titles,
        queues=queues_in_reach() if evaluates else [],
        periods=wording.SAMPLED,
        longest_seed=LONGEST_SEED,
    )


def _cards(found: list[evaluations.Evaluation]) -> list[score_cards.KeptCard]:
    db = store.database()
    wanted = {(one.card, one.version) for one in found}
    cards = (score_cards.find(db, name, version) for name, version in sorted(wanted))
    return [one for one in cards if one is not None]


def _rule() -> Rule:
    """What the form asks for, no further than one's reach."""
    mine = {name for name, _title in queues_in_reach()}
    chosen, period = request.form.get("queue", ""), request.form.get("period", "")
    each, least = _number("each"), _number("least")
    seed = request.form.get("seed", "").strip() or secrets.token_hex(_SEED_BYTES)
    known = period in wording.SAMPLED and (not chosen or chosen in mine)
    if not known or not 1 <= each <= MOST_EACH or least > LONGEST_S or len(seed) > LONGEST_SEED:
        raise Problem("sample")
    until = now()
    return Rule(
        queues=frozenset({chosen} if chosen else mine),
        since=until - int(period) * _DAY_S,
        until=until,
        least_s=float(least),
        each=each,
        seed=seed,
    )


def _number(name: str) -> int:
    """A whole number of the form, in any digits."""
    latin = writing.latin(request.form.get(name, "").strip())
    if not (latin.isascii() and latin.isdigit() and len(latin) < 6):
        raise Problem("sample")
    return int(latin)
