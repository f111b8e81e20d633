"""Two telephones of one person ring for one leg: the first to answer has it, whatever the other
says, and when."""

from __future__ import annotations

import pytest

from firmware.model.cause import Cause
from firmware.sip.fork import Fork
from firmware.sip.media import Matrix, Node
from firmware.sip.stack import NoSlot


class Telephone:
    """One dialog as a fork sees it."""

    def __init__(self, events):
        self.events = events
        self.audio = Node("telephone")
        self.hung_up = None

    def hang_up(self, cause):
        self.hung_up = cause

    def swap_audio(self, other):
        self.audio, other.audio = other.audio, self.audio


class Leg:
    """A leg that writes down what it is told."""

    def __init__(self):
        self.told = []
        self.dialog = None

    def on_settled(self, dialog):
        self.dialog = dialog

    def on_ringing(self):
        self.told.append("ringing")

    def on_progress(self):
        self.told.append("progress")

    def on_answered(self):
        self.told.append("answered")

    def on_held(self, held):
        self.told.append("held")

    def on_digit(self, digit):
        self.told.append(digit)

    def on_ended(self, cause, by_them):
        self.told.append((cause, by_them))


class Call:
    """A fork of two, and what it is made of."""

    def __init__(self, *, second_fails=False):
        self.telephones = []
        self.leg = Leg()
        self.fork = Fork(
            Matrix(), self.leg, [self._send, self._full if second_fails else self._send]
        )

    def _send(self, events):
        self.telephones.append(Telephone(events))
        return self.telephones[-1]

    def _full(self, _events):
        raise NoSlot("full")

    def says(self, number, word, *arguments):
        getattr(self.telephones[number].events, f"on_{word}")(*arguments)


@pytest.fixture
def call():
    return Call()


def test_the_first_to_answer_has_the_leg_and_the_other_is_told_where_it_went(call):
    desk, browser = call.telephones
    place = call.fork.audio
    call.says(1, "ringing")
    call.says(1, "answered")
    assert call.leg.told == ["ringing", "answered"]
    assert call.leg.dialog is browser
    assert browser.events is call.leg
    assert browser.audio is place
    assert desk.hung_up is Cause.ANSWERED_ELSEWHERE
    call.says(0, "ended", Cause.NORMAL_CLEARING, False)
    assert call.leg.told == ["ringing", "answered"]


def test_of_two_that_answer_at_once_the_second_is_hung_up(call):
    second = call.telephones[1].events
    call.says(0, "answered")
    second.on_answered()
    assert call.leg.told == ["answered"]
    assert call.leg.dialog is call.telephones[0]
    assert call.telephones[1].hung_up is Cause.ANSWERED_ELSEWHERE


def test_a_telephone_that_is_not_there_ends_nothing(call):
    call.says(0, "ended", Cause.SUBSCRIBER_ABSENT, True)
    assert call.leg.told == []
    call.says(1, "answered")
    assert call.leg.told == ["answered"]


@pytest.mark.parametrize(
    ("causes", "told"),
    [
        ((Cause.SUBSCRIBER_ABSENT, Cause.USER_BUSY), Cause.USER_BUSY),
        ((Cause.TEMPORARY_FAILURE, Cause.SUBSCRIBER_ABSENT), Cause.TEMPORARY_FAILURE),
        ((Cause.SUBSCRIBER_ABSENT, Cause.SUBSCRIBER_ABSENT), Cause.SUBSCRIBER_ABSENT),
        ((Cause.USER_BUSY, Cause.NO_ANSWER), Cause.NO_ANSWER),
    ],
)
def test_when_none_answers_the_cause_that_says_most_is_told_once(call, causes, told):
    for number, cause in enumerate(causes):
        assert call.leg.told == []
        call.says(number, "ended", cause, True)
    assert call.leg.told == [(told, True)]


def test_who_rejects_a_call_rejects_it_at_both_telephones(call):
    call.says(1, "ended", Cause.CALL_REJECTED, True)
    assert call.telephones[0].hung_up is Cause.CALL_REJECTED
    call.says(0, "ended", Cause.NORMAL_CLEARING, False)
    assert call.leg.told == [(Cause.CALL_REJECTED, True)]


def test_hung_up_it_ends_when_both_have_ended(call):
    call.fork.hang_up(Cause.NO_ANSWER)
    assert [one.hung_up for one in call.telephones] == [Cause.NO_ANSWER, Cause.NO_ANSWER]
    call.says(0, "ended", Cause.NO_ANSWER, False)
    assert call.leg.told == []
    call.says(1, "ended", Cause.NO_ANSWER, False)
    assert call.leg.told == [(Cause.NO_ANSWER, False)]


def test_an_answer_that_crosses_the_hanging_up_is_hung_up_too(call):
    call.fork.hang_up(Cause.NO_ANSWER)
    browser = call.telephones[1]
    browser.hung_up = None
    call.says(1, "answered")
    assert browser.hung_up is Cause.NORMAL_CLEARING
    assert call.leg.told == []
    assert call.leg.dialog is None
    call.says(0, "ended", Cause.NO_ANSWER, False)
    call.says(1, "ended", Cause.NORMAL_CLEARING, False)
    assert call.leg.told == [(Cause.NO_ANSWER, False)]


def test_with_room_for_one_that_one_rings():
    call = Call(second_fails=True)
    call.says(0, "answered")
    assert call.leg.told == ["answered"]


def test_with_room_for_none_it_is_refused():
    def full(_events):
        raise NoSlot("full")

    with pytest.raises(NoSlot, match="full"):
        Fork(Matrix(), Leg(), [full, full])


def test_a_leg_that_changed_seats_while_it_rang_hears_of_the_answer_there(call):
    other = Leg()
    call.fork.events = other
    call.says(0, "answered")
    assert call.leg.told == []
    assert other.told == ["answered"]
    assert other.dialog is call.telephones[0]
