"""The outbox when it is killed, refused, or hung up on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from firmware.config.sections.mail import Mail
from firmware.link.client import Event, Snapshot
from firmware.link.internet import InternetRow
from firmware.model.letter import Channel, LetterState
from firmware.outbox.internet import Outage
from firmware.outbox.route import Never, RouteClosed
from firmware.outbox.sender import Sender
from firmware.store import outbox
from firmware.store.db import open_store
from tests.rig.until import until
from tests.unit.mail_server import Inbox, serving
from tests.unit.outbox_bench import AT, Clock, Post, home_at


@pytest.fixture
def home(tmp_path):
    return home_at(tmp_path)


class Recorded:
    """A route that only notes; ``at_most_once`` as the real one's."""

    def __init__(self, at_most_once):
        self.at_most_once = at_most_once
        self.sent = []
        self.error = None

    def send(self, letter):
        if self.error is not None:
            raise self.error
        self.sent.append(letter.ident)

    def close(self):
        """Nothing is open."""


@pytest.mark.parametrize(
    ("at_most_once", "sent", "state"), [(False, ["1"], "sent"), (True, [], "failed")]
)
def test_a_letter_that_was_being_sent_when_the_power_went(home, at_most_once, sent, state):
    """Mail goes again with its own Message-ID; a short message is not paid for twice."""
    post = Post(home)
    post.put("1")
    with closing(open_store(home)) as db:
        [letter] = outbox.waiting(db, Channel.MAIL)
        outbox.begin(db, letter)
    route = Recorded(at_most_once)
    sender = Sender(
        home,
        {Channel.MAIL: route},
        keep_trying_s=lambda: 3600.0,
        clock=Clock(),
        wall=lambda: AT,
    )
    sender.round()
    assert route.sent == sent
    assert post.state("1").state == state


def test_a_route_that_will_never_take_it_and_one_that_is_closed(home):
    post = Post(home)
    post.put("1")
    route = Recorded(at_most_once=True)
    clock = Clock()
    sender = Sender(
        home, {Channel.MAIL: route}, keep_trying_s=lambda: 3600.0, clock=clock, wall=lambda: AT
    )
    route.error = RouteClosed("no SIM is in a network")
    sender.round()
    assert post.state("1").state == LetterState.WAITING  # and not taken for half sent
    clock.now += 60.0
    route.error = Never("no number")
    sender.round()
    assert post.state("1").state == LetterState.FAILED


_CHILD = """
import sys, time
from firmware.config.home import Home
from firmware.config.sections.mail import Mail, Security
from firmware.outbox.mail import MailRoute
from firmware.outbox.sender import Sender

home, port = Home(__import__("pathlib").Path(sys.argv[1])), int(sys.argv[2])
mail = Mail(server="127.0.0.1", port=port, sender="box@example.com", security=Security.NONE)
sender = Sender(home, {"mail": MailRoute(home, lambda: (mail, "Office"))},
                keep_trying_s=lambda: 1e9, clock=time.monotonic, wall=time.time)
print("ready", flush=True)
while True:
    sender.round()
"""


def test_kill_9_again_and_again_sends_each_letter_in_order_and_none_under_two_names(home, tmp_path):
    inbox = Inbox()
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        for number in range(40):
            post.put(f"{number:02}")
        for kill_after in range(3, 40, 6):
            child = subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(home.root), str(port)],
                stdout=subprocess.PIPE,
            )
            try:
                assert child.stdout.readline() == b"ready\n"
                until(lambda n=kill_after: len(inbox.taken) >= n, 20.0, "letters are taken")
            finally:
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
                child.stdout.close()
        post.run_for(30)
        assert post.run_for(30) == 0
    first_seen = list(dict.fromkeys(inbox.subjects))
    assert first_seen == [f"{number:02}" for number in range(40)]
    # At most the one that was on its way at each kill came twice, and by the same Message-ID.
    assert len(inbox.taken) - 40 <= 7
    idents = {(message["Subject"], message["Message-ID"]) for message in inbox.taken}
    assert len(idents) == 40


def test_a_server_that_takes_a_letter_and_hangs_up_gets_it_again_by_the_same_name(home, tmp_path):
    inbox = Inbox()
    inbox.hang_up_after_data = True
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        post.put("1")
        assert post.run_for(4) == 0
        inbox.hang_up_after_data = False
        assert post.run_for(60) == 1
    first, second = inbox.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_what_was_sent_is_forgotten_after_a_month_and_stray_attachments_with_it(home, tmp_path):
    inbox = Inbox()
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        post.put("1")
        post.run_for(10)
    stray = home.outbox / "stray.wav"
    stray.write_bytes(b"RIFF")
    post.clock.now += 31 * 86400
    post.run_for(10)
    assert post.state("1") is None
    assert stray.exists()  # it is young by the disk's clock: its letter may be written just now


class _Outside:
    """What holds mail back, if anything does."""

    reason = ""

    def __call__(self, channel):
        return self.reason if channel == Channel.MAIL else ""


def test_without_internet_mail_is_not_tried_texts_go_and_mail_goes_the_moment_it_is_back(home):
    post, outside, clock = Post(home), _Outside(), Clock()
    post.put("1")
    post.put("2")
    mail, sms = Recorded(at_most_once=False), Recorded(at_most_once=True)
    sender = Sender(
        home,
        {Channel.MAIL: mail, Channel.SMS: sms},
        keep_trying_s=lambda: 3600.0,
        clock=clock,
        wall=lambda: AT,
        held=outside,
    )
    mail.error = RouteClosed("no answer")
    for _ in range(6):  # the pause grows to minutes
        sender.round()
        clock.now += 400.0
    outside.reason, mail.error = "no internet: the router 10.0.0.1 does not answer", None
    sender.round()
    assert mail.sent == []
    assert sender.warnings == ("mail waits: no internet: the router 10.0.0.1 does not answer",)
    outside.reason = ""
    sender.round()
    assert mail.sent == ["1", "2"], "in their order, and without waiting for the pause"
    assert sender.warnings == ()


def test_a_letter_runs_out_while_there_is_no_internet(home):
    post, outside, clock = Post(home), _Outside(), Clock()
    post.put("1")
    route = Recorded(at_most_once=False)
    outside.reason = "no internet"
    sender = Sender(
        home,
        {Channel.MAIL: route},
        keep_trying_s=lambda: 3600.0,
        clock=clock,
        wall=lambda: AT,
        held=outside,
    )
    for _ in range(70):
        sender.round()
        clock.now += 60.0
    outside.reason = ""
    sender.round()
    assert (route.sent, post.state("1").state) == ([], LetterState.EXPIRED)


def _row(state):
    return InternetRow(id="internet", state=state, cause="", detail="nobody answers", since=0.0)


def test_the_edge_says_when_mail_is_held():
    ended = []
    server = "mail.example.com"
    outage = Outage(lambda: (Mail(server=server, sender="a@b"), ""))
    outage.ended = lambda: ended.append(1)
    event = Event(name="internet.changed", at=0.0, kind="internet", row=_row("down"))
    outage.told(Snapshot(rows={"internet": (_row("up"),)}))
    assert outage.holds("mail") == ""
    outage.told(event)
    assert outage.holds("mail") == "no internet: nobody answers"
    assert outage.holds("sms") == ""
    assert outage.hinders("https://crm.example.com/in") == "no internet: nobody answers"
    for near in ("http://192.168.1.9:9000", "sftp://nas.lan", "file://"):
        assert outage.hinders(near) == ""
    server = "mail.lan"
    assert outage.holds("mail") == "", "a server in the office is reached all the same"
    server = "mail.example.com"
    assert ended == []
    outage.lost()
    assert (outage.holds("mail"), ended) == ("", [1])
