"""The outbox against a real mail server: outages, refusals, encryption, order, kill -9."""

from __future__ import annotations

import logging
from contextlib import closing

import pytest
from pydantic import SecretStr

from firmware.config.sections.mail import Security
from firmware.link.api import LinedApi
from firmware.model.letter import Channel, LetterState
from firmware.model.voicemail import MessageState
from firmware.outbox.sender import LONGEST_PAUSE_S, Sender
from firmware.outbox.sms import SmsRoute
from firmware.store import mailboxes, outbox
from firmware.store.db import open_store
from firmware.voicemail.deliver import deliver
from tests.unit.mail_server import Inbox, closed_port, letters, serving
from tests.unit.outbox_bench import AT, PASSWORD, Clock, Post, home_at, site, spoken
from tests.unit.served import serving as serving_link


@pytest.fixture
def home(tmp_path):
    return home_at(tmp_path)


# -- what is written --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "subject", "day", "clock", "length"),
    [
        ("fa", "پیام صوتی از", "۳۰ آبان ۱۴۰۵", "۲۲:۴۵", "۲:۰۵"),
        ("ar", "رسالة صوتية من", "٢١ نوفمبر ٢٠٢٦", "٢٢:٤٥", "٢:٠٥"),
        ("en", "Voice message from", "21 Nov 2026", "22:45", "2:05"),
    ],
)
def test_the_mail_is_in_the_owner_s_language_with_the_recording(
    home, tmp_path, language, subject, day, clock, length
):
    inbox = Inbox()
    message = spoken(home)
    with closing(open_store(home)) as db:
        assert deliver(home, db, site(language=language), message)
        assert not deliver(home, db, site(language=language), message)  # once, however often
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        assert post.run_for(10) == 1
    [mail] = inbox.taken
    assert mail["Subject"].startswith(subject)
    assert "علی رضایی" in mail["Subject"]
    assert length in mail["Subject"]
    assert inbox.recipients == ["sara@example.com"]
    [(text, sound)] = letters(inbox)
    for part in (day, clock, length, "سارا احمدی", "دفتر مرکزی"):
        assert part in text
    assert sound == (home.voicemail / message.path).read_bytes()
    attachment = next(mail.iter_attachments())
    assert attachment.get_content_type() == "audio/wav"
    assert attachment.get_filename() == "101-20261121-224557.wav"
    assert list(home.outbox.iterdir()) == []


def test_a_stranger_s_caller_id_is_text_and_starts_no_header(home, tmp_path):
    inbox = Inbox()
    wicked = "x\r\nBcc: all@example.com\r\n\r\n{owner} \u202e"
    with closing(open_store(home)) as db:
        deliver(home, db, site(), spoken(home, caller_name=wicked, caller="\r\n1"))
    with serving(inbox, folder=tmp_path) as (port, _):
        assert Post(home, port).run_for(10) == 1
    [mail] = inbox.taken
    assert mail["Bcc"] is None
    assert inbox.recipients == ["sara@example.com"]
    assert "xBcc: all@example.com{owner}" in mail["Subject"]


def test_the_attachment_survives_the_message_and_delete_after_mail_deletes_it(home, tmp_path):
    inbox = Inbox()
    first, second = spoken(home, "17.m1"), spoken(home, "18.m1")
    with closing(open_store(home)) as db:
        deliver(home, db, site(delete_after_mail=True), first)
        deliver(home, db, site(), second)
        mailboxes.mark(db, second.id, MessageState.DELETED, AT)
    (home.voicemail / second.path).unlink()  # removed for good while the server was away
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        assert post.run_for(10) == 2
    assert [len(sound) for _text, sound in letters(inbox)] == [32044, 32044]
    with closing(open_store(home)) as db:
        assert mailboxes.find(db, first.id).state == MessageState.DELETED
    assert post.changed == ["101"]


# -- outages ----------------------------------------------------------------------------------


def test_a_day_without_a_server_loses_nothing_and_keeps_the_order(home, tmp_path):
    port = closed_port()
    post = Post(home, port)
    for number in range(5):
        post.put(f"letter {number}")
    tried = 0
    for _hour in range(24):
        assert post.run_for(3600, step_s=30.0) == 0
        tried = post.state("letter 0").attempts
    assert 90 < tried < 120  # a try each quarter of an hour, after the first few
    assert "does not answer" in post.sender.warnings[0]
    post.start()  # and it was restarted
    inbox = Inbox()
    with serving(inbox, port=port, folder=tmp_path):
        assert post.run_for(LONGEST_PAUSE_S) == 5
    assert inbox.subjects == [f"letter {number}" for number in range(5)]
    assert post.sender.warnings == ()


def test_letters_expire_by_time_tried_and_not_by_a_clock_that_jumps(home):
    post = Post(home, closed_port(), keep_trying_h=2)
    post.put("old")
    post.clock.now += 1e8  # the box was off, or its clock found the year
    post.run_for(3600, step_s=60.0)
    assert post.state("old").state == LetterState.WAITING
    post.put("young")
    post.run_for(2 * 3600, step_s=60.0)
    assert post.state("old").state == LetterState.EXPIRED
    assert post.state("young").state == LetterState.WAITING
    post.run_for(3600, step_s=60.0)
    assert post.state("young").state == LetterState.EXPIRED


def test_one_letter_that_is_not_taken_now_delays_only_its_recipient(home, tmp_path):
    inbox = Inbox()
    inbox.refused_recipients["busy@example.com"] = "451 try later"
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        post.put("1", "busy@example.com")
        post.put("2", "free@example.com")
        post.put("3", "busy@example.com")
        assert post.run_for(10) == 1
        assert inbox.subjects == ["2"]
        assert post.state("1").fault == "451 try later"
        inbox.refused_recipients.clear()
        assert post.run_for(60) == 2
    assert inbox.subjects == ["2", "1", "3"]


def test_a_letter_that_is_refused_for_good_is_not_tried_again(home, tmp_path):
    inbox = Inbox()
    inbox.refused_recipients["gone@example.com"] = "550 no such user"
    inbox.replies = ["554 not wanted"]
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        post.put("1", "gone@example.com")
        post.put("2", "spam@example.com")
        post.put("3", "good@example.com")
        post.run_for(3600, step_s=30.0)
    assert inbox.subjects == ["3"]
    for ident, fault in (("1", "550 no such user"), ("2", "554 not wanted")):
        letter = post.state(ident)
        assert (letter.state, letter.fault, letter.attempts) == (LetterState.FAILED, fault, 1)


def test_421_closes_the_way_for_all(home, tmp_path):
    inbox = Inbox()
    inbox.replies = ["421 going down"]
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port)
        post.put("1", "a@example.com")
        post.put("2", "b@example.com")
        assert post.run_for(10) == 0
        assert "421 going down" in post.sender.warnings[0]
        assert post.run_for(60) == 2
    assert inbox.subjects == ["1", "2"]


# -- encryption and passwords -------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd does not see TLS from the start
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_encrypted_with_a_password(home, tmp_path, security, caplog):
    inbox = Inbox()
    caplog.set_level(logging.DEBUG)
    with serving(inbox, folder=tmp_path, tls=security, password=PASSWORD) as (port, ca):
        post = Post(
            home,
            port,
            security=security,
            user="box",
            password=SecretStr("wrong-" + PASSWORD),
            ca=str(ca),
        )
        post.put("1")
        assert post.run_for(10) == 0
        assert "refuses the user name or the password" in post.sender.warnings[0]
        post.mail = post.mail.model_copy(update={"password": SecretStr(PASSWORD)})
        post.sender.retry()
        assert post.run_for(10) == 1
    assert PASSWORD not in caplog.text
    assert PASSWORD not in post.state("1").fault


def test_a_server_that_is_not_who_it_says_gets_neither_password_nor_letter(home, tmp_path):
    inbox = Inbox()
    with serving(inbox, folder=tmp_path, tls="starttls", password=PASSWORD) as (port, _):
        post = Post(
            home, port, security=Security.STARTTLS, user="box", password=SecretStr(PASSWORD)
        )
        post.put("1")
        assert post.run_for(10) == 0
    assert "is not who it says" in post.sender.warnings[0]
    assert inbox.taken == []


def test_a_server_without_encryption_is_refused(home, tmp_path):
    inbox = Inbox()
    with serving(inbox, folder=tmp_path) as (port, _):
        post = Post(home, port, security=Security.STARTTLS)
        post.put("1")
        assert post.run_for(10) == 0
    assert "offers no encryption" in post.sender.warnings[0]


# -- short messages -------------------------------------------------------------------------------


class Lined:
    """lined, as far as it sends short messages."""

    def __init__(self):
        self.sent = []
        self.refusal = None

    def send_sms(self, line, to, text):
        if self.refusal is not None:
            raise self.refusal
        self.sent.append((line, to, text))
        return "1"


def sms_sender(home, clock):
    return Sender(
        home,
        {Channel.SMS: SmsRoute(home)},
        keep_trying_s=lambda: 3600.0,
        clock=clock,
        wall=lambda: AT,
    )


def test_a_short_message_goes_by_the_sim_once_there_is_one(home):
    settings = site(email="", sms_number="09120000000", language="fa")
    with closing(open_store(home)) as db:
        deliver(home, db, settings, spoken(home))
    clock, lined = Clock(), Lined()
    sender = sms_sender(home, clock)
    assert sender.round() == 0
    assert "lined does not answer" in sender.warnings[0]
    with serving_link(home, "lined", LinedApi, lined):
        clock.now += 60.0
        lined.refusal = KeyError("no SIM is in a network")
        assert sender.round() == 0
        assert "no SIM is in a network" in sender.warnings[0]
        clock.now += 60.0
        lined.refusal = None
        assert sender.round() == 1
        assert sender.round() == 0
    [(line, to, text)] = lined.sent
    assert (line, to) == ("", "09120000000")
    assert text.startswith("دفتر مرکزی: پیام صوتی از علی رضایی")
    assert "\u2066" not in text


def test_a_number_no_sim_can_send_to_is_given_up(home):
    with closing(open_store(home)) as db:
        deliver(home, db, site(email="", sms_number="*#"), spoken(home))
    lined = Lined()
    lined.refusal = ValueError("*# is no number")
    with serving_link(home, "lined", LinedApi, lined):
        sms_sender(home, Clock()).round()
    with closing(open_store(home)) as db:
        assert outbox.find(db, "voicemail:17.m1:sms").state == LetterState.FAILED
