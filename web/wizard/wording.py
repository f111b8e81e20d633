"""What the set-up's steps, its refusals and the learning of a line are called."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from web.wizard.progress import Step

STEPS: Mapping[Step, LazyString] = {
    Step.LANGUAGE: lazy_gettext("Language"),
    Step.COUNTRY: lazy_gettext("Country"),
    Step.NAME: lazy_gettext("Name of the office"),
    Step.NETWORK: lazy_gettext("Network"),
    Step.ACCOUNT: lazy_gettext("Your password"),
    Step.LINES: lazy_gettext("Lines"),
    Step.PHONES: lazy_gettext("Telephones"),
    Step.EXTENSIONS: lazy_gettext("Extensions"),
    Step.GREETING: lazy_gettext("Greeting"),
    Step.TEST: lazy_gettext("Test call"),
    Step.DONE: lazy_gettext("Done"),
}

PROBLEMS: Mapping[str, LazyString] = {
    "choice": lazy_gettext("Choose one of the answers on this page."),
    "zone": lazy_gettext("This country has several time zones: choose yours."),
    "name": lazy_gettext("A name has 1 to 80 characters, all of them visible."),
    "number": lazy_gettext("A number has 2 to 6 digits, and every number only once."),
    "match": lazy_gettext("The two passwords are not the same."),
    "short": lazy_gettext("The password is too short: at least 10 characters."),
    "easy": lazy_gettext("The password is too easy to guess: take several words."),
    "rejected": lazy_gettext("The configuration refuses this:"),
    "moved": lazy_gettext("Somebody else changed the configuration meanwhile. Try again."),
    "text": lazy_gettext("Give a text of up to 500 characters that can be spoken."),
    "disk": lazy_gettext("It could not be kept: the disk may be full."),
    "away": lazy_gettext("The service that does this does not answer. Try again in a moment."),
    "line": lazy_gettext("The line is in use, is being learned already, or has nothing to accept."),
    "phone": lazy_gettext("The telephone cannot have this extension."),
    "busy": lazy_gettext("This cannot be called now: it is in use, or leads nowhere."),
}

ASKS: Mapping[str, LazyString] = {
    "listening_for_dial_tone": lazy_gettext("Listening for dial tone; nothing is dialled."),
    "dialling_busy_number": lazy_gettext("Calling the line's own number, which is busy."),
    "dialling_wrong_number": lazy_gettext("Calling a number that nobody has."),
    "let_it_ring_answer_hang_up": lazy_gettext(
        "Calling you: let it ring three times, answer, say nothing for 15 seconds, hang up."
    ),
    "call_this_line_wait_hang_up": lazy_gettext(
        "Call this line now: let it ring until it answers, wait 15 seconds, hang up."
    ),
}

LEARNING: Mapping[str, LazyString] = {
    "running": lazy_gettext("Being learned"),
    "done": lazy_gettext("Learned"),
    "failed": lazy_gettext("Not everything could be learned"),
    "cancelled": lazy_gettext("Learning was cancelled"),
    "quiet": lazy_gettext("Daily calls propose something"),
}
