"""Whom dial tone reminds: the rows of switchd as they come, change and go."""

from __future__ import annotations

import pytest

from firmware.lined.reminders import Reminders
from firmware.link.client import Event, Snapshot
from firmware.link.rows import MailboxRow, PersonRow, Row


def person(number: str, *, dnd: bool = False, forwards: dict[str, str] | None = None) -> PersonRow:
    return PersonRow(
        id=number,
        name="",
        dnd=dnd,
        call_waiting=True,
        forwards=forwards or {},
        no_answer_s=20.0,
        follow_me=False,
        follow_steps=(),
        speed_dials={},
        at="",
        guest="",
        wake_ups=(),
    )


def change(name: str, row: Row) -> Event:
    return Event(name=name, at=0.0, kind=name.partition(".")[0], row=row)


@pytest.fixture
def reminders():
    made = Reminders()
    made.told(Snapshot(rows={"mailbox": (MailboxRow(id="201", new=1, old=0),)}))
    return made


def test_new_messages_remind_until_they_are_heard(reminders):
    assert "201" in reminders
    assert "202" not in reminders
    reminders.told(change("mailbox.changed", MailboxRow(id="202", new=2, old=0)))
    reminders.told(change("mailbox.changed", MailboxRow(id="201", new=0, old=1)))
    assert "201" not in reminders
    assert "202" in reminders
    reminders.told(change("mailbox.removed", MailboxRow(id="202", new=2, old=0)))
    assert "202" not in reminders


@pytest.mark.parametrize(
    ("row", "is_reminded"),
    [
        (person("203"), False),
        (person("203", dnd=True), True),
        (person("203", forwards={"always": "extension:101"}), True),
        (person("203", forwards={"busy": "extension:101"}), False),
    ],
)
def test_a_telephone_that_will_not_ring_reminds(reminders, row, is_reminded):
    reminders.told(change("person.changed", row))
    assert ("203" in reminders) is is_reminded


def test_what_a_lost_exchange_said_is_void(reminders):
    reminders.lost()
    assert "201" not in reminders


def test_a_new_snapshot_replaces_what_was_known(reminders):
    reminders.told(Snapshot(rows={"person": (person("202", dnd=True),)}))
    assert "201" not in reminders
    assert "202" in reminders
