"""What each figure is called, and what it means: on the page, in tables, and in the documents.

``docs/reports.md`` is compared with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString, lazy_gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A figure's name for people, and its meaning."""

    title: LazyString
    meaning: LazyString


def _(title: LazyString, meaning: LazyString) -> Definition:
    return Definition(title=title, meaning=meaning)


DEFINITIONS: Mapping[str, Definition] = {
    "came": _(
        lazy_gettext("Calls"),
        lazy_gettext("Calls that came to a queue; one that visits several counts once."),
    ),
    "offered": _(
        lazy_gettext("Offered"),
        lazy_gettext("Visits of callers to a queue that began in the period."),
    ),
    "answered": _(
        lazy_gettext("Answered"),
        lazy_gettext("Visits that an agent answered, callbacks apart."),
    ),
    "abandoned": _(
        lazy_gettext("Abandoned"),
        lazy_gettext("Visits in which the caller hung up while waiting."),
    ),
    "short_abandoned": _(
        lazy_gettext("Short abandoned"),
        lazy_gettext("Abandoned before an agent could answer: sooner than the queue's limit."),
    ),
    "overflowed": _(
        lazy_gettext("Overflowed"),
        lazy_gettext("Visits led elsewhere after waiting."),
    ),
    "turned_away": _(
        lazy_gettext("Turned away"),
        lazy_gettext("Visits the queue did not take: full, too long a wait, no agents."),
    ),
    "callbacks": _(
        lazy_gettext("Callbacks"),
        lazy_gettext("Visits in which the caller asked to be called back."),
    ),
    "callbacks_reached": _(
        lazy_gettext("Callbacks reached"),
        lazy_gettext("Callbacks in which the caller was spoken to."),
    ),
    "waiting": _(
        lazy_gettext("Waiting"),
        lazy_gettext("Visits that have not ended yet."),
    ),
    "service_level": _(
        lazy_gettext("Service level"),
        lazy_gettext(
            "Answered within the queue's target, of those answered and abandoned. "
            "Short abandons are left out."
        ),
    ),
    "service_level_gross": _(
        lazy_gettext("Service level, gross"),
        lazy_gettext(
            "Answered within the target, of those answered and abandoned, "
            "short abandons among them."
        ),
    ),
    "service_level_of_answered": _(
        lazy_gettext("Service level of the answered"),
        lazy_gettext("Answered within the target, of those answered."),
    ),
    "service_level_inclusive": _(
        lazy_gettext("Service level, inclusive"),
        lazy_gettext("Answered or abandoned within the target, of those answered and abandoned."),
    ),
    "abandonment": _(
        lazy_gettext("Abandonment"),
        lazy_gettext("Abandoned, of those answered and abandoned. Short abandons are left out."),
    ),
    "abandonment_gross": _(
        lazy_gettext("Abandonment, gross"),
        lazy_gettext("Abandoned, of those answered and abandoned, short abandons among them."),
    ),
    "asa_s": _(
        lazy_gettext("Mean wait"),
        lazy_gettext("Mean wait of those who were answered (average speed of answer)."),
    ),
    "mean_patience_s": _(
        lazy_gettext("Mean patience"),
        lazy_gettext("Mean wait of those who abandoned."),
    ),
    "longest_wait_s": _(
        lazy_gettext("Longest wait"),
        lazy_gettext("Longest wait of those answered and abandoned."),
    ),
    "aht_s": _(
        lazy_gettext("Mean handling"),
        lazy_gettext("Mean of talk, holding and wrap-up together (average handling time)."),
    ),
    "talk_s": _(
        lazy_gettext("Talk time"),
        lazy_gettext("All talk of agents with callers of queues, holding included."),
    ),
    "hold_s": _(
        lazy_gettext("Hold time"),
        lazy_gettext("How long agents held callers; part of the talk time."),
    ),
    "wrap_up_s": _(
        lazy_gettext("Wrap-up time"),
        lazy_gettext("All wrap-up after talks with callers of queues."),
    ),
    "transferred": _(
        lazy_gettext("Transferred"),
        lazy_gettext("Talks that ended with a transfer."),
    ),
    "transfer_rate": _(
        lazy_gettext("Transfer rate"),
        lazy_gettext("Talks that ended with a transfer, of all talks."),
    ),
    "offers": _(
        lazy_gettext("Offers"),
        lazy_gettext("How often an agent's telephone was rung for these visits."),
    ),
    "missed": _(
        lazy_gettext("Missed offers"),
        lazy_gettext("Offers of these visits that the agent did not take."),
    ),
    "offers_made": _(
        lazy_gettext("Offers"),
        lazy_gettext("How often the agent's telephone was rung by a queue."),
    ),
    "served": _(
        lazy_gettext("Answered"),
        lazy_gettext("Callers of queues the agent answered, callbacks among them."),
    ),
    "offers_missed": _(
        lazy_gettext("Missed offers"),
        lazy_gettext("Offers the agent did not take."),
    ),
    "logged_in_s": _(
        lazy_gettext("Logged in"),
        lazy_gettext("Time in every state but logged out, and while the box ran."),
    ),
    "available_s": _(
        lazy_gettext("Available"),
        lazy_gettext("Time in which the agent could take a call."),
    ),
    "ringing_s": _(
        lazy_gettext("Ringing"),
        lazy_gettext("Time while the agent's telephone rang for a queue."),
    ),
    "talking_s": _(
        lazy_gettext("Talking"),
        lazy_gettext("Time in talks with callers of queues."),
    ),
    "wrapping_up_s": _(
        lazy_gettext("Wrapping up"),
        lazy_gettext("Time in wrap-up."),
    ),
    "engaged_s": _(
        lazy_gettext("Own calls"),
        lazy_gettext("Time in calls that no queue gave the agent."),
    ),
    "paused_s": _(
        lazy_gettext("Paused"),
        lazy_gettext("Time in pauses, of every reason."),
    ),
    "occupancy": _(
        lazy_gettext("Occupancy"),
        lazy_gettext(
            "Talk and wrap-up, of talk, wrap-up, ringing and being available: how much of the "
            "time in which a call could have come was spent on calls."
        ),
    ),
    "utilisation": _(
        lazy_gettext("Utilisation"),
        lazy_gettext("Talk and wrap-up, of the time logged in."),
    ),
    "adherence": _(
        lazy_gettext("Adherence"),
        lazy_gettext(
            "How much of the planned time was kept: at work while work was planned, paused while "
            "a pause was. Empty where nothing was planned."
        ),
    ),
    "calls": _(
        lazy_gettext("Calls"),
        lazy_gettext("All calls of the box that began in the period."),
    ),
    "calls_answered": _(
        lazy_gettext("Answered"),
        lazy_gettext("Calls that a person answered, not only a menu or an announcement."),
    ),
    "calls_unanswered": _(
        lazy_gettext("Not answered"),
        lazy_gettext("Calls that ended without a person having answered."),
    ),
    "answer_rate": _(
        lazy_gettext("Answer rate"),
        lazy_gettext("Calls answered, of those that have ended."),
    ),
    "calls_busy": _(
        lazy_gettext("Busy"),
        lazy_gettext("Calls that met a busy party."),
    ),
    "calls_failed": _(
        lazy_gettext("Failed"),
        lazy_gettext("Calls that failed, or found no free line."),
    ),
    "mean_ring_s": _(
        lazy_gettext("Mean time to answer"),
        lazy_gettext("From the beginning of a call to its answer by a person."),
    ),
    "mean_talk_s": _(
        lazy_gettext("Mean talk"),
        lazy_gettext("Mean length of a talk, from the answer to the end."),
    ),
    "call_talk_s": _(
        lazy_gettext("Talk time"),
        lazy_gettext("All talk, from the answer to the end of each call."),
    ),
    "longest_talk_s": _(
        lazy_gettext("Longest talk"),
        lazy_gettext("The longest talk of the calls that began in the period."),
    ),
}
