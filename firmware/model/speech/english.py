"""English: "one thousand two hundred and thirty-four", "the third of March"."""

from __future__ import annotations

from firmware.model.speech.parts import Count, Date, Money, Noun, TimeOfDay

_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


class English:
    """The grammar of British English, which has the "and" that numbers are heard better by."""

    def cardinal(self, value: int) -> list[str]:
        """ "one hundred and one"."""
        if value < 1000:
            return _below_thousand(value)
        said: list[str] = []
        for size, name in _SCALES:
            many, value = divmod(value, size)
            if many:
                link = "_and" if 0 < value < 100 else ""
                said += [*_below_thousand(many), f"number/{name}{link}"]
        return said + (_below_thousand(value) if value else [])

    def ordinal(self, value: int) -> list[str]:
        """ "one hundred and first": only the last word is an ordinal."""
        *first, last = self.cardinal(value)
        return [*first, last.replace("number/", "ordinal/")]

    def count(self, value: int, noun: Noun) -> list[str]:
        """ "one message", "two messages"."""
        return [*self.cardinal(value), f"noun/{noun}_{'one' if value == 1 else 'many'}"]

    def money(self, money: Money) -> list[str]:
        """ "twelve dollars and fifty cents"."""
        said = []
        if money.value or not money.hundredths:
            said += self.cardinal(money.value)
            said.append(f"money/{money.currency}_{'one' if money.value == 1 else 'many'}")
        if money.hundredths:
            said += ["number/and"] if said else []
            said += self.cardinal(money.hundredths)
            form = "one" if money.hundredths == 1 else "many"
            said.append(f"money/{money.currency}_hundredth_{form}")
        return said

    def date(self, date: Date) -> list[str]:
        """ "Tuesday", "the", "third", "of March", "twenty", "twenty-six"."""
        said = [] if date.weekday is None else [f"date/weekday_{date.weekday}"]
        said += ["date/the", *self.ordinal(date.day), f"date/month_{date.month}"]
        return said if date.year is None else said + self._year(date.year)

    def time(self, time: TimeOfDay) -> list[str]:
        """ "two oh five p.m."; the hours that are neither are "noon" and "midnight"."""
        if time.minute == 0 and time.hour in (0, 12):
            return ["time/noon" if time.hour else "time/midnight"]
        minutes = self.cardinal(time.minute) if time.minute else []
        oh = ["number/oh"] if 0 < time.minute < 10 else []
        half = "time/am" if time.hour < 12 else "time/pm"
        return [*self.cardinal((time.hour - 1) % 12 + 1), *oh, *minutes, half]

    def duration(self, counts: tuple[Count, ...]) -> list[str]:
        """ "one hour", "two minutes", "and", "five seconds"."""
        said: list[str] = []
        for place, count in enumerate(counts):
            said += ["number/and"] if 0 < place == len(counts) - 1 else []
            said += self.count(count.value, count.noun)
        return said

    def _year(self, year: int) -> list[str]:
        """ "nineteen ninety-nine", "nineteen hundred", "two thousand and five"."""
        century, rest = divmod(year, 100)
        if century < 10 or century % 10 == 0:
            return self.cardinal(year)
        if rest == 0:
            return [*self.cardinal(century), "number/hundred"]
        return [
            *self.cardinal(century),
            *(["number/oh"] if rest < 10 else []),
            *_below_hundred(rest),
        ]


def _below_thousand(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    if not rest:
        return [f"number/{hundreds}", "number/hundred"]
    return [f"number/{hundreds}", "number/hundred_and", *_below_hundred(rest)]


def _below_hundred(value: int) -> list[str]:
    if value < 20 or value % 10 == 0:
        return [f"number/{value}"]
    return [f"number/{value - value % 10}", f"number/{value % 10}"]
