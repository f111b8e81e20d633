"""Time zones as telephones are told them: half hours, summer time, and none."""

from __future__ import annotations

import pytest

from provisioning import table
from provisioning.device import DstChange, DstRule, TimeZone
from provisioning.phones import families
from provisioning.zones import time_zone
from tests.unit.phone_samples import SAMPLES, told

TEHRAN = {
    ("yealink", "T46G"): ("local_time.time_zone", "+3:30"),
    ("grandstream", "GXP1628"): ("P246", "LMT-3:30"),
    ("grandstream", "HT802"): ("P246", "LMT-3:30"),
    ("snom", "D785"): ("utc_offset", "+12600"),
    ("fanvil", "X4"): ("phone/date/TimeZone", "14"),
    ("cisco", "SPA504G"): ("Time_Zone", "GMT+03:30"),
    ("polycom", "VVX400"): ("tcpIpApp.sntp.gmtOffset", "12600"),
    ("gigaset", "N510 IP PRO"): ("BS_IP_Data1.uiI_TIME_TIMEZONE", "0x2a"),
    ("gigaset", "N870 IP PRO"): ("DmGlobal.0.TimeZone", "Asia/Tehran"),
    ("gigaset", "Maxwell 3"): ("System.DateAndTime.TimeZone", "Asia/Tehran"),
    ("gigaset_desk", "P825"): ("utc_offset", "+12600"),
    ("panasonic", "KX-UT136"): ("TIME_ZONE", "210"),
    ("htek", "UC903"): ("P64/Preference.TimeZone", "74"),
    ("alcatel", "M3"): ("SettingTimeZone", "+3:30"),
    ("avaya", "J179"): ("GMTOFFSET", "+3:30"),
    ("aastra", "6867i"): ("time zone minutes", "-210"),
    ("flyingvoice", "FIP13G"): ("local_time.time_zone", "+3:30"),
    ("digium", "D65"): ("time_zone", "Asia/Tehran"),
    ("obihai", "OBi302"): ("DeviceInfo.Time./LocalTimeZone", "GMT+03:30"),
}
NO_SUMMER_TIME = {
    "yealink": ("local_time.summer_time", "0"),
    "snom": ("dst", ""),
    "fanvil": ("phone/date/DSTType", "0"),
    "cisco": ("Daylight_Saving_Time_Enable", "No"),
    "polycom": ("tcpIpApp.sntp.daylightSavings.enable", "0"),
    "panasonic": ("DST_ENABLE", "N"),
    "htek": ("P75/Preference.DaylightSavingTime", "0"),
    "alcatel": ("SettingDstEnable", "0"),
    "avaya": ("DSTOFFSET", "0"),
    "aastra": ("dst config", "0"),
    "obihai": ("DeviceInfo.Time./DaylightSavingTimeEnable", "false"),
}


@pytest.mark.parametrize(("sort", "expected"), TEHRAN.items(), ids=lambda part: str(part[1]))
def test_tehran_is_three_and_a_half_hours_east(
    sort: tuple[str, str], expected: tuple[str, str]
) -> None:
    parameter, value = expected
    assert told(*sort, time_zone=time_zone("Asia/Tehran"))[parameter] == value


@pytest.mark.parametrize(("family", "expected"), NO_SUMMER_TIME.items())
def test_tehran_has_no_summer_time(family: str, expected: tuple[str, str]) -> None:
    parameter, value = expected
    assert told(family, SAMPLES[family][0])[parameter] == value


def test_every_family_that_can_be_told_a_zone_is_checked_for_tehran() -> None:
    can = {family.name for family in families() if "time zone" in table.abilities(family)}
    assert can == {family for family, _ in TEHRAN}


BERLIN = {
    ("yealink", "T46G"): {
        "local_time.time_zone": "+1",
        "local_time.start_time": "3/5/7/2",
        "local_time.end_time": "10/5/7/3",
        "local_time.offset_time": "60",
    },
    ("grandstream", "GXP1628"): {"P246": "LMT-1LST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"},
    ("snom", "D785"): {"dst": "3600 03.05.07 02:00:00 10.05.07 03:00:00"},
    ("cisco", "SPA504G"): {
        "Time_Zone": "GMT+01:00",
        "Daylight_Saving_Time_Rule": "start=3/-1/7/2:0:0;end=10/-1/7/3:0:0;save=1:0",
    },
    ("avaya", "J179"): {"DSTSTART": "LSunMar2L", "DSTSTOP": "LSunOct3L", "GMTOFFSET": "+1:00"},
    ("polycom", "VVX400"): {
        "tcpIpApp.sntp.daylightSavings.start.dayOfWeek": "1",
        "tcpIpApp.sntp.daylightSavings.start.dayOfWeek.lastInMonth": "1",
    },
    ("panasonic", "KX-UT136"): {"TIME_ZONE": "60", "DST_START_TIME": "120"},
    ("alcatel", "M3"): {"SettingTimeZone": "+1:00", "SettingDstEnable": "2"},
}


@pytest.mark.parametrize(("sort", "expected"), BERLIN.items(), ids=lambda part: str(part)[:24])
def test_berlin_has_summer_time(sort: tuple[str, str], expected: dict[str, str]) -> None:
    said = told(*sort, time_zone=time_zone("Europe/Berlin"))
    assert {name: said[name] for name in expected} == expected


def test_zones_are_read_from_the_system() -> None:
    assert time_zone("Asia/Tehran") == TimeZone(iana="Asia/Tehran", offset_minutes=210)
    assert time_zone("Asia/Kathmandu").offset_minutes == 345
    assert time_zone("America/St_Johns").offset_minutes == -210
    lord_howe = time_zone("Australia/Lord_Howe").dst
    assert lord_howe is not None
    assert lord_howe.saved_minutes == 30
    rule = DstRule(
        start=DstChange(month=3, week=5, weekday=0),
        end=DstChange(month=10, week=5, weekday=0, hour=3),
    )
    assert time_zone("Europe/Berlin").dst == rule
    with pytest.raises(ValueError, match="there is no time zone 'Asia/Teheran'"):
        time_zone("Asia/Teheran")
