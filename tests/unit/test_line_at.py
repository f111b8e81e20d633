"""The AT conversation: what belongs to a command, what does not, and noise."""

from __future__ import annotations

import pytest

from hw.modem.at import Chat, Command, Reply, Urc, fields

CSQ = Command(text="AT+CSQ", prefix="+CSQ:")
DIAL = Command(text="AT+QPCMV=0;+QPCMV=1,0;D0912;", timeout_s=60.0)


def asked(*commands: Command) -> Chat:
    chat = Chat()
    for command in commands:
        chat.ask(command)
    return chat


def test_one_command_at_a_time():
    chat = asked(CSQ, Command(text="AT"))
    assert chat.to_send(0.0) == b"AT+CSQ\r"
    assert chat.to_send(0.0) == b""
    assert not chat.idle
    chat.receive(b"\r\nOK\r\n", 0.1)
    assert chat.to_send(0.1) == b"AT\r"
    chat.receive(b"\r\nOK\r\n", 0.2)
    assert chat.idle


def test_an_answer_cut_anywhere_is_the_same_answer():
    whole = b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n"
    for cut in range(len(whole)):
        chat = asked(CSQ)
        chat.to_send(0.0)
        found = chat.receive(whole[:cut], 0.1) + chat.receive(whole[cut:], 0.1)
        assert found == [Reply(command=CSQ, lines=("+CSQ: 20,99",), result="OK")]


def test_what_comes_unasked_is_told_apart_from_the_answer():
    chat = asked(CSQ)
    chat.to_send(0.0)
    found = chat.receive(
        b"\r\nRING\r\n\r\n+CSQ: 9,99\r\n\r\n^DSCI: 1,1,4,0,1,129\r\n\r\nOK\r\n", 0.1
    )
    assert found == [
        Urc("RING"),
        Urc("^DSCI: 1,1,4,0,1,129"),
        Reply(command=CSQ, lines=("+CSQ: 9,99",), result="OK"),
    ]


@pytest.mark.parametrize("bad", ["ERROR", "+CME ERROR: 10", "+CMS ERROR: 500"])
def test_refusals_end_a_command(bad):
    chat = asked(CSQ)
    chat.to_send(0.0)
    (reply,) = chat.receive(f"\r\n{bad}\r\n".encode(), 0.1)
    assert isinstance(reply, Reply)
    assert not reply.ok
    assert reply.result == bad


def test_no_carrier_ends_only_what_dials():
    chat = asked(DIAL)
    chat.to_send(0.0)
    assert chat.receive(b"\r\nNO CARRIER\r\n", 0.1) == [
        Reply(command=DIAL, lines=(), result="NO CARRIER")
    ]
    chat = asked(CSQ)
    chat.to_send(0.0)
    assert chat.receive(b"\r\nNO CARRIER\r\n", 0.1) == [Urc("NO CARRIER")]


def test_a_command_without_an_answer_ends_by_time():
    chat = asked(CSQ)
    chat.to_send(10.0)
    assert chat.receive(b"", 14.9) == []
    assert chat.receive(b"", 15.0) == [Reply(command=CSQ, lines=(), result="TIMEOUT")]
    assert chat.receive(b"\r\nOK\r\n", 15.1) == []  # too late, says nothing


def test_noise_without_an_end_is_thrown_away():
    chat = Chat()
    assert chat.receive(b"\x00\xff" * 4000, 0.0) == []
    assert chat.receive(b"\r\nRING\r\n", 0.0)[-1] == Urc("RING")


def test_values_of_a_line():
    assert fields('+CLCC: 1,1,4,0,0,"+98,912",145') == ["1", "1", "4", "0", "0", "+98,912", "145"]
    assert fields("^DSCI: 1,1,4,0,,128") == ["1", "1", "4", "0", "", "128"]
    assert fields("+CSQ: 20,99") == ["20", "99"]
    assert fields("RING") == []
