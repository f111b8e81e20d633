"""Who may do what, as the office agreed on: written down here once more, by hand."""

from __future__ import annotations

import pytest

from firmware.model.permissions import (
    CHANGING,
    REACHES,
    Bearer,
    Permission,
    Reach,
    Role,
    may,
    reach,
)

LETTERS = {
    "o": Role.OWNER,
    "t": Role.TECHNICIAN,
    "s": Role.SUPERVISOR,
    "a": Role.AGENT,
    "r": Role.READER,
}
MATRIX = {
    "open": "otsar",
    "own_account": "otsar",
    "see_live": "otsar",
    "order_calls": "otsa",
    "supervise": "os",
    "show_wallboard": "ots",
    "see_calls": "otsar",
    "note_calls": "osa",
    "hear_recordings": "osa",
    "open_sealed": "os",
    "export": "os",
    "delete_recordings": "o",
    "see_reports": "otsar",
    "evaluate_calls": "os",
    "see_quality": "osa",
    "read_articles": "otsar",
    "write_articles": "os",
    "use_voicemail": "osa",
    "use_softphone": "otsa",
    "see_phonebook": "otsar",
    "change_phonebook": "ots",
    "send_messages": "o",
    "see_phones": "otr",
    "change_phones": "ot",
    "see_lines": "otr",
    "test_lines": "ot",
    "see_settings": "otr",
    "change_settings": "ot",
    "see_box": "otr",
    "change_box": "ot",
    "use_bench": "ot",
    "change_users": "o",
    "see_audit": "o",
}


@pytest.mark.parametrize("permission", Permission)
def test_each_permission_is_for_those_it_was_meant_for(permission):
    wanted = {LETTERS[letter] for letter in MATRIX[permission]}
    assert {role for role in Role if permission in REACHES[role]} == wanted


def test_a_reader_changes_nothing():
    assert len(CHANGING) >= 7
    assert not CHANGING & REACHES[Role.READER].keys()


def test_nobody_but_the_owner_and_technician_changes_the_box():
    for role in (Role.SUPERVISOR, Role.AGENT, Role.READER):
        assert all(
            far is not Reach.ALL or not permission.startswith("change_")
            for permission, far in REACHES[role].items()
            if permission is not Permission.CHANGE_PHONEBOOK
        )


SUPERVISOR = Bearer(role=Role.SUPERVISOR, queues=frozenset({"sales"}), extension="101")
AGENT = Bearer(role=Role.AGENT, queues=frozenset({"sales"}), extension="102")


@pytest.mark.parametrize(
    ("bearer", "queues", "extensions", "expected"),
    [
        (SUPERVISOR, {"sales"}, {}, True),
        (SUPERVISOR, {"sales", "support"}, {}, True),
        (SUPERVISOR, {"support"}, {}, False),
        (SUPERVISOR, {"support"}, {"101"}, True),
        (SUPERVISOR, {}, {"102"}, False),
        (SUPERVISOR, {}, {}, True),
        (AGENT, {"sales"}, {}, False),
        (AGENT, {"sales"}, {"102", "103"}, True),
        (AGENT, {}, {"103"}, False),
        (Bearer(role=Role.AGENT), {}, {"103"}, False),
        (Bearer(role=Role.READER), {"support"}, {"103"}, True),
        (Bearer(role=Role.SUPERVISOR), {"sales"}, {}, False),
    ],
)
def test_a_permission_reaches_only_what_belongs_to_the_person(bearer, queues, extensions, expected):
    assert (
        may(
            bearer,
            Permission.SEE_CALLS,
            queues=frozenset(queues),
            extensions=frozenset(extensions),
        )
        is expected
    )


def test_what_a_role_has_not_reaches_nothing():
    assert reach(AGENT, Permission.SUPERVISE) is None
    assert not may(AGENT, Permission.SUPERVISE, extensions=frozenset({"102"}))
