"""The words of the section ``queue_alert``: fields, choices, and what more is to be said."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

LABELS: Mapping[str, LazyString] = {
    "queue_alert": lazy_gettext("Queue alert"),
    "QueueAlert.queue": lazy_gettext("Queues"),
    "QueueAlert.mail": lazy_gettext("Mail addresses"),
    "QueueAlert.sms": lazy_gettext("Text messages to"),
    "figure": lazy_gettext("What is watched"),
    "limit": lazy_gettext("Limit"),
    "clear": lazy_gettext("Over again at"),
    "for_s": lazy_gettext("Only after"),
    "quiet": lazy_gettext("Quiet times"),
    "listening_tone": lazy_gettext("Agents hear when somebody begins to listen in"),
}

CHOICES: Mapping[str, LazyString] = {
    "figure.longest_wait": lazy_gettext("Longest wait"),
    "figure.waiting": lazy_gettext("Callers waiting"),
    "figure.agents": lazy_gettext("Agents logged in"),
    "figure.service_level": lazy_gettext("Service level of today"),
    "figure.unreturned": lazy_gettext("Gave up and not called back"),
}

HELP: Mapping[str, LazyString] = {
    "QueueAlert.queue": lazy_gettext("None: of all queues."),
    "QueueAlert.limit": lazy_gettext(
        "Seconds, callers, agents or percent. More than this is an alert; of agents and of the "
        "service level, less."
    ),
    "QueueAlert.clear": lazy_gettext("Not set: as soon as the limit is kept again for a minute."),
    "QueueAlert.quiet": lazy_gettext(
        "As in 22:00-07:00. Nobody is told then; what still lasts afterwards is told at their end."
    ),
}
