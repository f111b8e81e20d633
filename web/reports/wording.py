"""How subjects, groups, periods and outcomes of reports read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

SUBJECTS: Mapping[str, LazyString] = {
    "queues": lazy_gettext("Queues"),
    "agents": lazy_gettext("Agents"),
    "calls": lazy_gettext("All calls"),
}

GROUPS: Mapping[str, LazyString] = {
    "queue": lazy_gettext("Queue"),
    "agent": lazy_gettext("Agent"),
    "skill": lazy_gettext("Skill"),
    "line": lazy_gettext("Line"),
    "did": lazy_gettext("Number dialled"),
    "disposition": lazy_gettext("Disposition"),
    "outcome": lazy_gettext("Outcome"),
    "reason": lazy_gettext("Reason for a pause"),
    "direction": lazy_gettext("Direction"),
    "caller": lazy_gettext("Caller"),
    "hour": lazy_gettext("Hour"),
    "weekday": lazy_gettext("Weekday"),
    "day": lazy_gettext("Day"),
}

PERIODS: Mapping[str, LazyString] = {
    "today": lazy_gettext("Today"),
    "yesterday": lazy_gettext("Yesterday"),
    "week": lazy_gettext("The last 7 days"),
    "month": lazy_gettext("The last 30 days"),
    "this_month": lazy_gettext("This month"),
    "last_month": lazy_gettext("Last month"),
    "year": lazy_gettext("The last 365 days"),
    "days": lazy_gettext("From one day to another"),
}

COMPARED: Mapping[str, LazyString] = {
    "nothing": lazy_gettext("Nothing"),
    "before": lazy_gettext("The days before"),
    "weeks": lazy_gettext("The same weekdays before"),
    "year": lazy_gettext("The year before"),
}

OUTCOMES: Mapping[str, LazyString] = {
    "answered": lazy_gettext("Answered"),
    "abandoned": lazy_gettext("Abandoned"),
    "overflowed": lazy_gettext("Overflowed"),
    "turned_away": lazy_gettext("Turned away"),
    "callbacks": lazy_gettext("Callback"),
    "waiting": lazy_gettext("Waiting"),
}
"""What became of a visit to a queue."""

VISIT_OUTCOMES: Mapping[str, LazyString] = {
    "served": OUTCOMES["answered"],
    "abandoned": OUTCOMES["abandoned"],
    "left": OUTCOMES["overflowed"],
    "turned_away": OUTCOMES["turned_away"],
    "callback": OUTCOMES["callbacks"],
    "waiting": OUTCOMES["waiting"],
}
"""The same, by the name the records have for it."""

DIRECTIONS: Mapping[str, LazyString] = {
    "inbound": lazy_gettext("From outside"),
    "outbound": lazy_gettext("To outside"),
    "internal": lazy_gettext("Inside"),
}

WEEKDAYS: Mapping[str, LazyString] = {
    "1": lazy_gettext("Monday"),
    "2": lazy_gettext("Tuesday"),
    "3": lazy_gettext("Wednesday"),
    "4": lazy_gettext("Thursday"),
    "5": lazy_gettext("Friday"),
    "6": lazy_gettext("Saturday"),
    "7": lazy_gettext("Sunday"),
}

NONE_OF: Mapping[str, LazyString] = {
    "queue": lazy_gettext("No queue"),
    "agent": lazy_gettext("No agent"),
    "skill": lazy_gettext("No skill asked for"),
    "line": lazy_gettext("No line"),
    "did": lazy_gettext("Not known"),
    "disposition": lazy_gettext("Not ended yet"),
    "outcome": lazy_gettext("None chosen"),
    "reason": lazy_gettext("No pause, or without a reason"),
}
"""What an empty key means."""

PROBLEMS: Mapping[str, LazyString] = {
    "from": lazy_gettext("The first day is no day of the calendar."),
    "to": lazy_gettext("The last day is no day of the calendar."),
    "order": lazy_gettext("The last day is before the first."),
    "long": lazy_gettext("A report covers at most two years."),
    "filter": lazy_gettext("Something in the address was not understood and is left out."),
}
"""What is wrong with an address, by its name."""
