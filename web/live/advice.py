"""What each alarm says, what to do about it, and which page shows its cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import LazyString, lazy_gettext
from markupsafe import Markup, escape

from web import writing
from web.live import wording
from web.live.alarms import Alarm, Severity
from web.look import Look
from web.system import language


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """``sentence`` may name the alarm's facts; ``endpoint`` takes ``argument``, if it has one: the
    alarm's subject or ``constant``."""

    sentence: LazyString
    advice: LazyString
    endpoint: str
    argument: str = ""
    constant: str = ""  # instead of the subject; "daemon": the fact of that name


def _line(sentence: LazyString, advice: LazyString) -> Advice:
    return Advice(sentence=sentence, advice=advice, endpoint="details.line", argument="name")


def _trunk(sentence: LazyString, advice: LazyString) -> Advice:
    return Advice(sentence=sentence, advice=advice, endpoint="details.trunk", argument="name")


def _of(daemon: str, sentence: LazyString, advice: LazyString) -> Advice:
    return Advice(
        sentence=sentence,
        advice=advice,
        endpoint="details.daemon",
        argument="name",
        constant=daemon,
    )


ADVICE: Mapping[str, Advice] = {
    "emergency": Advice(
        sentence=lazy_gettext("Emergency call: %(name)s %(caller)s calls %(number)s."),
        advice=lazy_gettext("Go there, and send somebody to the door to meet the help."),
        endpoint="call.one",
        argument="ident",
    ),
    "power_on_battery": _of(
        "deviced",
        lazy_gettext("The box runs on its battery."),
        lazy_gettext("Calls go on. Is it only this socket? Look at the fuse and the plug."),
    ),
    "power_low": _of(
        "deviced",
        lazy_gettext("The battery is low."),
        lazy_gettext("Give the box mains soon: it will stop taking new calls."),
    ),
    "power_critical": _of(
        "deviced",
        lazy_gettext("The battery is nearly empty: the box ends its calls and shuts down."),
        lazy_gettext("It starts by itself when the mains are back."),
    ),
    "power_fault": _of(
        "deviced",
        lazy_gettext("The power supply does not say how it is."),
        lazy_gettext("Check the cable between the supply and the box."),
    ),
    "internet_no_route": _of(
        "edge",
        lazy_gettext("No internet: the box has no way out of its network."),
        lazy_gettext("Is the network cable in? Look at the gateway in the settings."),
    ),
    "internet_gateway": _of(
        "edge",
        lazy_gettext("No internet: the office's router does not answer."),
        lazy_gettext("Is the router on, and its cable in?"),
    ),
    "internet_beyond": _of(
        "edge",
        lazy_gettext("No internet: nobody behind the router answers."),
        lazy_gettext("Switch the router off and on. If this stays, call the internet provider."),
    ),
    "internet_names": _of(
        "edge",
        lazy_gettext("The internet works in part: name servers do not answer."),
        lazy_gettext("Calls go on. Look at the name servers in the settings."),
    ),
    "internet_providers": _of(
        "edge",
        lazy_gettext("The internet works in part: no telephone provider answers."),
        lazy_gettext("Calls go out by lines and SIMs meanwhile."),
    ),
    "health": _of(
        "deviced",
        lazy_gettext("The box's hardware needs attention."),
        lazy_gettext("Its own words say more."),
    ),
    "line_cut": _line(
        lazy_gettext("Line %(line)s: no battery."),
        lazy_gettext(
            "Is it plugged into the right socket? Try a telephone at the wall: if it is silent "
            "there too, tell the telephone company."
        ),
    ),
    "line_no_dial_tone": _line(
        lazy_gettext("Line %(line)s: no dial tone."),
        lazy_gettext(
            "Is it plugged into the right socket? If a telephone at the wall hears dial tone, "
            "let the box learn the line again."
        ),
    ),
    "line_unheard": _line(
        lazy_gettext("Line %(line)s rings, and the exchange does not take the call."),
        lazy_gettext("The exchange may be away or full. It is tried again while it rings."),
    ),
    "port_silent": _line(
        lazy_gettext("Line %(line)s: the port does not answer."),
        lazy_gettext("Check that the card sits firmly and has power, then its cable."),
    ),
    "modem_gone": _line(
        lazy_gettext("Line %(line)s: the modem does not answer."),
        lazy_gettext(
            "Is it plugged in, and does the USB hub have a power supply of its own? Unplug it for "
            "ten seconds."
        ),
    ),
    "sim_without_network": _line(
        lazy_gettext("Line %(line)s: the SIM has no network."),
        lazy_gettext(
            "Is the SIM in its place, without a PIN, paid for, and the antenna screwed on?"
        ),
    ),
    "sim_weak": _line(
        lazy_gettext("Line %(line)s: weak signal, %(signal)s dBm."),
        lazy_gettext("Calls may drop. Put the antenna higher or nearer to a window."),
    ),
    "trunk_unresolved": _trunk(
        lazy_gettext("Trunk %(trunk)s: its name leads to no address."),
        lazy_gettext("Is the internet there? Check the spelling of the provider's address."),
    ),
    "trunk_unreachable": _trunk(
        lazy_gettext("Trunk %(trunk)s: the provider does not answer."),
        lazy_gettext("Is the internet there? Calls take the next way meanwhile."),
    ),
    "trunk_untrusted": _trunk(
        lazy_gettext("Trunk %(trunk)s: the provider's certificate is not trusted."),
        lazy_gettext(
            "Check the box's clock and the provider's address. If both are right, somebody may be "
            "listening: ask the provider."
        ),
    ),
    "trunk_unregistered": _trunk(
        lazy_gettext("Trunk %(trunk)s is not registered."),
        lazy_gettext("It is tried again by itself. If it stays so, ask the provider."),
    ),
    "trunk_refused": _trunk(
        lazy_gettext("Trunk %(trunk)s: the provider refuses our user name or password."),
        lazy_gettext("Type them again from the provider's letter."),
    ),
    "recordings_in_memory": _of(
        "recorder",
        lazy_gettext("Recordings are in memory only."),
        lazy_gettext("The disk does not take them. Without power they would be lost: look at it."),
    ),
    "recordings_wait": _of(
        "recorder",
        lazy_gettext("Finished calls wait to become recordings."),
        lazy_gettext("Nothing is lost. It goes on when the disk and the store answer."),
    ),
    "recordings_room": _of(
        "recorder",
        lazy_gettext("The room for recordings is nearly full."),
        lazy_gettext("Shorten how long recordings are kept, or take old ones to another disk."),
    ),
    "update_failed": Advice(
        sentence=lazy_gettext("An update failed. The box runs on with the release it had."),
        advice=lazy_gettext("Nothing is lost. The page of updates says why."),
        endpoint="update.page",
    ),
    "edge_warns": _of(
        "edge",
        lazy_gettext("No telephone can register or call."),
        lazy_gettext("The registrar is started again by itself. If this stays, restart the box."),
    ),
    "daemon_warns": Advice(
        sentence=lazy_gettext("%(daemon)s reports a problem."),
        advice=lazy_gettext("Its own words say more."),
        endpoint="details.daemon",
        argument="name",
        constant="daemon",
    ),
    "disk_low": _of(
        "recorder",
        lazy_gettext("The disk is nearly full: %(free)s GB left."),
        lazy_gettext("Shorten how long recordings are kept, or use a larger disk."),
    ),
    "backup_never": _of(
        "outbox",
        lazy_gettext("No backup was made yet."),
        lazy_gettext("One is made at the hour you chose. If not, its place cannot be reached."),
    ),
}

SEVERITY_LOOKS: Mapping[str, Look] = {
    Severity.CRITICAL: Look(word=lazy_gettext("Critical"), icon="broken", tone="bad"),
    Severity.WARNING: Look(word=lazy_gettext("Warning"), icon="warning", tone="wait"),
    Severity.NOTICE: Look(word=lazy_gettext("Notice"), icon="question", tone="calm"),
}

_NUMBERS = frozenset({"caller", "number", "line", "signal"})


def sentence_of(alarm: Alarm) -> Markup:
    """What is wrong, in the reader's language; its facts isolated and escaped."""
    facts = {name: _fact(name, text) for name, text in alarm.facts.items()}
    return Markup(escape(str(ADVICE[alarm.kind].sentence))) % facts  # noqa: S704 - escaped


def advice_of(alarm: Alarm) -> LazyString:
    """What to do about it."""
    return ADVICE[alarm.kind].advice


def severity_look(alarm: Alarm) -> Look:
    """How bad it is."""
    return SEVERITY_LOOKS[alarm.severity]


def cause_of(alarm: Alarm) -> str:
    """The address of the page that shows the cause."""
    known = ADVICE[alarm.kind]
    subject = alarm.facts["daemon"] if known.constant == "daemon" else known.constant
    values: dict[str, Any] = {known.argument: subject or alarm.subject} if known.argument else {}
    return url_for(known.endpoint, **values)


def _fact(name: str, text: str) -> Markup:
    if name == "daemon":
        return escape(str(wording.DAEMON_NAMES[text]))
    if name in _NUMBERS and text:
        return writing.number(text, language.tongue())
    if name == "free":
        return escape(writing.digits(text, language.tongue()))
    return writing.name(text)


FOR_TEMPLATES = {
    "alarm_sentence": sentence_of,
    "alarm_advice": advice_of,
    "alarm_cause": cause_of,
    "severity_look": severity_look,
    "trunk_look": wording.trunk_look,
    "box_look": wording.box_look,
    "box_words": wording.BOX_WORDS,
    "daemon_look": wording.daemon_look,
    "sms_look": wording.sms_look,
    "ussd_look": wording.ussd_look,
    "forward_words": wording.FORWARD_WORDS,
    "line_problems": wording.LINE_PROBLEMS,
    "loop_back_looks": wording.LOOP_BACK_LOOKS,
    "loop_back_faults": wording.LOOP_BACK_FAULTS,
    "learning_looks": wording.LEARNING_LOOKS,
}
"""What templates call by these names."""
