"""What more is to be said of a field of the site configuration, beside what it is called."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from web.settings import wording_supervision as supervision

HELP: Mapping[str, LazyString] = {
    **supervision.HELP,
    "Crm.path": lazy_gettext(
        "A path in which the word number in braces stands for the caller's number."
    ),
    "Crm.page": lazy_gettext(
        "An address in which the word number in braces stands for the caller's number."
    ),
    "Crm.name": lazy_gettext("Where in the JSON it is (JMESPath), as in items[0].name."),
    "ScheduledReport.by": lazy_gettext(
        "Not set: queues by queue, agents by agent, calls by direction."
    ),
    "ScheduledReport.queue": lazy_gettext("None: of all queues."),
    "ScheduledReport.weekday": lazy_gettext("Of a weekly report: 1 Monday to 7 Sunday."),
    "ScheduledReport.every": lazy_gettext(
        "Of the day, the week or the month before. Monthly: on the first day of the month of the "
        "language's calendar."
    ),
    "Extension.password": lazy_gettext(
        "Its telephone registers with it. None: it has no SIP account."
    ),
    "Extension.permission": lazy_gettext("Not set: as the section Dialling says."),
    "Extension.caller_id": lazy_gettext("Not set: the number of the route."),
    "Extension.pin": lazy_gettext("For logging in at another desk: 4 to 10 digits."),
    "Extension.pickup_group": lazy_gettext("Whose calls it may take. Not set: of all without one."),
    "Line.device": lazy_gettext("As in /dev/dahdi/1."),
    "Line.pin": lazy_gettext("Of the SIM."),
    "name": lazy_gettext("Small letters a to z, digits, - and _."),
    "Queue.number": lazy_gettext("What telephones inside dial to reach it."),
    "Hours.open": lazy_gettext(
        "From and until, as in 08:00 and 17:00; 22:00 until 02:00 ends on the day after."
    ),
    "ExceptionDay.open": lazy_gettext("No hours: closed the whole day."),
    "holidays": lazy_gettext(
        "“country” for the public holidays, or days as in “jalali 01-13”, “islamic 10-10”, “12-25”."
    ),
    "ExceptionDay.day": lazy_gettext("As in 2026-12-25, 12-25 or jalali 01-13."),
    "patterns": lazy_gettext(
        "X is any digit, Z 1 to 9, N 2 to 9; “.” at the end: one digit or more."
    ),
    "did": lazy_gettext("X is any digit, Z 1 to 9, N 2 to 9; “.” at the end: one digit or more."),
    "Inbound.ways": lazy_gettext("None: calls by any way."),
    "Outbound.ways": lazy_gettext("The first is tried first."),
    "Outbound.extensions": lazy_gettext("None: for every extension."),
    "Outbound.max_calls": lazy_gettext("0: any number."),
    "max_minutes": lazy_gettext("0: for ever."),
    "most_served": lazy_gettext("0: any number."),
    "recipient": lazy_gettext("As age-keygen prints it: age1…"),
    "echo_canceller_ms": lazy_gettext("0 switches it off."),
    "Emergency.numbers": lazy_gettext("The numbers of the office's country are known already."),
    "Emergency.ways": lazy_gettext(
        "The surest first. None: trunk lines, then SIMs, then SIP trunks."
    ),
    "networks": lazy_gettext("None: the networks of the address."),
    "country": lazy_gettext("Two small letters, as in ir, iq, ae."),
    "time_zone": lazy_gettext("As in Asia/Tehran."),
    "host_key": lazy_gettext("As ssh-keyscan prints it behind the name."),
    "Update.address": lazy_gettext(
        "The folder of a channel, as its makers give it. Empty: none is looked for."
    ),
    "Update.hour": lazy_gettext("It lasts an hour."),
    "cut_calls": lazy_gettext("Never a call for help."),
    "own_disk": lazy_gettext("With that disk the backup is lost, too."),
    "sender": lazy_gettext("Every letter has a sender."),
    "Trunk.registers": lazy_gettext(
        "Without it the provider knows the box's address and sends calls to it."
    ),
    "sip_address": lazy_gettext("Takes effect when the box starts anew."),
    "console_port": lazy_gettext("Takes effect when the box starts anew."),
    "Features.help": lazy_gettext("A code of up to 8 keys; “off” takes a feature away."),
}
