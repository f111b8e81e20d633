"""Persian: «هزار و دویست و سی و چهار», «سوم فروردین سال هزار و چهارصد و پنج».

Every part of a number but the last is followed by «و», spoken as one word with it (bist-o):
each such word is a prompt of its own, named ``…_and``. What is counted stays singular.
"""

from __future__ import annotations

from firmware.model.speech.parts import Count, Date, Money, Noun, TimeOfDay

_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


class Persian:
    """The grammar of Persian."""

    def cardinal(self, value: int) -> list[str]:
        """«صد و یک»."""
        return _linked(_groups(value))

    def ordinal(self, value: int) -> list[str]:
        """«بیست و یکم»: only the last word is an ordinal; the first of all is «اول»."""
        if value == 1:
            return ["ordinal/first"]
        *first, last = self.cardinal(value)
        return [*first, last.replace("number/", "ordinal/")]

    def count(self, value: int, noun: Noun) -> list[str]:
        """«سه پیام»."""
        return [*self.cardinal(value), f"noun/{noun}"]

    def money(self, money: Money) -> list[str]:
        """«دوازده دلار و پنجاه سنت»."""
        groups = []
        if money.value or not money.hundredths:
            groups.append([*self.cardinal(money.value), f"money/{money.currency}"])
        if money.hundredths:
            hundredths = self.cardinal(money.hundredths)
            groups.append([*hundredths, f"money/{money.currency}_hundredth"])
        return _linked(groups)

    def date(self, date: Date) -> list[str]:
        """«سه‌شنبه» «دوازدهمِ» «اسفندِ سالِ» …: each but the last takes the ezafe."""
        said = [] if date.weekday is None else [f"date/weekday_{date.weekday}"]
        said.append(f"date/day_{date.day}")
        if date.year is None:
            return [*said, f"date/month_{date.month}"]
        return [*said, f"date/month_{date.month}_of", *self.cardinal(date.year)]

    def time(self, time: TimeOfDay) -> list[str]:
        """«ساعت چهارده و سی دقیقه», on 24 hours as it is announced."""
        hour = self.cardinal(time.hour)
        if time.minute:
            hour = _linked([hour, [*self.cardinal(time.minute), f"noun/{Noun.MINUTE}"]])
        return ["time/hour", *hour]

    def duration(self, counts: tuple[Count, ...]) -> list[str]:
        """«یک ساعت و دو دقیقه»."""
        return _linked([self.count(count.value, count.noun) for count in counts])


def _groups(value: int) -> list[list[str]]:
    """The parts of a number that «و» joins; of «دو هزار» the second word takes it."""
    if value == 0:
        return [["number/0"]]
    groups: list[list[str]] = []
    for size, name in _SCALES:
        many, value = divmod(value, size)
        if many:
            *before, last = _below_thousand(many) if (many, name) != (1, "thousand") else [[]]
            groups += [*before, [*last, f"number/{name}"]]
    return groups + _below_thousand(value)


def _below_thousand(value: int) -> list[list[str]]:
    hundreds, rest = value - value % 100, value % 100
    tens, ones = (rest, 0) if rest < 20 else (rest - rest % 10, rest % 10)
    return [[f"number/{part}"] for part in (hundreds, tens, ones) if part]


def _linked(groups: list[list[str]]) -> list[str]:
    """All groups, the last word of each but the last with its «و»."""
    said: list[str] = []
    for group in groups[:-1]:
        said += [*group[:-1], f"{group[-1]}_and"]
    return said + groups[-1]
