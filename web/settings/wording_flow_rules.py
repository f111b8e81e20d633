"""How problems of flows read, and of what lies beside them, tables and prompts: what was said, its
changing parts named, and how it reads."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

FLOWS: tuple[tuple[str, LazyString], ...] = (
    (r"nobody ever comes to this node", lazy_gettext("Nobody ever comes to this node.")),
    (
        r"sets (?P<name>\w+), which the exchange sets itself",
        lazy_gettext("It sets %(name)s, which the exchange sets itself."),
    ),
    (
        r"flow \S+ has no node of this name",
        lazy_gettext("One of its ways leads to a node that is not there."),
    ),
    (
        r"from here no way leads out of the flow",
        lazy_gettext("From here no way leads out of the flow."),
    ),
    (
        r"a caller who presses nothing would go round from here for ever",
        lazy_gettext("A caller who presses nothing would go round from here for ever."),
    ),
    (
        r"(?P<name>\w+) may have no value here: .*",
        lazy_gettext("%(name)s may have no value here: a way leads here that does not set it."),
    ),
    (r"nothing sets (?P<name>\w+)", lazy_gettext("Nothing sets %(name)s.")),
    (r"says nothing", lazy_gettext("It says nothing: give it words or a prompt.")),
    (
        r"is missing: the flow is spoken in (?P<names>.*)",
        lazy_gettext("Words are missing: the flow is spoken in %(names)s."),
    ),
    (
        r"does nothing: a node does one thing",
        lazy_gettext("It does nothing: a node does one thing."),
    ),
    (
        r"does (?P<deeds>.+): a node does one thing",
        lazy_gettext("It does more than one thing: %(deeds)s."),
    ),
    (r"asks nothing: .*", lazy_gettext("It asks nothing: give it a question or a comment.")),
    (
        r"is everybody: .*",
        lazy_gettext("This is everybody: say by number, known, VIP or withheld who is meant."),
    ),
    (r"is more than most", lazy_gettext("The least is more than the most.")),
    (
        r"needs either to, .*",
        lazy_gettext("It needs either a place, or a variable with an extension's number."),
    ),
    (
        r"needs either csv, .*",
        lazy_gettext("It needs either its rows (csv), or the file where they are."),
    ),
    (
        r"row (?P<row>\d+) has (?P<many>\d+) values, not (?P<columns>\d+)",
        lazy_gettext("Row %(row)s has %(many)s values, not %(columns)s."),
    ),
    (
        r"the table has no column of this name",
        lazy_gettext("The table has no column of this name."),
    ),
    (
        r"has a brace that opens or closes nothing",
        lazy_gettext("There is a brace that opens or closes nothing."),
    ),
    (
        r"has a gap (?P<gap>\{.*\}) that names no variable",
        lazy_gettext("The gap %(gap)s names no variable."),
    ),
    (
        r"says (?P<gap>\{.*\}) as '(?P<form>.*)', which is none of (?P<forms>.*)",
        lazy_gettext("%(gap)s is said as %(form)s, which is none of: %(forms)s."),
    ),
    (
        r"says (?P<gap>\{.*\}) as '(?P<form>.*)'; write (?P<choices>.*)",
        lazy_gettext("%(gap)s is said as %(form)s; write: %(choices)s."),
    ),
    (
        r"does not say how (?P<gap>\{.*?\}) is said: write (?P<wanted>\{.*\}), with (?P<forms>.*)",
        lazy_gettext("How %(gap)s is said is missing: write %(wanted)s, with one of: %(forms)s."),
    ),
    (r"has no word that could be said", lazy_gettext("There is no word in it that could be said.")),
    (
        r"has gaps, which a flow cannot fill; .*",
        lazy_gettext("This prompt has gaps, which a flow cannot fill: write the text itself."),
    ),
    (
        r"nobody has spoken this prompt in (?P<language>\w+)",
        lazy_gettext("Nobody has spoken this prompt in this language (%(language)s)."),
    ),
    (r"is no expression: (?P<quoted>.*)", lazy_gettext("This is no expression: %(quoted)s.")),
    (
        r"is no JMESPath expression: (?P<quoted>.*)",
        lazy_gettext("This is no JMESPath expression: %(quoted)s."),
    ),
    (
        r"has something that is not used here: (?P<quoted>\w+)",
        lazy_gettext("There is something in it that is not used here: %(quoted)s."),
    ),
    (
        r"has (?P<value>.+), which is no text and no number",
        lazy_gettext("%(value)s is no text and no number."),
    ),
    (
        r"calls (?P<name>.+); there are (?P<names>.*)",
        lazy_gettext("%(name)s cannot be called; there are: %(names)s."),
    ),
    (
        r"(?P<name>\w+)\(\) takes (?P<many>\d+)",
        lazy_gettext("%(name)s takes this many values: %(many)s."),
    ),
    (r"there is no such file", lazy_gettext("There is no such file.")),
    (r"cannot be read: (?P<quoted>.*)", lazy_gettext("The file cannot be read: %(quoted)s.")),
    (r"is empty", lazy_gettext("The file is empty.")),
    (r"has no table (?P<table>.*)", lazy_gettext("The file has no table %(table)s.")),
    (r"has no column (?P<column>.*)", lazy_gettext("The file has no column %(column)s.")),
)
