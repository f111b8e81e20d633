"""The driver of a real channel: numbers and structures as the header has them, and what it makes
of the kernel's answers. The kernel itself is met in ``tests/hil``."""

from __future__ import annotations

import errno
import fcntl
import os
from collections import deque

import pytest

from firmware.lined.ringer import ring_ms_of
from firmware.model.alert import Ringing
from hw.dahdi import ioctl
from hw.dahdi.device import DahdiPort, Params, cadence_of, with_flash
from hw.dahdi.ioctl import Event, Hook
from hw.dahdi.port import (
    BatteryDropped,
    EventPending,
    Flashed,
    HookLifted,
    HookReplaced,
    LineCut,
    LineMended,
    PolarityReversed,
    PortKind,
    PortLost,
    PulseBegan,
    PulseDigit,
    PulsesSent,
    RingBegan,
    RingEnded,
    RingerOff,
    RingerOn,
)
from hw.signal.tone import plans

FXSKS, FXOKS, CLEAR = 0x2004, 0x1020, 0x80
FRAME = bytes(range(256)) + bytes(64)


@pytest.mark.parametrize(
    ("request_", "number"),
    [
        (ioctl.FLUSH, 0x4004DA03),
        (ioctl.GET_PARAMS, 0xC088DA05),
        (ioctl.SET_PARAMS, 0x4088DA05),
        (ioctl.HOOK, 0x4004DA07),
        (ioctl.GET_EVENT, 0x8004DA08),
        (ioctl.SET_BUFFERS, 0x4018DA1B),
        (ioctl.DIAL, 0x4104DA1F),
        (ioctl.ECHO_CANCEL, 0x4004DA21),
        (ioctl.SET_LINEAR, 0x4004DA28),
        (ioctl.SET_CADENCE, 0x4040DA2A),
        (ioctl.ON_HOOK_TRANSFER, 0x4004DA33),
        (ioctl.MESSAGES_WAITING, 0xC004DA5E),
    ],
)
def test_the_numbers_are_those_that_a_c_program_prints(request_, number):
    assert request_ == number


def packed_params(signalling: int, *, off_hook: bool = False, alarms: int = 0) -> bytes:
    """By the offsets of the header: sigtype +12, rxisoffhook +20, flashtime +100, alarms +132."""
    packed = bytearray(136)
    packed[12:16] = signalling.to_bytes(4, "little")
    packed[20:24] = int(off_hook).to_bytes(4, "little")
    packed[100:104] = (750).to_bytes(4, "little")
    packed[132:136] = alarms.to_bytes(4, "little")
    return bytes(packed)


def test_the_parameters_are_where_the_header_has_them():
    packed = packed_params(FXSKS, off_hook=True, alarms=8)
    assert Params.unpack(packed) == Params(signalling=FXSKS, off_hook=True, alarms=8, flash_ms=750)
    changed = with_flash(packed, 300)
    assert changed[100:104] == (300).to_bytes(4, "little")
    assert changed[:100] + changed[104:] == packed[:100] + packed[104:]


def test_a_cadence_is_sixteen_numbers():
    assert cadence_of((1000, 4000)) == b"".join(
        n.to_bytes(4, "little") for n in (1000, 4000, *(0,) * 14)
    )


@pytest.mark.parametrize("ring_ms", [(), (1000,), (1000, 0), (1,) * 18])
def test_what_is_no_cadence_is_refused(ring_ms):
    with pytest.raises(ValueError, match="no cadence"):
        cadence_of(ring_ms)


class Kernel:
    """What the kernel would say to one descriptor. ``refuse`` maps an ioctl to the errors that
    its next calls give."""

    def __init__(self, signalling: int, **params: object) -> None:
        self.params = packed_params(signalling, **params)
        self.events: deque[int] = deque()
        self.frames: deque[bytes] = deque()
        self.written: list[bytes] = []
        self.orders: list[tuple[int, bytes]] = []
        self.refuse: dict[int, deque[int]] = {}
        self.gone = False
        self.closed = False

    def ioctl(self, fd: int, request: int, packed: bytes) -> bytes:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        if self.refuse.get(request):
            number = self.refuse[request].popleft()
            raise OSError(number, os.strerror(number))
        if request == ioctl.GET_EVENT:
            return ioctl.INT.pack(self.events.popleft() if self.events else Event.NONE)
        if request == ioctl.GET_PARAMS:
            return self.params
        self.orders.append((request, packed))
        return packed

    def _before_audio(self) -> None:
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        if self.events:
            raise OSError(500, "Unknown error 500")

    def read(self, fd: int, size: int) -> bytes:
        self._before_audio()
        if not self.frames:
            raise BlockingIOError(errno.EAGAIN, "again")
        return self.frames.popleft()

    def write(self, fd: int, frame: bytes) -> int:
        self._before_audio()
        if len(self.written) >= 4:
            raise BlockingIOError(errno.EAGAIN, "again")
        self.written.append(frame)
        return len(frame)

    def close(self, fd: int) -> None:
        self.closed = True

    def hooks(self) -> list[Hook]:
        """The hook orders since the last call."""
        hooks = [Hook(*ioctl.INT.unpack(p)) for request, p in self.orders if request == ioctl.HOOK]
        self.orders.clear()
        return hooks


@pytest.fixture
def opened(monkeypatch):
    """Opens a port of a kernel; both are returned."""

    def open_port(kind: PortKind, signalling: int, **params: object) -> tuple[DahdiPort, Kernel]:
        kernel = Kernel(signalling, **params)
        monkeypatch.setattr("hw.dahdi.device.os.open", lambda path, flags: 99)
        monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
        monkeypatch.setattr("hw.dahdi.device.os.read", kernel.read)
        monkeypatch.setattr("hw.dahdi.device.os.write", kernel.write)
        monkeypatch.setattr("hw.dahdi.device.os.close", kernel.close)
        return DahdiPort(kind, "/dev/dahdi/1"), kernel

    return open_port


@pytest.fixture
def fxo(opened):
    return opened(PortKind.FXO, FXSKS)


@pytest.fixture
def fxs(opened):
    return opened(PortKind.FXS, FXOKS)


def test_a_channel_is_set_up_for_linear_audio_in_frames(fxo):
    _, kernel = fxo
    orders = dict(kernel.orders)
    assert ioctl.BUFFERS.unpack(orders[ioctl.SET_BUFFERS])[:4] == (0, 0, 4, 160)
    assert orders[ioctl.SET_LINEAR] == ioctl.INT.pack(1)


def test_events_of_an_fxo_port(fxo):
    port, kernel = fxo
    kernel.events += [
        Event.RING_BEGIN,
        Event.RING_OR_OFF_HOOK,
        Event.ON_HOOK,
        Event.POLARITY,
        Event.HOOK_COMPLETE,
        Event.ALARM,
        Event.NO_ALARM,
        Event.DIAL_COMPLETE,
    ]
    assert port.events() == [
        RingBegan(),
        RingEnded(),
        BatteryDropped(),
        PolarityReversed(),
        LineCut(),
        LineMended(),
        PulsesSent(),
    ]
    assert port.events() == []


def test_events_of_an_fxs_port(fxs):
    port, kernel = fxs
    kernel.events += [
        Event.RING_OR_OFF_HOOK,
        Event.PULSE_START,
        ioctl.PULSE_DIGIT | ord("7"),
        Event.WINK_FLASH,
        Event.ON_HOOK,
        Event.RINGER_OFF,
        Event.RINGER_ON,
    ]
    assert port.events() == [
        HookLifted(),
        PulseBegan(),
        PulseDigit("7"),
        Flashed(),
        HookReplaced(),
        RingerOff(),
        RingerOn(),
    ]
    assert kernel.hooks() == [Hook.OFF, Hook.OFF, Hook.ON]  # our end follows the telephone


def test_audio_is_refused_while_an_event_waits(fxo):
    port, kernel = fxo
    kernel.frames.append(FRAME)
    kernel.events.append(Event.RING_BEGIN)
    with pytest.raises(EventPending):
        port.read()
    with pytest.raises(EventPending):
        port.write(FRAME)
    port.events()
    assert port.read() == FRAME
    assert port.read() == b""


def test_what_does_not_fit_is_dropped(fxo):
    port, kernel = fxo
    for _ in range(6):
        port.write(FRAME)
    assert len(kernel.written) == 4


def test_while_pulses_are_dialled_nothing_is_written(fxo):
    port, kernel = fxo
    port.dial_pulses("1230")
    assert dict(kernel.orders)[ioctl.DIAL].rstrip(b"\0") == b"\x02\0\0\0P1230"
    port.write(FRAME)
    assert kernel.written == []
    kernel.events.append(Event.DIAL_COMPLETE)
    port.events()
    port.write(FRAME)
    assert kernel.written == [FRAME]


@pytest.mark.parametrize("digits", ["", "12#", "1 2", "٣"])
def test_what_the_loop_cannot_dial_is_refused(fxo, digits):
    with pytest.raises(ValueError, match="cannot be dialled with the loop"):
        fxo[0].dial_pulses(digits)


def test_dialling_without_a_tone_zone_says_what_to_do(fxo):
    port, kernel = fxo
    kernel.refuse[ioctl.DIAL] = deque([errno.ENODATA])
    with pytest.raises(PortLost, match="loadzone"):
        port.dial_pulses("1")


def test_a_hook_that_takes_its_time_is_no_error(fxs):
    port, kernel = fxs
    kernel.refuse[ioctl.HOOK] = deque([errno.EINPROGRESS])
    port.start_ringing((1000, 4000))
    assert dict(kernel.orders)[ioctl.SET_CADENCE] == cadence_of((1000, 4000))
    assert port.events() == []


def test_ringing_soon_after_a_call_begins_when_the_channel_can(fxs):
    port, kernel = fxs
    kernel.refuse[ioctl.HOOK] = deque([errno.EBUSY, errno.EBUSY])
    port.start_ringing()
    port.events()
    assert kernel.hooks() == []
    port.events()
    assert kernel.hooks() == [Hook.RING]
    port.events()
    assert kernel.hooks() == []


def test_ringing_that_was_given_up_meanwhile_does_not_begin(fxs):
    port, kernel = fxs
    kernel.refuse[ioctl.HOOK] = deque([errno.EBUSY])
    port.start_ringing()
    port.stop_ringing()
    port.events()
    assert kernel.hooks() == [Hook.RING_OFF]


def test_a_handset_lifted_while_the_battery_was_away_is_noticed(fxs):
    port, kernel = fxs
    kernel.events += [Event.RING_OR_OFF_HOOK, Event.ON_HOOK]
    port.events()
    kernel.params = packed_params(FXOKS, off_hook=True)
    for _ in range(60):
        kernel.frames.append(FRAME)
        port.read()
    assert port.events() == [HookLifted()]


def test_a_handset_that_is_off_the_hook_already_is_reported(opened):
    port, _ = opened(PortKind.FXS, FXOKS, off_hook=True)
    assert port.events() == [HookLifted()]


def test_a_line_that_is_cut_already_is_reported(opened):
    port, _ = opened(PortKind.FXO, FXSKS, alarms=8)
    assert port.events() == [LineCut()]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOENT, "is the driver loaded and dahdi_cfg run"),
        (errno.ENXIO, "is the driver loaded and dahdi_cfg run"),
        (errno.EBUSY, "another program has it open.*fuser /dev/dahdi/1"),
        (errno.EACCES, "group that owns the device"),
        (errno.EIO, "cannot be opened: Input/output error"),
    ],
)
def test_a_port_that_cannot_be_opened_says_why(monkeypatch, number, why):
    def refuse(path: str, flags: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("hw.dahdi.device.os.open", refuse)
    with pytest.raises(PortLost, match=f"^/dev/dahdi/1: .*{why}"):
        DahdiPort(PortKind.FXO, "/dev/dahdi/1")


@pytest.mark.parametrize(
    ("kind", "signalling", "why"),
    [
        (PortKind.FXO, FXOKS, "is an FXS port, an FXO port is wanted"),
        (PortKind.FXS, FXSKS, "is an FXO port, an FXS port is wanted"),
        (PortKind.FXO, CLEAR, "set up for no analogue line"),
    ],
)
def test_a_port_of_another_kind_is_refused(opened, kind, signalling, why):
    with pytest.raises(PortLost, match=why):
        opened(kind, signalling)


def test_a_card_that_goes_is_a_lost_port(fxo):
    port, kernel = fxo
    kernel.events.append(Event.REMOVED)
    with pytest.raises(PortLost, match="taken away"):
        port.events()
    kernel.gone = True
    for act in (port.events, port.read, lambda: port.write(FRAME), port.off_hook, port.on_hook):
        with pytest.raises(PortLost, match="/dev/dahdi/1: the card or its driver is gone"):
            act()


def test_a_card_without_an_echo_canceller_works_on(fxo):
    port, kernel = fxo
    kernel.refuse[ioctl.ECHO_CANCEL] = deque([errno.ENODEV])
    port.cancel_echo(128)
    port.cancel_echo(128)
    assert dict(kernel.orders)[ioctl.ECHO_CANCEL] == ioctl.INT.pack(128)


def test_each_kind_refuses_what_only_the_other_can(fxo, fxs):
    for act in (fxs[0].off_hook, fxs[0].flash, lambda: fxs[0].dial_pulses("1")):
        with pytest.raises(ValueError, match="an FXS port"):
            act()
    for act in (
        fxo[0].start_ringing,
        fxo[0].stop_ringing,
        lambda: fxo[0].transmit_on_hook(1.0),
        lambda: fxo[0].show_waiting(1),
    ):
        with pytest.raises(ValueError, match="an FXO port"):
            act()


def test_going_on_hook_stops_dialling_and_the_echo_canceller(fxo):
    port, kernel = fxo
    port.dial_pulses("1")
    kernel.orders.clear()
    port.on_hook()
    assert dict(kernel.orders)[ioctl.ECHO_CANCEL] == ioctl.INT.pack(0)
    port.write(FRAME)
    assert kernel.written == [FRAME]


@pytest.mark.parametrize(
    ("taps", "known"), [(0, 0), (8, 32), (128, 128), (160, 256), (1024, 1024), (4000, 1024)]
)
def test_echo_cancellers_know_powers_of_two(fxo, taps, known):
    port, kernel = fxo
    port.cancel_echo(taps)
    assert dict(kernel.orders)[ioctl.ECHO_CANCEL] == ioctl.INT.pack(known)


@pytest.mark.parametrize("country", sorted(plans()))
@pytest.mark.parametrize("ringing", [None, *Ringing])
def test_every_ringing_that_a_station_line_asks_for_is_a_cadence(country, ringing):
    ring_ms = ring_ms_of(ringing, plans()[country].ring_ms)
    assert ioctl.CADENCE.unpack(cadence_of(ring_ms))[: len(ring_ms)] == ring_ms


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [(True, True, []), (True, False, [BatteryDropped()]), (False, False, [])],
    ids=["stays", "went", "the driver never tells"],
)
def test_a_battery_that_went_as_we_went_off_hook_is_noticed(fxo, before, after, events):
    port, kernel = fxo
    kernel.params = packed_params(FXSKS, off_hook=before)
    port.off_hook()
    kernel.params = packed_params(FXSKS, off_hook=after)
    for _ in range(40):
        kernel.frames.append(FRAME)
        port.read()
    assert port.events() == events


def test_a_line_that_is_on_hook_again_is_not_looked_at(fxo):
    port, kernel = fxo
    port.off_hook()
    port.on_hook()
    for _ in range(60):
        kernel.frames.append(FRAME)
        port.read()
    assert port.events() == []
