"""Routes and calendars in the site configuration: every mistake is explained."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected, Problem

GOOD = """
office: {country: ir, time_zone: Asia/Tehran}
extension:
  - {number: 101, name: Sara, password: not-a-secret-1, permission: mobile, caller_id: 02122334455}
  - {number: 201, name: Desk}
line:
  - {name: fxo-1, kind: trunk, route: calendar:office}
  - {name: fxo-2, kind: trunk, route: number:09121234567}
  - {name: gsm-1, kind: mobile, route: queue:support}
  - {name: fxs-1, kind: station, extension: 201}
queue:
  - {name: support, title: Support, members: [101]}
calendar:
  - name: office
    hours:
      - {days: [saturday, sunday], open: [08:00-12:00, 13:00-17:00]}
      - {days: [thursday], open: [22:00-02:00]}
    holidays: [country, islamic 10-01, jalali 01-13, 2026-12-25]
    exceptions:
      - {day: jalali 1405-12-29, open: [09:00-12:00], note: Last day}
    islamic_days: -1
    when_open: queue:support
    when_closed: extension:101
line_group:
  - {name: landlines, lines: [fxo-1, fxo-2], order: rotate}
inbound:
  - {name: vip, ways: [landlines], caller: [0912XXXXXXX], calendar: office, to: extension:101}
outbound:
  - name: mobile
    patterns: [09XXXXXXXXX]
    permission: mobile
    ways: [gsm-1, landlines]
    pin: 2468
    max_calls: 2
emergency: {numbers: [1490], ways: [landlines, gsm-1], notify: [101]}
"""


def problems_of(*changes: tuple[str, str]) -> dict[str, Problem]:
    text = GOOD
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return {problem.path: problem for problem in caught.value.problems}


def test_all_of_it_together_is_accepted() -> None:
    site = document.parse(GOOD)
    assert site.extension[0].permission == "mobile"
    assert site.outbound[0].pin is not None
    assert site.outbound[0].pin.get_secret_value() == "2468"
    assert "2468" not in document.dump(site, secrets=False)
    assert document.parse(document.dump(site, secrets=True)) == site


CASES = [
    (("[gsm-1, landlines]\n    pin", "[gsm-2, landlines]\n    pin"), "outbound[0].ways[0]",
     "there is no line, SIM, line group or trunk of this name", 'did you mean "gsm-1"?'),
    (("[gsm-1, landlines]\n    pin", "[fxs-1, landlines]\n    pin"), "outbound[0].ways[0]",
     "is a station line: a telephone of ours is on it, not the world outside", None),
    (("[gsm-1, landlines]\n    pin", "[gsm-1, gsm-1]\n    pin"), "outbound[0].ways[1]",
     "the same way twice: outbound[0].ways[0] has it already", ""),
    (("lines: [fxo-1, fxo-2]", "lines: [fxo-1, fxs-1]"), "line_group[0].lines[1]",
     "is a station line: a telephone of ours is on it, not the world outside", None),
    (("name: landlines, lines", "name: gsm-1, lines"), "line_group[0].name",
     "a second way of this name: line[2].name has it already", ""),
    (("[09XXXXXXXXX]", "[09.X]"), "outbound[0].patterns[0]", '"." may stand at the end only', ""),
    (("[09XXXXXXXXX]", "[09(1+)+]"), "outbound[0].patterns[0]", None, None),
    (("[0912XXXXXXX]", "[0912-1]"), "inbound[0].caller[0]", "0912 and 1 are not of one length", ""),
    (("calendar: office, to", "calendar: ofice, to"), "inbound[0].calendar",
     "there is no calendar of this name", 'did you mean "office"?'),
    (("calendar: office, to", "when: closed, to"), "inbound[0].calendar",
     "is missing: when = closed asks a calendar", "write calendar: office"),
    (("pin: 2468", "pin: 12"), "outbound[0].pin",
     "must be 4 to 12 of the digits 0-9: it is dialled", ""),
    (("pin: 2468", "pin: 1111"), "outbound[0].pin",
     "is one digit again and again: the first thing anybody tries", ""),
    (("pin: 2468", 'pin: "********"'), "outbound[0].pin",
     "is the mask of a shown configuration, not a PIN", ""),
    (("permission: mobile, caller_id", "permission: mobil, caller_id"), "extension[0].permission",
     None, 'did you mean "mobile"?'),
    (("notify: [101]", "notify: [110]"), "emergency.notify[0]",
     "no extension has this number", None),
    (("to: extension:101}\noutbound", "to: calendar:ofice}\noutbound"), "inbound[0].to",
     'there is no calendar "ofice"', 'did you mean "calendar:office"?'),
    (("number:09121234567", "number:0218"), "line[1].route", 'there is no number "0218"', None),
    (("time_zone: Asia/Tehran", "time_zone: Asia/Teheran"), "office.time_zone",
     "the system knows no such zone", 'did you mean "Asia/Tehran"?'),
    (("when_closed: extension:101", "when_closed: calendar:office"), "calendar[0].when_closed",
     "leads back here: the call would go round for ever", None),
    (("    when_closed: extension:101\n", ""), "calendar[0].when_closed",
     "is missing: calls are led to calendar:office", None),
    (("[22:00-02:00]", "[22:00-22:00]"), "calendar[0].hours[1].open[0]",
     "begins and ends at the same time", 'write "00:00-24:00" for the whole day'),
    (("[22:00-02:00]", "[25:00-02:00]"), "calendar[0].hours[1].open[0]", None, ""),
    (("jalali 01-13", "jalali 07-31"), "calendar[0].holidays[2]",
     "jalali month 7 has no day 31", ""),
    (("2026-12-25", "02-30"), "calendar[0].holidays[3]", "gregorian month 2 has no day 30", ""),
    (("2026-12-25", "1405-01-13"), "calendar[0].holidays[3]",
     "1405 is no year of the gregorian calendar near ours", "did you mean jalali 1405-01-13?"),
    (("jalali 1405-12-29", "jalali 1405-12-30"), "calendar[0].exceptions[0].day",
     "jalali 1405-12 has no day 30", ""),
    (("[country,", "[country xx,"), "calendar[0].holidays[0]",
     "nobody knows the public holidays of xx", "write its holidays one by one"),
    (("islamic_days: -1", "islamic_days: 3"), "calendar[0].islamic_days", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "reason", "suggestion"), CASES)
def test_each_mistake_is_named_with_its_place_and_what_to_write(
    change, path, reason, suggestion
) -> None:
    found = problems_of(change)
    assert path in found
    assert reason in {None, found[path].reason}
    assert suggestion in {None, found[path].suggestion}
    assert found[path].line > 0


def test_nothing_else_may_stand_on_an_emergency_number() -> None:
    found = problems_of(("number: 201, name: Desk}", "number: 115, name: Desk}"),
                        ("extension: 201}", "extension: 115}"))  # fmt: skip
    assert found["extension[1].number"].reason == "is an emergency number here (ambulance)"
    own = problems_of(("numbers: [1490]", "numbers: [201]"))
    assert own["extension[1].number"].reason == "is an emergency number here (emergency)"
    code = problems_of(("numbers: [1490]", 'numbers: ["*28"]'))
    assert "would take the emergency number *28" in code["features.night_switch"].reason


def test_two_calendars_need_digits_for_the_night_switch() -> None:
    second = "calendar:\n  - {name: second}\n"
    found = problems_of(("calendar:\n  - name: office", f"{second}  - name: office"))
    assert "a second calendar for these digits" in found["calendar[1].slot"].reason


def test_a_circle_through_a_menu_is_one_too() -> None:
    choice = "choice: [{digit: 1, to: queue:support}]"
    menu = f"ivr:\n  - {{name: night, {choice}, otherwise: calendar:office}}\n"
    found = problems_of(
        ("when_closed: extension:101", "when_closed: ivr:night"),
        ("calendar:\n", f"{menu}calendar:\n"),
    )
    assert found["calendar[0].when_closed"].reason.startswith("leads back here")


def test_withheld_numbers_match_no_pattern() -> None:
    found = problems_of(("caller: [0912XXXXXXX]", "caller: [0912XXXXXXX], withheld: true"))
    assert "together they take nobody" in found["inbound[0].caller"].reason
