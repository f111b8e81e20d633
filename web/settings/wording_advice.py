"""How suggestions read: what was said, its changing parts named, and how it reads. What is written
in the configuration is the same in every language, and stays."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

ADVICE: tuple[tuple[str, LazyString], ...] = (
    (
        r"(?P<hint>.+); nothing after this place was read",
        lazy_gettext("%(hint)s; nothing after this place was read"),
    ),
    (r"nothing after this place was read", lazy_gettext("nothing after this place was read")),
    (
        r"leave it out, or give it one; (?P<hint>.+)",
        lazy_gettext("leave it out, or give it one; %(hint)s"),
    ),
    (r"write the value itself; (?P<hint>.+)", lazy_gettext("write the value itself; %(hint)s")),
    (
        r'a text with ": " in it goes in quotes; or (?P<hint>.+)',
        lazy_gettext("a text with a colon and a space in it goes in quotes; or %(hint)s"),
    ),
    (
        r'a text that begins with "?(?P<sign>.+?)"? goes in quotes',
        lazy_gettext("a text that begins with %(sign)s goes in quotes"),
    ),
    (
        r"look at the indentation of this line .*",
        lazy_gettext("look at the indentation of this line and of those before it"),
    ),
    (r"indent with spaces, not with tabs", lazy_gettext("indent with spaces, not with tabs")),
    (r"after a key come a colon and a space", lazy_gettext("after a key come a colon and a space")),
    (
        r"is a quotation mark not closed, .*",
        lazy_gettext("is a quotation mark not closed, or a \\ not doubled?"),
    ),
    (r"is a bracket not closed\?", lazy_gettext("is a bracket not closed?")),
    (r"is a brace not closed\?", lazy_gettext("is a brace not closed?")),
    (r'leave out the "(?P<what>.*)"', lazy_gettext("leave out %(what)s")),
    (
        r"leave it out, or write it as an escape in double quotes: (?P<what>.*)",
        lazy_gettext("leave it out, or write it as an escape in double quotes: %(what)s"),
    ),
    (r"write the keys out", lazy_gettext("write the keys out")),
    (
        r"write its keys below it, .*",
        lazy_gettext("write its keys below it, two spaces further in"),
    ),
    (
        r'write "office:", and its keys below it',
        lazy_gettext("write office: and its keys below it"),
    ),
    (
        r'begin each of its items with "- "',
        lazy_gettext("begin each of its items with a hyphen and a space"),
    ),
    (r'as in "?(?P<what>[^"]*)"?', lazy_gettext("as in %(what)s")),
    (r"did you mean (?P<other>.*)\?", lazy_gettext("did you mean %(other)s?")),
    (r"known here: (?P<choices>.*)", lazy_gettext("known here: %(choices)s")),
    (r"name one of: none yet", lazy_gettext("there is none yet")),
    (r"name one of: (?P<choices>.*)", lazy_gettext("name one of: %(choices)s")),
    (r"write one of (?P<choices>.*)", lazy_gettext("write one of: %(choices)s")),
    (r"leave it out", lazy_gettext("leave it out")),
    (r"leave one of them out|keep one of them", lazy_gettext("leave one of them out")),
    (
        r"leave it out, or name an extension or a queue",
        lazy_gettext("leave it out, or name an extension or a queue"),
    ),
    (
        r"leave it out, or write (?P<what>\w+: \w+)( or (?P<other>\w+))?",
        lazy_gettext("leave it out, or write %(what)s"),
    ),
    (r"name a queue or an extension", lazy_gettext("name a queue or an extension")),
    (r"name another queue, .*", lazy_gettext("name another queue, an extension or voicemail")),
    (r"choose another code", lazy_gettext("choose another code")),
    (r"choose another name for the variable", lazy_gettext("choose another name for the variable")),
    (
        r"choose another number, or .*",
        lazy_gettext("choose another number, or another code for the feature"),
    ),
    (
        r"give it another number: .*",
        lazy_gettext("give it another number: this one must reach the emergency service"),
    ),
    (
        r'give one of them another code, or "(?P<off>\w+)"',
        lazy_gettext("give one of them another code, or %(off)s"),
    ),
    (r"keep the newer of both", lazy_gettext("keep the newer of both")),
    (r"make two nodes", lazy_gettext("make two nodes")),
    (r"make two routes of it", lazy_gettext("make two routes of it")),
    (r"lead to it, or take it out", lazy_gettext("lead to it, or take it out")),
    (
        r"let one of its ways lead to .*",
        lazy_gettext("let one of its ways lead to a queue, a mailbox or hanging up"),
    ),
    (
        r"set it on every way, or .*",
        lazy_gettext("set it on every way, or give it a value to begin with"),
    ),
    (
        r'a place outside is written "(?P<what>.*)"',
        lazy_gettext("a place outside is written %(what)s"),
    ),
    (
        r'a value with a comma in it .*: (?P<what>".*")',
        lazy_gettext("a value with a comma in it goes in double quotes: %(what)s"),
    ),
    (r"record it: (?P<what>.*)", lazy_gettext("record it: %(what)s")),
    (r"start from `(?P<what>.*)`", lazy_gettext("start from %(what)s")),
    (
        r"`(?P<what>.*)` makes a key .*",
        lazy_gettext("%(what)s makes a key and says its public part"),
    ),
    (
        r"the disk fills from the first to the last: .*",
        lazy_gettext("the disk fills from the first to the last: 85, 92 and 97"),
    ),
    (r"the file belongs into (?P<folder>.*)", lazy_gettext("the file belongs into %(folder)s")),
    (
        r'write "(?P<what>00:00-24:00)" for the whole day',
        lazy_gettext("write %(what)s for the whole day"),
    ),
    (
        r"write https://, or the address of .*",
        lazy_gettext("write https://, or the address of a host of the office's network"),
    ),
    (r"write a service at (?P<what>\S+)", lazy_gettext("write a service at %(what)s")),
    (r"write its holidays one by one", lazy_gettext("write its holidays one by one")),
    (
        r"write the section (?P<what>\w+), with a server",
        lazy_gettext("write the section %(what)s, with a server"),
    ),
    (
        r"write (?P<what>prompt: NAME), or a text in each language: .*",
        lazy_gettext("write %(what)s, or a text in each language"),
    ),
    (
        r"write (?P<what>security: \w+), or .*",
        lazy_gettext("write %(what)s, or leave user and password out"),
    ),
    (
        r"write (?P<what>email: \S+), or leave it out",
        lazy_gettext("write %(what)s, or leave it out"),
    ),
    (
        r"write (?P<what>telephone: NUMBER), .*",
        lazy_gettext("write %(what)s, as it would be dialled inside"),
    ),
    (r"at least (?P<least>\S+)", lazy_gettext("write at least %(least)s")),
    (r"at most (?P<most>\S+)", lazy_gettext("write at most %(most)s")),
    (
        r"write (?P<what>mail: \S+), or sms with a number",
        lazy_gettext("write %(what)s, or a number to send an SMS to"),
    ),
    (
        r"write (?P<what>user: \S+), or (?P<other>registers: false) .*",
        lazy_gettext("write %(what)s, or %(other)s for a provider that knows our address"),
    ),
    (
        r"write (?P<what>route: extension:\S+) to send its calls there",
        lazy_gettext("write %(what)s to send its calls there"),
    ),
    (
        r"write (?P<what>.+), (?P<second>\S+) or (?P<third>\S+)",
        lazy_gettext("write %(what)s, %(second)s or %(third)s"),
    ),
    (r"write (?P<what>\w+: \S+|\S+|[^A-Za-z]+)", lazy_gettext("write %(what)s")),
)
