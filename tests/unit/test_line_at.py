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


SEND = Command(text="AT+CMGS=20", prefix="+CMGS:", body="0011000A", timeout_s=60.0)
LIST = Command(text="AT+CMGL=4", prefix="+CMGL:", free=True)


def test_a_prompt_cut_anywhere_gets_the_body_once():
    whole = b"\r\n> "
    for cut in range(len(whole)):
        chat = asked(SEND)
        assert chat.to_send(0.0) == b"AT+CMGS=20\r"
        sent = b""
        for piece in (whole[:cut], whole[cut:], b""):
            chat.receive(piece, 0.1)
            sent += chat.to_send(0.1)
        assert sent == b"0011000A\x1a"
        found = chat.receive(b"0011000A\x1a\r\n+CMGS: 7\r\n\r\nOK\r\n", 0.2)
        assert found == [Reply(command=SEND, lines=("+CMGS: 7",), result="OK")]


def test_a_prompt_that_is_not_answered_is_left_by_an_escape():
    chat = asked(SEND)
    chat.to_send(0.0)
    chat.receive(b"", 60.0)
    assert chat.to_send(60.0) == b"\x1b"


def test_a_list_keeps_each_line_with_its_pdu_and_what_comes_between_apart():
    chat = asked(LIST)
    chat.to_send(0.0)
    found = chat.receive(
        b"+CMGL: 0,1,,20\r\n0011\r\n+CDS: 25\r\n06AB\r\n+CMGL: 1,1,,20\r\n0022\r\nOK\r\n", 0.1
    )
    assert found[0] == Urc("+CDS: 25", pdu="06AB")
    assert found[1].lines == ("+CMGL: 0,1,,20", "0011", "+CMGL: 1,1,,20", "0022")


def test_a_text_of_several_lines_is_one_line():
    chat = Chat()
    found = chat.receive(b'+CUSD: 1,"1: a\r\n2: b\r\n3: c",15\r\n', 0.0)
    assert found == [Urc('+CUSD: 1,"1: a\n2: b\n3: c",15')]
    assert fields(found[0].line) == ["1", "1: a\n2: b\n3: c", "15"]


@pytest.mark.parametrize("noise", [b"+CMT: 12", b'+CUSD: 0,"a'])
def test_a_half_line_of_two_does_not_eat_a_commands_end(noise):
    chat = asked(CSQ)
    chat.to_send(0.0)
    found = chat.receive(noise + b"\r\nOK\r\n", 0.1)
    assert found[-1] == Reply(command=CSQ, lines=(), result="OK")


def test_a_name_without_a_mark_is_the_answer_noise_and_calls_are_not():
    chat = asked(Command(text="AT+CGMM", free=True))
    chat.to_send(0.0)
    found = chat.receive(b"\xff\xfe\r\nRING\r\nEC25\r\nOK\r\n", 0.1)
    assert found[-1].lines == ("EC25",)
    assert Urc("RING") in found


def test_what_waits_can_be_withdrawn_what_is_out_cannot():
    chat = asked(CSQ, DIAL)
    chat.to_send(0.0)
    assert not chat.withdraw(CSQ)
    assert chat.withdraw(DIAL)
    chat.receive(b"OK\r\n", 0.1)
    assert chat.to_send(0.1) == b""


def test_a_secret_is_no_part_of_a_commands_name():
    assert Command(text='AT+CPIN="1234"').name == "AT+CPIN"
