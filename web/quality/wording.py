"""The words of the quality pages."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

PROBLEMS: Mapping[str, LazyString] = {
    "title": lazy_gettext("A card wants a title of at most 80 letters."),
    "questions": lazy_gettext("A card wants one question at least, and 40 at most."),
    "question": lazy_gettext("A question has at most 300 letters."),
    "weight": lazy_gettext("A weight is a whole number from 1 to 100."),
    "points": lazy_gettext("The most points of a question are 1 to 10."),
    "answers": lazy_gettext("Answer every question; one at least must apply."),
    "card": lazy_gettext("There is no such card in force."),
    "remark": lazy_gettext("A remark wants its words and a moment of the recording, as 1:30."),
    "ended": lazy_gettext("This calibration is over; its answers stay as they are."),
    "people": lazy_gettext("Choose two people at least who may evaluate this call."),
    "sample": lazy_gettext("Choose a number of calls, a period and a length."),
    "nothing": lazy_gettext("There is no such call that was not drawn or evaluated before."),
}
"""What is wrong with a form, by its name."""

WEEKS: Mapping[str, LazyString] = {
    "4": lazy_gettext("The last 4 weeks"),
    "13": lazy_gettext("The last 13 weeks"),
    "52": lazy_gettext("The last 52 weeks"),
}

SAMPLED: Mapping[str, LazyString] = {
    "1": lazy_gettext("Since yesterday"),
    "7": lazy_gettext("The last 7 days"),
    "30": lazy_gettext("The last 30 days"),
}
"""The periods a sample may be drawn of, in days."""
