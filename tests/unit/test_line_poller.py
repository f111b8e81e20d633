"""The poller: frames, events and orders between ports and lines; ports that go and come."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Iterator

import pytest

from firmware.lined.patch import Patch
from firmware.lined.poller import Channel, Poller
from hw.dahdi.port import EventPending, PortLost
from tests.rig.until import until

FRAME = b"\x01\x00" * 160


class ScriptedPort:
    """A port whose frames and events are put in by the test."""

    def __init__(self) -> None:
        self._ready, self._ring = os.pipe()
        self.frames: deque[bytes] = deque()
        self.happened: deque[str] = deque()
        self.written: list[bytes] = []
        self.orders: list[str] = []
        self.lost = False
        self.closed = False

    def put(self, *frames: bytes) -> None:
        self.frames.extend(frames)
        os.write(self._ring, b"x")

    def happen(self, *events: str) -> None:
        self.happened.extend(events)
        os.write(self._ring, b"x")

    def fileno(self) -> int:
        return self._ready

    def events(self) -> list[str]:
        if self.lost:
            raise PortLost("unplugged")
        events = list(self.happened)
        self.happened.clear()
        return events

    def read(self) -> bytes:
        if self.happened:
            raise EventPending("events wait")
        if self.frames:
            return self.frames.popleft()
        os.set_blocking(self._ready, False)
        with contextlib.suppress(BlockingIOError):
            os.read(self._ready, 100)
        return b""

    def write(self, frame: bytes) -> None:
        self.written.append(frame)

    def close(self) -> None:
        self.closed = True
        os.close(self._ready)
        os.close(self._ring)


class Ledger:
    """A listener that writes down what it is told, and in which thread."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_found(self) -> None:
        self.told.append("found")

    def on_lost(self, why: str) -> None:
        self.told.append(f"lost: {why}")

    def on_port(self, event: object) -> None:
        self.told.append(event)


class Setting:
    """One channel in a running poller. ``handed`` is what the daemon's thread would do."""

    def __init__(self) -> None:
        self.port: ScriptedPort | None = ScriptedPort()
        self.failed: list[BaseException] = []
        self.steps: list[float] = []
        self.patch = Patch(self.hand_over)
        self.channel = Channel("line-1", self.open, self.patch)
        self.ledger = Ledger()
        self.channel.listener = self.ledger
        self.poller = Poller(self.hand_over, lambda: self.steps.append(time.monotonic()))
        self.poller.add(self.channel)
        self.poller.start()

    def open(self) -> ScriptedPort:
        if self.port is None:
            raise PortLost("no card")
        return self.port

    def hand_over(self, function, *arguments) -> None:
        try:
            function(*arguments)
        except ZeroDivisionError as error:
            self.failed.append(error)

    def until(self, *told: object) -> None:
        until(lambda: self.ledger.told == list(told), 3.0, f"the line is told {told}")


@pytest.fixture
def setting() -> Iterator[Setting]:
    setting = Setting()
    setting.until("found")
    yield setting
    setting.poller.stop()
    if setting.port is not None and not setting.port.closed:
        setting.port.close()


def test_a_frame_is_written_for_each_one_read(setting):
    setting.patch.open()
    for _ in range(3):
        setting.patch.give(FRAME)
    setting.port.put(*[bytes(320)] * 3)
    until(lambda: len(setting.port.written) == 3, 2.0, "three frames are written")
    assert setting.port.written == [FRAME] * 3


def test_what_the_port_hears_reaches_ears_and_bridge(setting):
    heard: list[object] = []
    setting.patch.open()
    setting.patch.ears = ((lambda frame: frame[0], heard.append),)
    setting.port.put(FRAME, FRAME)
    until(lambda: len(heard) == 2, 2.0, "two frames are heard")
    assert [setting.patch.take(), setting.patch.take()] == [FRAME, FRAME]


def test_events_come_in_order_and_before_frames(setting):
    setting.port.frames.extend([FRAME])
    setting.port.happen("rang", "stopped")
    setting.until("found", "rang", "stopped")
    until(lambda: setting.port.written, 2.0, "the frame is exchanged")


def test_orders_are_carried_out_by_the_poller(setting):
    threads: list[str] = []
    setting.channel.order(lambda port: threads.append(threading.current_thread().name))
    until(lambda: threads, 2.0, "the order is carried out")
    assert threads == ["poller"]


def test_a_lost_port_is_closed_told_once_and_opened_again(setting):
    old, setting.port = setting.port, None
    old.lost = True
    old.happen("x")
    setting.until("found", "lost: unplugged", "lost: no card")
    assert old.closed
    setting.port = ScriptedPort()
    setting.until("found", "lost: unplugged", "lost: no card", "found")


def test_orders_for_a_port_that_is_not_there_are_forgotten(setting):
    old, setting.port = setting.port, None
    old.lost = True
    old.happen("x")
    setting.until("found", "lost: unplugged", "lost: no card")
    done: list[object] = []
    setting.channel.order(done.append)
    setting.port = ScriptedPort()
    until(lambda: setting.ledger.told[-1] == "found", 3.0, "the port is found")
    assert done == []


def test_a_removed_channel_has_its_port_closed(setting):
    setting.poller.remove(setting.channel)
    until(lambda: setting.port.closed, 2.0, "the port is closed")


def test_a_stopping_poller_carries_out_the_last_orders(setting):
    setting.channel.order(lambda port: port.orders.append("on_hook"))
    setting.poller.stop()
    assert setting.port.orders == ["on_hook"]
    assert setting.port.closed


def test_a_bug_in_the_poller_reaches_the_daemons_thread(setting):
    setting.channel.order(lambda port: 1 / 0)
    until(lambda: setting.failed, 2.0, "the daemon is told")
    setting.poller.join(2.0)
    assert not setting.poller.is_alive()


def test_digits_left_when_a_call_ends_are_not_sent_into_the_next():
    patch = Patch(lambda function, *arguments: function(*arguments))
    patch.open()
    patch.press("123456")
    assert any(patch.say())
    patch.close()
    assert not any(b"".join(patch.say() for _ in range(100)))


# -- a port that takes its time to open ---------------------------------------------------------


def another(setting: Setting, name: str, open_port) -> tuple[Channel, Ledger]:
    channel, ledger = Channel(name, open_port, Patch(setting.hand_over)), Ledger()
    channel.listener = ledger
    setting.poller.add(channel)
    return channel, ledger


def test_a_modem_that_hangs_while_it_is_opened_holds_up_nobody(setting):
    goes_on = threading.Event()
    late = ScriptedPort()
    opened: list[str] = []

    def hang() -> ScriptedPort:
        opened.append(threading.current_thread().name)
        goes_on.wait(10.0)
        return late

    _, ledger = another(setting, "slow", hang)
    until(lambda: opened, 2.0, "it is being opened")
    setting.port.put(FRAME)
    until(lambda: setting.port.written, 2.0, "the other port goes on")
    assert ledger.told == []
    assert opened == ["opening slow"]
    goes_on.set()
    until(lambda: ledger.told == ["found"], 2.0, "it is found in the end")


def test_a_port_that_is_opened_after_its_line_was_removed_is_closed(setting):
    goes_on, begun = threading.Event(), threading.Event()
    late = ScriptedPort()

    def hang() -> ScriptedPort:
        begun.set()
        goes_on.wait(10.0)
        return late

    channel, _ = another(setting, "slow", hang)
    assert begun.wait(2.0)
    setting.poller.remove(channel)
    goes_on.set()
    until(lambda: late.closed, 2.0, "the port is closed")


def test_a_bug_in_opening_reaches_the_daemons_thread(setting):
    another(setting, "broken", lambda: 1 / 0)
    until(lambda: setting.failed, 2.0, "the daemon is told")


# -- the bridge's clock -------------------------------------------------------------------------


def test_the_bridge_is_stepped_between_reading_and_writing(setting):
    order: list[str] = []
    patch = setting.patch
    hear, say = patch.hear, patch.say
    patch.hear = lambda frame: (order.append("hear"), hear(frame))
    patch.say = lambda: (order.append("say"), say())[1]
    setting.poller._step = lambda: order.append("step")
    setting.port.put(FRAME, FRAME)
    until(lambda: order.count("say") == 2, 2.0, "both are answered")
    first = order.index("hear")
    assert order[first : first + 6] == ["hear", "step", "say"] * 2


def test_without_any_frame_the_bridge_goes_on_by_time(setting):
    since = len(setting.steps)
    until(lambda: len(setting.steps) > since + 20, 3.0, "it is stepped")
    apart = [b - a for a, b in itertools.pairwise(setting.steps[since:])]
    assert min(apart) > 0.015


def test_a_port_leads_when_the_leader_stands_still(setting):
    other = ScriptedPort()
    _, ledger = another(setting, "other", lambda: other)
    until(lambda: ledger.told == ["found"], 2.0, "it is found")
    setting.port.put(FRAME)
    until(lambda: setting.poller._leader is setting.channel, 2.0, "the first leads")
    for count in range(1, 4):
        other.put(FRAME)
        until(lambda count=count: len(other.written) == count, 2.0, "its frame is answered")
    assert setting.poller._leader is not setting.channel


def test_frames_are_counted_and_late_ones_apart(setting):
    setting.port.put(FRAME, FRAME, FRAME)
    until(lambda: setting.channel.counts.heard == 3, 2.0, "three frames")
    assert setting.channel.counts.late == 2
    assert setting.poller.slowest_turn_s() > 0.0
