"""How a value of a wrong shape reads, and a text that is no YAML: what was said, its changing parts
named, and how it reads."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

SHAPES: tuple[tuple[str, LazyString], ...] = (
    (r"is missing", lazy_gettext("This is missing.")),
    (r"has no value", lazy_gettext("This has no value.")),
    (r"nobody knows this key", lazy_gettext("Nobody knows this key.")),
    (r"must be a whole number.*|must be a valid integer", lazy_gettext("Put in a whole number.")),
    (
        r"must be a number, .*|must be a valid number",
        lazy_gettext("Put in a number, as in 5 or 2.5."),
    ),
    (r"must be (true or false|a valid boolean)", lazy_gettext("Put in true or false.")),
    (r"must be a list", lazy_gettext("Put in a list.")),
    (r"must be a text", lazy_gettext("Put in a text.")),
    (r"must be a section", lazy_gettext("Put in its fields.")),
    (
        r"must be (greater than or equal to|greater than) (?P<least>[-\d.]+)",
        lazy_gettext("It is too small: the limit is %(least)s."),
    ),
    (
        r"must be (less than or equal to|less than) (?P<most>[-\d.]+)",
        lazy_gettext("It is too large: the limit is %(most)s."),
    ),
    (r"must have at least (?P<least>\d+) .*", lazy_gettext("At least %(least)s must be there.")),
    (r"must be (?P<choices>'.*'|[\d, ]+ or \d+)", lazy_gettext("Put in one of: %(choices)s.")),
    (r"is not a valid IPv4 network", lazy_gettext("This is no IPv4 network.")),
    (r"is not a valid IPv4 address|is no IPv4 address", lazy_gettext("This is no IPv4 address.")),
    (
        r"must be (?P<least>\d+) to (?P<most>\d+) characters, none of them a control character",
        lazy_gettext("Put in %(least)s to %(most)s characters on one line."),
    ),
    (
        r"must be at most (?P<most>\d+) characters, none of them a control one",
        lazy_gettext("Put in at most %(most)s characters on one line."),
    ),
    (
        r"must be at least one character, and none of them a control character",
        lazy_gettext("Put in at least one character, and no control characters."),
    ),
    (
        r"must be 1 to 32 of the digits 0-9, \*, # and \+",
        lazy_gettext("Put in 1 to 32 of the digits 0-9, *, # and +."),
    ),
    (
        r"must be up to 32 of the digits 0-9, \*, # and \+",
        lazy_gettext("Put in at most 32 of the digits 0-9, *, # and +."),
    ),
    (
        r"must be up to (?P<most>\d+) of the digits 0-9",
        lazy_gettext("Put in at most %(most)s digits."),
    ),
    (
        r"must be up to 16 digits, pauses .*",
        lazy_gettext("Put in at most 16 digits, pauses (,), waits (w) and flashes (!)."),
    ),
    (
        r"must be 1 to 32 of the characters a-z, 0-9, - and _, .*",
        lazy_gettext("Put in 1 to 32 of the letters a-z, 0-9, - and _, no - or _ in front."),
    ),
    (
        r"must be 1 to 32 of a-z, 0-9 and _, .*",
        lazy_gettext("Put in 1 to 32 of the letters a-z, 0-9 and _, no _ in front."),
    ),
    (
        r"must be a skill: .*",
        lazy_gettext(
            "Put in a skill: 1 to 32 of the letters a-z, 0-9, “.”, - and _; "
            "a language is language.fa."
        ),
    ),
    (r"must be one of the keys 0-9.*", lazy_gettext("Put in one of the keys 0-9, * and #.")),
    (
        r"must be 1 to 6 of the keys 0-9, .*",
        lazy_gettext("Put in 1 to 6 of the keys 0-9, * and #."),
    ),
    (
        r'must be 1 to 8 of the keys 0-9, \* and #, or "off" for none',
        lazy_gettext("Put in 1 to 8 of the keys 0-9, * and #, or off for none."),
    ),
    (
        r"must be a destination: .*",
        lazy_gettext("Put in a destination, as in queue:NAME or extension:NUMBER."),
    ),
    (
        r"must be a node's name, or a place outside.*",
        lazy_gettext("Put in a node's name, or a destination outside the flow, as in queue:NAME."),
    ),
    (
        r"must be hours as in .*",
        lazy_gettext("Put in when it begins and when it ends, as in 08:00 and 17:00."),
    ),
    (
        r"must be a span of the day, .*",
        lazy_gettext("Put in a span of the day, as in 22:00-07:00."),
    ),
    (r"must be a time of day.*", lazy_gettext("Put in a time of day, as in 02:30.")),
    (r"must be a date as in (?P<day>\S+)", lazy_gettext("Put in a date, as in %(day)s.")),
    (
        r"must be a day: .*",
        lazy_gettext(
            "Put in a day, as in 2026-12-25 or 12-25, "
            "with jalali or islamic in front when it is theirs."
        ),
    ),
    (
        r'must be "country" for the public holidays.*',
        lazy_gettext(
            "Put in country for the public holidays of your own country, "
            "country ae for another's, or a day as in 12-25."
        ),
    ),
    (r"must be a pattern of (digits|numbers).*", lazy_gettext("This is no pattern of numbers.")),
    (r"must be a mail address.*", lazy_gettext("This is no mail address.")),
    (r"must be a path without spaces", lazy_gettext("Put in a path without spaces.")),
    (r"must be a path that begins with /", lazy_gettext("Put in a path that begins with /.")),
    (
        r"must be a path with (?P<number>\{number\}) in it: .*",
        lazy_gettext("Put in a path with %(number)s where the caller's number belongs."),
    ),
    (
        r"must be a page's address, with (?P<number>\{number\}) in it: .*",
        lazy_gettext("Put in a page's address with %(number)s where the caller's number belongs."),
    ),
    (r"must be the whole path of a file", lazy_gettext("Put in the whole path of a file.")),
    (
        r"must be a folder's path of letters, .*",
        lazy_gettext("Put in a folder's path of letters, digits, / . _ and -."),
    ),
    (
        r"must be NAME\.csv or NAME\.sqlite",
        lazy_gettext("Put in a file's name that ends with .csv or .sqlite."),
    ),
    (
        r"must be rows of CSV, .*",
        lazy_gettext("Put in rows of CSV, the first with the columns' names."),
    ),
    (
        r"must be a host's name or IPv4 address|must be a server's name or address",
        lazy_gettext("Put in a server's name or address."),
    ),
    (
        r"must be a server's public key, .*",
        lazy_gettext("Put in the server's public key, as ssh-keyscan prints it behind the name."),
    ),
    (
        r"must be a public key of age, .*",
        lazy_gettext("Put in a public key of age, which begins with age1."),
    ),
    (
        r"must be the address of a folder, .*",
        lazy_gettext("Put in the address of a folder, as in https://updates.example/stable."),
    ),
    (r'must be an address: ".*"', lazy_gettext("Put in an address that begins with https://.")),
    (
        r"must be a country's two small letters",
        lazy_gettext("Put in a country's two small letters, as in ir."),
    ),
    (r"must be a zone's name", lazy_gettext("Put in a time zone's name, as in Asia/Tehran.")),
    (r"must be a region's name, .*", lazy_gettext("Put in a region's name, as in us-east-1.")),
    (r"must be a bucket's name", lazy_gettext("This is no bucket's name.")),
    (r"must be an access key without spaces", lazy_gettext("Put in an access key without spaces.")),
    (
        r"must be a user's name of a-z, .*",
        lazy_gettext("Put in a user's name of a-z, 0-9, _ . and -."),
    ),
    (
        r"must be a user('s)? name without spaces",
        lazy_gettext("Put in a user's name without spaces."),
    ),
    (r"must be a UPS's name in ups\.conf", lazy_gettext("Put in a UPS's name, as in ups.conf.")),
    (r"must be a name of a-z, .*", lazy_gettext("Put in a name of a-z, 0-9, . and -.")),
    (
        r"must be up to 64 printable letters, .*",
        lazy_gettext("Put in at most 64 letters without spaces and @."),
    ),
    (
        r"must be an expression of at most (?P<most>\d+) .*",
        lazy_gettext("Put in an expression of at most %(most)s characters on one line."),
    ),
    (
        r"must be what `markaz line learn` wrote",
        lazy_gettext("Put in what learning the line wrote."),
    ),
    (
        r"must be where (it stands|in the answer it is) \(JMESPath\).*",
        lazy_gettext("Put in where it stands in the answer (JMESPath)."),
    ),
    (r"must be .+ for (?P<setting>\w+)", lazy_gettext("This value does not fit %(setting)s.")),
    (r"this is not YAML: (?P<quoted>.*)", lazy_gettext("This is not YAML: %(quoted)s.")),
    (
        r"the text is longer than (?P<most>\d+) characters",
        lazy_gettext("The text is longer than %(most)s characters."),
    ),
    (
        r"the character (?P<character>U\+\w+) cannot stand in YAML",
        lazy_gettext("The character %(character)s cannot stand in YAML."),
    ),
    (r"is nested deeper than (?P<most>\d+)", lazy_gettext("This is nested deeper than %(most)s.")),
    (r"a second document begins here", lazy_gettext("A second document begins here.")),
    (r"must be sections", lazy_gettext("The text must consist of sections.")),
    (r"a key must be a word", lazy_gettext("A key must be a word.")),
    (r"merge keys are not used here", lazy_gettext("Merge keys are not used here.")),
    (r"an alias is not used here", lazy_gettext("An alias (*) is not used here.")),
    (r"an anchor is not used here", lazy_gettext("An anchor (&) is not used here.")),
    (r"a tag is not used here", lazy_gettext("A tag (!) is not used here.")),
    (
        r"stands here twice: line (?P<line>\d+), column (?P<column>\d+) has it already",
        lazy_gettext("This stands here twice: first in line %(line)s, column %(column)s."),
    ),
)
