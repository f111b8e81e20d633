"""A battery's minutes, learnt: against batteries whose truth is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model.power.battery import Discharge, End, Sample, learnt


def discharge(
    minutes_at, *, began_at=0.0, load=50.0, start=100.0, stop=0.0, end=End.HALTED, noise=0
):
    """A discharge of a battery whose level at ``t`` minutes is ``minutes_at(t)``."""
    dice, samples, t = random.Random(began_at), [], 0.0
    while (level := minutes_at(t)) > stop and t < 600:
        if level <= start:
            heard = min(100.0, max(0.0, level + dice.uniform(-noise, noise)))
            samples.append(Sample(at_s=t * 60.0, level_percent=heard, load_percent=load))
        t += 1 / 6
    return Discharge(began_at=began_at, samples=tuple(samples), end=end)


def straight(minutes):
    return lambda t: 100.0 * (1 - t / minutes)


def knee(t):
    """Sixty minutes whose first half takes ten percent and whose second half the rest."""
    return 100 - t / 3 if t < 30 else 90 * (1 - (t - 30) / 30)


def test_without_history_it_is_what_the_label_says():
    assert learnt([], full_minutes=40).minutes_left(100) == pytest.approx(40)
    assert learnt([], full_minutes=40).minutes_left(25) == pytest.approx(10)


def test_an_old_battery_is_found_out():
    battery = learnt([discharge(straight(18))], full_minutes=60)
    assert battery.minutes_left(50) == pytest.approx(9, rel=0.1)


def test_a_curve_with_a_knee_is_learnt():
    battery = learnt([discharge(knee)], full_minutes=60)
    assert battery.minutes_left(100) == pytest.approx(60, rel=0.1)
    assert battery.minutes_left(45) == pytest.approx(15, rel=0.1)


def test_half_the_load_lasts_twice_as_long():
    battery = learnt([discharge(straight(30), load=60)], full_minutes=60)
    assert battery.minutes_left(100, 30.0) == pytest.approx(60, rel=0.1)


def test_where_it_died_is_its_bottom():
    dead = discharge(straight(40), stop=30, end=End.DIED)
    battery = learnt([dead], full_minutes=40)
    assert battery.minutes_left(50) == pytest.approx(8, rel=0.1)
    assert battery.minutes_left(30) == pytest.approx(0, abs=0.3)


def test_a_new_battery_is_believed_when_it_goes_below_that():
    dead = discharge(straight(40), stop=30, end=End.DIED, began_at=1)
    good = discharge(straight(40), stop=5, end=End.BACK, began_at=2)
    assert learnt([good, dead], full_minutes=40).empty_percent == pytest.approx(5, abs=1)


def test_one_odd_discharge_among_several_does_not_count():
    odd = discharge(straight(200), began_at=3)
    usual = [discharge(straight(30), began_at=n) for n in (1, 2, 4, 5)]
    assert learnt([odd, *usual], full_minutes=60).minutes_left(100) == pytest.approx(30, rel=0.1)


def test_a_noisy_gauge_does_not_make_it_faster():
    battery = learnt([discharge(straight(30), noise=3)], full_minutes=60)
    assert battery.minutes_left(100) == pytest.approx(30, rel=0.25)


def test_a_discharge_that_goes_faster_than_ever_is_noticed_while_it_lasts():
    battery = learnt([discharge(straight(60), began_at=n) for n in range(3)], full_minutes=60)
    now_on = discharge(straight(20), stop=70).samples
    assert battery.corrected(now_on).minutes_left(70) == pytest.approx(14, rel=0.15)


def test_short_discharges_alone_say_nothing_that_is_better_than_the_label():
    blip = discharge(straight(60), stop=99.5, end=End.BACK)
    assert learnt([blip], full_minutes=45).minutes_left(100) == pytest.approx(45)


SAMPLES = st.lists(
    st.builds(
        Sample,
        at_s=st.floats(0, 1e5),
        level_percent=st.floats(0, 100),
        load_percent=st.one_of(st.none(), st.floats(0, 200)),
    ),
    max_size=30,
).map(tuple)


@given(
    st.lists(
        st.builds(Discharge, began_at=st.floats(0, 1e9), samples=SAMPLES, end=st.sampled_from(End)),
        max_size=5,
    ),
    SAMPLES,
)
def test_whatever_a_gauge_said_more_charge_is_more_time_and_none_is_none(history, now_on):
    battery = learnt(history, full_minutes=30).corrected(now_on)
    minutes = [battery.minutes_left(level) for level in range(0, 101, 5)]
    assert minutes[0] == 0.0
    assert minutes == sorted(minutes)
    assert minutes[-1] < float("inf")
