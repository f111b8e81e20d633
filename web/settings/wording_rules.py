"""How it reads when the parts of a configuration do not go together: what was said, its changing
parts named, and how it reads."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

RULES: tuple[tuple[str, LazyString], ...] = (
    (
        r"no (extension has this number|calendar has this name)",
        lazy_gettext("There is nothing of this name."),
    ),
    (
        r"there is no \w+ (of (that|this) name|\".*\")",
        lazy_gettext("There is nothing of this name."),
    ),
    (
        r"there is no (trunk line or SIM|line, SIM, line group or trunk) of this name",
        lazy_gettext("There is nothing of this name."),
    ),
    (
        r"there is no voicemail box of this number",
        lazy_gettext("There is no voicemail box of this number."),
    ),
    (
        r"is a station line: .*",
        lazy_gettext(
            "This is a station line: a telephone of the office is on it, not the world outside."
        ),
    ),
    (r"is no member of this queue", lazy_gettext("This is no member of the queue.")),
    (
        r"(this number a second time): (?P<path>\S+) has it already",
        lazy_gettext("%(path)s has this number already."),
    ),
    (r".*: (?P<path>\S+) has it already", lazy_gettext("%(path)s has it already.")),
    (r"two trunks of this name", lazy_gettext("Two trunks have this name.")),
    (
        r"a line has this name: .*",
        lazy_gettext("A line has this name: routes could not tell them apart."),
    ),
    (
        r"a menu \(ivr\) has this name already, .*",
        lazy_gettext("A menu has this name already, and ivr:NAME means either."),
    ),
    (r"is there already", lazy_gettext("This is there already.")),
    (r"the same codec twice", lazy_gettext("The same codec stands here twice.")),
    (r"more than (?P<most>\d+) trunks", lazy_gettext("There are more than %(most)s trunks.")),
    (
        r"is the mask of a shown configuration, .*",
        lazy_gettext("This is the mask of a secret, not a secret."),
    ),
    (
        r"is one of the first that a stranger tries",
        lazy_gettext("This is one of the first that a stranger tries."),
    ),
    (
        r"is one digit again and again: .*",
        lazy_gettext("This is one digit again and again: the first thing anybody tries."),
    ),
    (
        r"is the extension's own number: .*",
        lazy_gettext("This is the extension's own number: the first thing an attacker tries."),
    ),
    (r"is the agent's own number", lazy_gettext("This is the agent's own number.")),
    (
        r"must be 4 to (?P<most>\d+) (of the digits 0-9|digits).*",
        lazy_gettext("Put in 4 to %(most)s digits."),
    ),
    (
        r"must be (?P<least>\d+) to (?P<most>\d+) of the digits 0-9(: it is dialled)?",
        lazy_gettext("Put in %(least)s to %(most)s digits."),
    ),
    (r"must be digits: it is keyed in", lazy_gettext("Put in digits only.")),
    (r"holds a control character", lazy_gettext("There is a control character in it.")),
    (
        r"would send the password readable .*",
        lazy_gettext("This would send the password so that everybody on the way can read it."),
    ),
    (
        r"would carry the token through the network .*",
        lazy_gettext("This would carry the token through the network for all to read."),
    ),
    (
        r"goes through the internet unencrypted",
        lazy_gettext("This goes through the internet unencrypted."),
    ),
    (
        r"its keys travel in the signalling, .*",
        lazy_gettext("Its keys travel in the signalling, which is secret over TLS only."),
    ),
    (
        r"is on another host: card numbers .*",
        lazy_gettext(
            "This is on another host: card numbers leave the box by its own program only."
        ),
    ),
    (
        r"is missing: a backup holds every password .*",
        lazy_gettext(
            "A key is missing: a backup holds every password of the box and is encrypted."
        ),
    ),
    (
        r"is missing: a certificate and its key .*",
        lazy_gettext("This is missing: a certificate and its key go together."),
    ),
    (
        r"is missing: a station line stands .*",
        lazy_gettext("The extension is missing: a station line stands for one."),
    ),
    (
        r"is missing: calls are led to (?P<calendar>calendar:.*)",
        lazy_gettext("This is missing: calls are led to %(calendar)s."),
    ),
    (
        r"is missing: calls on a .* line must go somewhere",
        lazy_gettext("The destination is missing: calls on this line must go somewhere."),
    ),
    (
        r"is missing: driver \"(?P<driver>.*)\" needs a device",
        lazy_gettext("The device is missing: the driver %(driver)s needs one."),
    ),
    (
        r"is missing: every letter has a sender",
        lazy_gettext("The sender is missing: every letter has one."),
    ),
    (
        r"is missing: extension \"(?P<number>.*)\" is on no station line, .*",
        lazy_gettext(
            "The password is missing: extension %(number)s is on no station line, "
            "so its telephone must register."
        ),
    ),
    (
        r"is missing: full DHCP gives .*",
        lazy_gettext("This is missing: full DHCP gives addresses from the first to the last."),
    ),
    (
        r"is missing: no extension is \"(?P<number>.*)\"",
        lazy_gettext("The telephone is missing: no extension is %(number)s."),
    ),
    (
        r"is missing: nobody would get this report",
        lazy_gettext("This is missing: nobody would get the report."),
    ),
    (
        r"has no (?P<number>\{number\}) in it: .*",
        lazy_gettext("There is no %(number)s in it: it would be the same for every caller."),
    ),
    (
        r".* cannot be told apart by it",
        lazy_gettext("What this report is about cannot be told apart by it."),
    ),
    (
        r"lies beyond the limit: .*",
        lazy_gettext("This lies beyond the limit: the alert would be over before it began."),
    ),
    (
        r"is missing: registering needs one",
        lazy_gettext("The password is missing: registering needs one."),
    ),
    (
        r"is missing: the provider must know who registers",
        lazy_gettext("The user is missing: the provider must know who registers."),
    ),
    (
        r"is missing: user and password go together",
        lazy_gettext("This is missing: user and password go together."),
    ),
    (
        r"is missing: when = .* asks a calendar",
        lazy_gettext("The calendar is missing: the condition asks one."),
    ),
    (r"a .* line has no SIM", lazy_gettext("This line has no SIM.")),
    (
        r"a .* line stands for no extension: .*",
        lazy_gettext("This line stands for no extension: strangers call on it."),
    ),
    (r"a simulated line has no device", lazy_gettext("A simulated line has no device.")),
    (
        r"a station line has no route: .*",
        lazy_gettext("A station line has no destination: its telephone dials."),
    ),
    (
        r"does not name a modem for good: .*",
        lazy_gettext(
            "This does not name a modem for good: /dev/ttyUSB0 is another one after a restart."
        ),
    ),
    (
        r"has (?P<keys>.+), which cannot be dialled with pulses",
        lazy_gettext("%(keys)s cannot be dialled with pulses."),
    ),
    (r"is for analogue trunk lines: .*", lazy_gettext("This is for analogue trunk lines only.")),
    (
        r"is for analogue station lines: .*",
        lazy_gettext("This is for analogue station lines only."),
    ),
    (r"this driver has no .* lines", lazy_gettext("This driver has no lines of this kind.")),
    (
        r"there is no outbound_proxy .*",
        lazy_gettext("There is no outbound proxy that it could be the port of."),
    ),
    (
        r"is an emergency number here \((?P<service>.*)\)",
        lazy_gettext("This is an emergency number here (%(service)s)."),
    ),
    (
        r"would take the emergency number (?P<number>\S+) .*",
        lazy_gettext("This would take the emergency number %(number)s."),
    ),
    (
        r"cannot be told from (?P<feature>features\.\w+) \((?P<code>.*)\)",
        lazy_gettext("This cannot be told from %(feature)s (%(code)s)."),
    ),
    (
        r"is the code of (?P<feature>features\.\w+) \((?P<code>.*)\)",
        lazy_gettext("This is the code of %(feature)s (%(code)s)."),
    ),
    (
        r"takes callers by their number, and withheld .*",
        lazy_gettext(
            "It takes callers by their number and those who show none: together they take nobody."
        ),
    ),
    (r"must have 1 to (?P<most>\d+) characters", lazy_gettext("Put in 1 to %(most)s characters.")),
    (
        r"(?P<first>\S+) and (?P<last>\S+) are not of one length",
        lazy_gettext("%(first)s and %(last)s are not of one length."),
    ),
    (r"(?P<first>\S+) is above (?P<last>\S+)", lazy_gettext("%(first)s is above %(last)s.")),
    (
        r'"(?P<text>.*)" begins no set like \[1-4,7\]',
        lazy_gettext("%(text)s begins no set like [1-4,7]."),
    ),
    (
        r'"(?P<text>.*)" may stand at the end only',
        lazy_gettext("%(text)s may stand at the end only."),
    ),
    (
        r'"(?P<text>.*)" means nothing in a pattern',
        lazy_gettext("%(text)s means nothing in a pattern."),
    ),
    (r"(?P<span>\S+) is empty", lazy_gettext("%(span)s is empty.")),
    (r"begins and ends at the same time", lazy_gettext("This begins and ends at the same time.")),
    (
        r"(?P<calendar>\w+) (month )?(?P<month>[\d-]+) has no day (?P<day>\d+)",
        lazy_gettext("This month (%(calendar)s %(month)s) has no day %(day)s."),
    ),
    (
        r"(?P<year>\d+) is no year of the (?P<calendar>\w+) calendar near ours",
        lazy_gettext("%(year)s is no year near ours in this calendar (%(calendar)s)."),
    ),
    (
        r"nobody knows the public holidays of (?P<country>.*)",
        lazy_gettext("Nobody knows the public holidays of %(country)s."),
    ),
    (r"the system knows no such zone", lazy_gettext("The system knows no such time zone.")),
    (
        r"leads back here: .*",
        lazy_gettext("This leads back here: the call would go round for ever."),
    ),
    (
        r"leads back into the same queue, .*",
        lazy_gettext("This leads back into the same queue, again and again."),
    ),
    (
        r"a caller who presses nothing would come back here for ever",
        lazy_gettext("A caller who presses nothing would come back here for ever."),
    ),
    (r"(?P<other>\S+) has this port already", lazy_gettext("%(other)s has this port already.")),
    (r"is below (?P<other>\w+)( \((?P<port>\d+)\))?", lazy_gettext("This is below %(other)s.")),
    (
        r"lies within (?P<span>\S+) \(.*\)",
        lazy_gettext("This lies within %(span)s, which are for audio."),
    ),
    (
        r"the ports (?P<ports>\S+) overlap with (?P<others>\S+) .*",
        lazy_gettext("The ports %(ports)s overlap with %(others)s."),
    ),
    (
        r"(?P<ports>\d+) ports are too few for .* = (?P<calls>\d+), which need (?P<needed>\d+)",
        lazy_gettext("%(ports)s ports are too few for %(calls)s calls, which need %(needed)s."),
    ),
    (r"the box has no SIM: .*", lazy_gettext("The box has no SIM: no line is of this kind.")),
    (
        r"the box has no mail server to send it by",
        lazy_gettext("The box has no mail server to send it by."),
    ),
    (
        r"the message is deleted after the mail, .*",
        lazy_gettext("The message is deleted after the mail, and would not be in it."),
    ),
    (
        r"there is no email: .*",
        lazy_gettext("There is no mail address: messages would be kept by nobody."),
    ),
    (
        r"warn_percent, delete_percent and stop_percent .*",
        lazy_gettext("Warning, deleting and stopping are not in this order."),
    ),
    (
        r"is above (?P<other>power\.\w+), which is (?P<limit>\S+): .*",
        lazy_gettext("This is above %(other)s (%(limit)s), which would never be reached."),
    ),
    (
        r"there is a place already: (?P<place>\S+)",
        lazy_gettext("There is a place already: %(place)s."),
    ),
)
