"""The words of the knowledge base."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

EVERYBODY: LazyString = lazy_gettext("For every queue")

PROBLEMS: Mapping[str, LazyString] = {
    "title": lazy_gettext("An article wants a title of at most 120 letters."),
    "body": lazy_gettext("An article wants words, at most 12000 letters."),
    "queue": lazy_gettext("There is no such queue."),
}
"""What is wrong with a form, by its name."""
