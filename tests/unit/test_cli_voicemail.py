"""``markaz voicemail``: the boxes and their messages at the command line."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from firmware.config.home import Home
from firmware.model.letter import Channel, Letter
from firmware.model.voicemail import PinResult, Side
from firmware.store import mailboxes, outbox
from firmware.store.db import open_store
from tests.browser import boxes
from tests.browser.stage import make_home
from tests.unit.cli_box import markaz


@pytest.fixture
def home(tmp_path) -> Home:
    return make_home(tmp_path)


def test_boxes_and_messages_are_listed(home):
    boxes.add_message(home, "m1", caller_name="\x1b[2Jوحید")
    boxes.add_message(home, "m2", state="deleted", deleted_at=1.0)
    listed = markaz(home, "voicemail", "list")
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.output.splitlines() if line[:1].isdigit()] == [
        "101",
        "102",
    ]
    messages = markaz(home, "voicemail", "list", "101")
    assert "m1" in messages.output
    assert "m2" not in messages.output
    assert "\x1b" not in messages.output
    found = json.loads(markaz(home, "voicemail", "list", "101", "--deleted", "--json").output)
    assert {(m["id"], m["state"]) for m in found} == {("m1", "new"), ("m2", "deleted")}


def test_a_message_is_deleted_taken_back_and_exported(home, tmp_path):
    message = boxes.add_message(home, "m1")
    with boxes.mailroom(home):
        assert markaz(home, "voicemail", "delete", "m1").exit_code == 0
        assert boxes.states(home) == {"m1": "deleted"}
        assert markaz(home, "voicemail", "restore", "m1").exit_code == 0
        refused = markaz(home, "voicemail", "delete", "none")
        assert (refused.exit_code, refused.output) == (1, "markaz: there is no message none\n")
    assert boxes.states(home) == {"m1": "saved"}
    target = tmp_path / "kept.wav"
    assert markaz(home, "voicemail", "export", "m1", str(target)).exit_code == 0
    assert target.read_bytes() == (home.voicemail / message.path).read_bytes()
    again = markaz(home, "voicemail", "export", "m1", str(target))
    assert again.exit_code == 1
    assert "exists already" in again.output
    assert markaz(home, "voicemail", "delete", "m1").exit_code == 1  # nobody listens any more


def test_a_pin_is_set_and_cleared(home):
    with boxes.mailroom(home):
        assert markaz(home, "voicemail", "set-pin", "101", "--stdin", stdin="7291\n").exit_code == 0
        weak = markaz(home, "voicemail", "set-pin", "101", "--stdin", stdin="1234\n")
        assert (weak.exit_code, weak.output) == (1, "markaz: easy\n")
        with closing(open_store(home)) as db:
            assert mailboxes.check_pin(db, "101", "7291", Side.OWN, 0.0) is PinResult.RIGHT
        assert markaz(home, "voicemail", "set-pin", "101", "--clear").exit_code == 0
        with closing(open_store(home)) as db:
            assert not mailboxes.state_of(db, "101").has_pin
        assert markaz(home, "voicemail", "set-pin", "101", "--stdin", stdin="\n").exit_code == 1


def test_letters_that_wait_are_listed_with_their_fault(home):
    letter = Letter(
        ident="voicemail:m1:mail",
        channel=Channel.MAIL,
        recipient="a@example.com",
        body="",
        created_at=1795288557.5,
    )
    with closing(open_store(home)) as db:
        outbox.put(db, letter)
        [waiting] = outbox.waiting(db, Channel.MAIL)
        outbox.put_back(db, waiting, "127.0.0.1:25 does not answer")
    listed = markaz(home, "voicemail", "letters")
    assert "does not answer" in listed.output
    assert markaz(home, "voicemail", "letters", "--now").exit_code == 1  # no outbox runs here
