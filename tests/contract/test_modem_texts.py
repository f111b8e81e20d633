"""Short messages between the serial driver and simulated modems of every dialect."""

from __future__ import annotations

import pytest

from hw.modem import sim
from hw.modem.pdu import decode, join, submit
from hw.modem.port import (
    TextAccepted,
    TextMemory,
    TextPushed,
    TextRead,
    TextRefused,
    TextReported,
)
from hw.modem.sim_kinds import KINDS
from hw.modem.sim_texts import FAILED, deliveries
from tests.contract.modem_bench import NOW, ModemBench

PERSIAN = "سلام، پیام آزمایشی شما رسید 📞"


@pytest.fixture(params=KINDS)
def bench(request, tmp_path):
    bench = ModemBench(tmp_path, KINDS[request.param]).registered()
    yield bench
    bench.close()


def ec25(tmp_path):
    return ModemBench(tmp_path)


def test_a_long_text_of_any_language_goes_out_whole(bench):
    text = PERSIAN * 6
    parts = submit("+989121234567", text, 9)
    bench.port.send_text("m1", parts)
    bench.until(lambda: sim.Texted("+989121234567", text) in bench.done)
    bench.until(lambda: len(bench.seen(TextAccepted)) == len(parts))
    assert [a.reference for a in bench.seen(TextAccepted)] == [1, 2, 3]
    bench.until(lambda: len(bench.seen(TextReported)) == 3)
    assert all(r.report.delivered for r in bench.seen(TextReported))


def test_a_text_that_comes_is_read_and_stays_until_it_is_deleted(bench):
    bench.modem.texts.receive("+989121234567", PERSIAN)
    (found,) = bench.until(lambda: bench.seen(TextRead))
    assert decode(found.pdu).text == PERSIAN
    memory = bench.modem.texts.memories[found.memory]
    assert found.index in memory
    bench.port.delete_text(found.memory, found.index)
    bench.until(lambda: found.index not in memory)


def test_a_long_text_that_comes_is_read_in_its_parts(bench):
    bench.modem.texts.receive("Bank", PERSIAN * 6)
    bench.until(lambda: len(bench.seen(TextRead)) == 3)
    found = bench.seen(TextRead)
    assert join([decode(f.pdu).text for f in found]) == PERSIAN * 6


def test_what_came_while_nobody_listened_is_read_at_the_start_from_every_memory(tmp_path):
    bench = ec25(tmp_path)
    for memory, text in (("SM", "first"), ("ME", "second")):
        bench.modem.texts.memories[memory][3] = deliveries("0912", text, NOW, 1)[0]
    bench.registered()
    assert {(f.memory, f.index, decode(f.pdu).text) for f in bench.seen(TextRead)} == {
        ("SM", 3, "first"),
        ("ME", 3, "second"),
    }
    bench.close()


def test_deleting_at_once_deletes_in_the_memory_it_was_read_from(tmp_path):
    bench = ec25(tmp_path)
    for memory in ("SM", "ME"):
        for index in (3, 4):
            text = f"{memory} {index}"
            bench.modem.texts.memories[memory][index] = deliveries("0912", text, NOW, 1)[0]
    bench.modem.texts.memories["ME"][5] = "04"  # what nobody reads is not touched
    bench.open()
    deleted = []

    def delete_what_was_read() -> bool:
        for found in bench.seen(TextRead)[len(deleted) :]:
            deleted.append(found)
            if found.pdu != "04":
                bench.port.delete_text(found.memory, found.index)
        return bench.modem.texts.memories == {"SM": {}, "ME": {5: "04"}}

    bench.until(delete_what_was_read)
    assert len({decode(f.pdu).text for f in deleted if f.pdu != "04"}) == 4
    bench.close()


def test_a_memory_that_the_modem_does_not_have_is_left_out(tmp_path):
    bench = ec25(tmp_path)
    del bench.modem.texts.memories["ME"]
    bench.modem.texts.memories["SM"][3] = deliveries("0912", "first", NOW, 1)[0]
    bench.registered()
    assert [(f.memory, decode(f.pdu).text) for f in bench.seen(TextRead)] == [("SM", "first")]
    bench.close()


def test_a_full_memory_is_told_and_emptied_what_waits_then_comes(tmp_path):
    bench = ec25(tmp_path).registered()
    for i in range(12):
        bench.modem.texts.receive("0912", f"text {i}")
    bench.until(lambda: any(m.full for m in bench.seen(TextMemory)))
    deleted = set()

    def empty() -> bool:
        for found in bench.seen(TextRead):
            if found not in deleted:
                deleted.add(found)
                bench.port.delete_text(found.memory, found.index)
        return {decode(f.pdu).text for f in deleted} == {f"text {i}" for i in range(12)}

    bench.until(empty)
    bench.close()


@pytest.mark.parametrize(
    ("result", "may_pass", "words"),
    [
        ("+CMS ERROR: 38", True, "the network is out of order"),
        ("+CMS ERROR: 21", False, "refused"),
        ("+CMS ERROR: 330", False, "service centre"),
        ("ERROR", False, "the modem refuses it"),
    ],
)
def test_a_refusal_is_told_in_words_and_the_next_message_goes_out(
    tmp_path, result, may_pass, words
):
    bench = ec25(tmp_path).registered()
    bench.modem.faults.refuses["+CMGS"] = [result]
    bench.port.send_text("m1", submit("0912", PERSIAN * 6, 1))
    bench.port.send_text("m2", submit("0912", "hello", 2))
    bench.until(lambda: sim.Texted("0912", "hello") in bench.done)
    (refused,) = bench.seen(TextRefused)
    assert (refused.id, refused.may_pass, refused.unsure) == ("m1", may_pass, False)
    assert words in refused.why
    assert result in refused.why
    bench.close()


def test_a_modem_that_does_not_answer_leaves_it_unsure(tmp_path):
    bench = ec25(tmp_path).registered()
    bench.modem._take_body = lambda text: None  # it has the text and says nothing
    bench.port.send_text("m1", submit("0912", "hello", 1))
    bench.run(61.0)
    (refused,) = bench.seen(TextRefused)
    assert (refused.id, refused.unsure) == ("m1", True)
    assert "no answer from the modem" in refused.why
    bench.close()


def test_reports_that_the_modem_keeps_are_read_and_deleted(bench):
    bench.modem.texts.stores_reports = True
    for i in (1, 2):
        bench.port.send_text(f"m{i}", submit("0912", "hello", i))
        bench.until(lambda i=i: len(bench.seen(TextReported)) == i)
    bench.until(lambda: bench.modem.texts.memories["SR"] == {})
    bench.modem.texts.receive("0935", "after that")
    found = bench.until(lambda: bench.seen(TextRead))
    assert decode(found[0].pdu).text == "after that"


def test_a_failed_delivery_is_reported(bench):
    bench.modem.texts.status = FAILED
    bench.port.send_text("m1", submit("0912", "hello", 1))
    (reported,) = bench.until(lambda: bench.seen(TextReported))
    assert reported.report.final
    assert not reported.report.delivered


def test_echoes_and_garbage_do_not_keep_a_text_from_going_out(bench):
    bench.modem.faults.echoes = True
    bench.modem.faults.garbage = b"\xff\x00\r\n\x80 noise\r\n"
    bench.port.send_text("m1", submit("0912", PERSIAN, 1))
    bench.until(lambda: sim.Texted("0912", PERSIAN) in bench.done)
    bench.until(lambda: bench.seen(TextAccepted))
    assert bench.seen(TextRefused) == []


def test_a_text_that_the_modem_pushes_is_taken(tmp_path):
    bench = ec25(tmp_path).registered()
    pdu = deliveries("0912", "flash", NOW, 1)[0]
    bench.modem._urc(f"+CMT: ,{len(pdu) // 2 - 8}\r\n{pdu}")
    (pushed,) = bench.until(lambda: bench.seen(TextPushed))
    assert decode(pushed.pdu).text == "flash"
    bench.close()


def test_texts_and_a_call_do_not_disturb_each_other(bench):
    bench.modem.ring("+989121234567")
    bench.run(0.5)
    bench.port.answer()
    bench.until(lambda: bench.modem.state is sim.ModemState.TALKING)
    bench.port.send_text("m1", submit("0912", PERSIAN, 1))
    bench.modem.texts.receive("0935", "while you talk")
    bench.until(lambda: sim.Texted("0912", PERSIAN) in bench.done)
    bench.until(lambda: bench.seen(TextRead))
    assert bench.modem.state is sim.ModemState.TALKING
