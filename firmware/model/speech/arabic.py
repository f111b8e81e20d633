"""Arabic: «ألف ومئتان وأربعة وثلاثون», «ثلاث رسائل جديدة», «الثالث من مارس».

The rules (Wright, *A Grammar of the Arabic Language*, I §§318–328):

* 1 and 2 follow what is counted and agree with it; said with a noun they are its singular and
  its dual («رسالتان»).
* 3 to 10 have the gender the noun has *not*, and the noun is plural («ثلاث رسائل»).
* 11 and 12 agree; of 13 to 19 the unit is reversed and the ten agrees; from 11 to 99 the noun
  is accusative singular («أحد عشر يومًا»).
* A hundred, a thousand, a million govern the noun in the genitive singular («مئة رسالة»); the
  dual before a noun loses its nun («مئتا رسالة»).
* After a hundred, one and two are the noun's own singular and dual («مئة رسالة ورسالة»).
* A thousand is itself counted so («ثلاثة آلاف», «أحد عشر ألفًا», «مئتا ألف», «مئة ألف وألف»).
* Parts are joined by «و», written and spoken as one word with what follows.

A form is named ``number/m3`` (what counts masculine nouns) or ``number/f3``; ``and_`` before
it joins, ``_construct`` and ``_oblique`` after it are the governed dual and the other case.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.model.speech.parts import Count, Currency, Date, Money, Noun, TimeOfDay

_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))

_FEMININE = {
    Noun.MESSAGE,
    Noun.NEW_MESSAGE,
    Noun.OLD_MESSAGE,
    Noun.HOUR,
    Noun.MINUTE,
    Noun.SECOND,
}

_FEMININE_HUNDREDTHS = {Currency.SAUDI_RIYAL}  # هللة

Groups = list[list[str]]
"""The parts of a number that «و» joins; the first word of each takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """What is counted: the beginning of its prompts' names, and its gender, "m" or "f"."""

    name: str
    gender: str = "m"


class Arabic:
    """The grammar of Modern Standard Arabic."""

    def cardinal(self, value: int) -> list[str]:
        """«مئة وواحد»: bare, in the nominative, as one counts."""
        return _linked(_number(value))

    def ordinal(self, value: int) -> list[str]:
        """«الحادي والعشرون»; from a hundred on, where speakers no longer use them, «رقم مئة»."""
        if value >= 100:
            return ["number/number", *self.cardinal(value)]
        return _ordinal(value, "m")

    def count(self, value: int, noun: Noun) -> list[str]:
        """«رسالة واحدة», «رسالتان», «ثلاث رسائل», «إحدى عشرة رسالة»."""
        return _linked(_counted(value, _thing(noun)))

    def money(self, money: Money) -> list[str]:
        """«اثنا عشر دولارًا وخمسون سنتًا»."""
        name = f"money/{money.currency}"
        groups: Groups = []
        if money.value or not money.hundredths:
            groups += _counted(money.value, _Thing(name=name))
        if money.hundredths:
            gender = "f" if money.currency in _FEMININE_HUNDREDTHS else "m"
            part = _Thing(name=f"{name}_hundredth", gender=gender)
            groups += _counted(money.hundredths, part)
        return _linked(groups)

    def date(self, date: Date) -> list[str]:
        """«الثلاثاء» «الثالث» «من مارس» «عام» «ألفين وستة وعشرين»: day and year are oblique."""
        said = [] if date.weekday is None else [f"date/weekday_{date.weekday}"]
        said += [*_ordinal(date.day, "m", oblique=True), f"date/month_{date.month}"]
        if date.year is None:
            return said
        return [*said, "date/year", *_linked(_number(date.year, oblique=True))]

    def time(self, time: TimeOfDay) -> list[str]:
        """«الساعة» «الثالثة» «وخمس عشرة دقيقة» «مساءً»; the first hour is «الواحدة»."""
        hour = (time.hour - 1) % 12 + 1
        said = ["time/hour", *(["time/one"] if hour == 1 else _ordinal(hour, "f"))]
        if time.minute:
            minutes = _counted(time.minute, _thing(Noun.MINUTE))
            said += _linked([[], *minutes])
        return [*said, _half_of_day(time.hour)]

    def duration(self, counts: tuple[Count, ...]) -> list[str]:
        """«ساعة واحدة ودقيقتان»."""
        return _linked([g for c in counts for g in _counted(c.value, _thing(c.noun))])


def _thing(noun: Noun) -> _Thing:
    return _Thing(name=f"noun/{noun}", gender="f" if noun in _FEMININE else "m")


def _half_of_day(hour: int) -> str:
    if hour < 12:
        return "time/morning"
    return "time/noon" if hour == 12 else "time/evening"


def _counted(value: int, thing: _Thing) -> Groups:
    """So many of a thing."""
    if value == 1:
        return [[f"{thing.name}_one"]]
    if value == 2:
        return [[f"{thing.name}_two"]]
    rest = value % 100
    if rest in (1, 2):
        return [*_counted(value - rest, thing), *_counted(rest, thing)]
    form = _form(rest, value)
    *groups, last = _number(value, thing.gender, governs=form == "bare", counts=form == "few")
    return [*groups, [*last, f"{thing.name}_{form}"]]


def _form(rest: int, value: int) -> str:
    if value and 3 <= rest <= 10:
        return "few"
    return "many" if rest > 10 else "bare"


def _number(
    value: int,
    gender: str = "m",
    *,
    governs: bool = False,
    counts: bool = False,
    oblique: bool = False,
) -> Groups:
    """A number. ``gender`` is that of what it counts; ``governs``: a noun in the genitive
    follows at once; ``counts``: a plural does."""
    if value == 0:
        return [["number/0"]]
    groups: Groups = []
    for size, name in _SCALES:
        many, value = divmod(value, size)
        if many:
            groups += _scaled(many, name, governs=governs and not value, oblique=oblique)
    if value >= 100:
        hundreds = value - value % 100
        groups.append(
            [_dual(f"number/{hundreds}", hundreds == 200, governs and not value % 100, oblique)]
        )
    return groups + _below_hundred(value % 100, gender, counts=counts, oblique=oblique)


def _scaled(many: int, name: str, *, governs: bool, oblique: bool) -> Groups:
    """So many thousands: counted as any masculine noun, but one and two are single words in
    which ``governs`` and ``oblique`` show."""
    scale, rest = f"number/{name}", many % 100
    if rest in (1, 2):
        head = _scaled(many - rest, name, governs=False, oblique=oblique) if many > rest else []
        word = f"{scale}_one" if rest == 1 else _dual(f"{scale}_two", True, governs, oblique)
        return [*head, [word]]
    form = _form(rest, many)
    if form == "many" and governs:
        form = "bare"
    *groups, last = _number(many, governs=not rest, counts=form == "few", oblique=oblique)
    return [*groups, [*last, f"{scale}_{form}"]]


def _dual(name: str, is_dual: bool, governs: bool, oblique: bool) -> str:
    if not is_dual:
        return name
    return name + ("_oblique" if oblique else "") + ("_construct" if governs else "")


def _below_hundred(value: int, gender: str, *, counts: bool, oblique: bool) -> Groups:
    case = "_oblique" if oblique else ""
    tens, ones = value - value % 10, value % 10
    if value == 0:
        return []
    if value < 20:
        inflected = case if value in (2, 12) else ""
        # «ثماني رسائل», and «ثمانٍ» where no noun follows
        construct = "_construct" if (value, gender) == (8, "f") and counts else ""
        return [[f"number/{gender}{value}{inflected}{construct}"]]
    if not ones:
        return [[f"number/{tens}{case}"]]
    inflected = case if ones == 2 else ""
    unit = (
        "number/f1_of_tens" if (ones, gender) == (1, "f") else f"number/{gender}{ones}{inflected}"
    )
    return [[unit], [f"number/{tens}{case}"]]


def _ordinal(value: int, gender: str, *, oblique: bool = False) -> list[str]:
    tens, ones = value - value % 10, value % 10
    case = "_oblique" if oblique else ""
    if value < 20:
        return [f"ordinal/{gender}{value}"]
    if not ones:
        return [f"ordinal/{tens}{case}"]
    unit = f"ordinal/{gender}1_of_tens" if ones == 1 else f"ordinal/{gender}{ones}"
    return [unit, f"ordinal/and_{tens}{case}"]


def _linked(groups: Groups) -> list[str]:
    """All groups, the first word of each but the first with its «و»."""
    said = list(groups[0])
    for first, *others in groups[1:]:
        folder, _, name = first.rpartition("/")
        said += [f"{folder}/and_{name}", *others]
    return said
