"""An analogue port of a real card: one DAHDI channel, spoken to by the kernel's ioctls.

The traps of DAHDI (2.11), each seen on a running kernel or read in its source:

* While an event waits, reading and writing fail with errno 500; events are taken first.
* HOOK on a descriptor that does not wait answers EINPROGRESS; that is no error.
* After FXS battery was taken away (500 ms) and for 300 ms more, HOOK answers EBUSY; what was
  wanted is tried again with every look at the events. A handset lifted meanwhile is not
  reported, so the hook is looked at afterwards.
* For 600 ms after going off hook a battery that goes is not reported, not even later; so it is
  looked at afterwards.
* Writing audio while DIAL dials ends the dialling without a word: nothing is written then.
* A card that goes makes ``poll`` return at once for ever; the descriptor must be closed.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

from hw.dahdi import ioctl
from hw.dahdi.ioctl import Event, Hook, Signalling
from hw.dahdi.port import (
    FRAME_BYTES,
    FRAME_SAMPLES,
    BatteryDropped,
    EventPending,
    Flashed,
    HookLifted,
    HookReplaced,
    LineCut,
    LineMended,
    PolarityReversed,
    PortEvent,
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

log = logging.getLogger(__name__)

_BUFFERS = 4
_HOOK_LOOK_FRAMES = 50  # 1 s: battery off (500 ms) and what follows it (300 ms) are over
_BATTERY_LOOK_FRAMES = 35  # 700 ms: what comes from now on is reported
_MOST_EVENTS = 256  # more in one go than the driver's queue holds: it gives the same for ever

_FXO_EVENTS: Mapping[int, PortEvent] = {
    Event.RING_BEGIN: RingBegan(),
    Event.RING_OR_OFF_HOOK: RingEnded(),
    Event.ON_HOOK: BatteryDropped(),
    Event.POLARITY: PolarityReversed(),
    Event.ALARM: LineCut(),
    Event.NO_ALARM: LineMended(),
    Event.DIAL_COMPLETE: PulsesSent(),
}

_FXS_EVENTS: Mapping[int, PortEvent] = {
    Event.RING_OR_OFF_HOOK: HookLifted(),
    Event.ON_HOOK: HookReplaced(),
    Event.WINK_FLASH: Flashed(),
    Event.PULSE_START: PulseBegan(),
    Event.RINGER_ON: RingerOn(),
    Event.RINGER_OFF: RingerOff(),
}

_EVENTS = {PortKind.FXO: _FXO_EVENTS, PortKind.FXS: _FXS_EVENTS}

_WHY_NOT_OPENED = {
    errno.ENOENT: "there is no such channel: is the driver loaded and dahdi_cfg run?",
    errno.ENXIO: "there is no such channel: is the driver loaded and dahdi_cfg run?",
    errno.EBUSY: "another program has it open: stop that program (`fuser {path}` names it)",
    errno.EACCES: "no permission: the user must be in the group that owns the device",
    errno.EPERM: "no permission: the user must be in the group that owns the device",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What GET_PARAMS says of a channel."""

    signalling: int
    off_hook: bool  # FXS: the telephone is lifted; FXO: there is battery
    alarms: int
    flash_ms: int

    @classmethod
    def unpack(cls, packed: bytes) -> Params:
        """From ``struct dahdi_params``."""
        fields = ioctl.PARAMS.unpack(packed)
        return cls(
            signalling=fields[3], off_hook=bool(fields[5]), flash_ms=fields[16], alarms=fields[24]
        )


def with_flash(packed: bytes, flash_ms: int) -> bytes:
    """``struct dahdi_params`` with another length of our own flashes."""
    fields = list(ioctl.PARAMS.unpack(packed))
    fields[16] = flash_ms
    return ioctl.PARAMS.pack(*fields)


class DahdiPort:
    """The channel at ``path`` ("/dev/dahdi/1"), as a port of ``kind``. ``flash_ms`` is how long
    an FXO port's flash opens the loop; None leaves it as the driver has it (750 ms).

    Raises:
        PortLost: it cannot be opened, or is a port of the other kind; the message says why.
    """

    def __init__(self, kind: PortKind, path: str, *, flash_ms: int | None = None) -> None:
        self._kind = kind
        self._path = path
        self._dialling = False
        self._lifted = False
        self._wanted: Hook | None = None
        self._look_in_frames = 0
        self._waiting_events: list[PortEvent] = []
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise PortLost(self._told(_why(path, error))) from error
        try:
            self._set_up(flash_ms)
        except OSError:
            os.close(self._fd)
            raise

    def _set_up(self, flash_ms: int | None) -> None:
        self._order(
            ioctl.SET_BUFFERS,
            ioctl.BUFFERS.pack(
                ioctl.POLICY_IMMEDIATE, ioctl.POLICY_IMMEDIATE, _BUFFERS, FRAME_SAMPLES, 0, 0
            ),
        )
        self._set(ioctl.SET_LINEAR, 1)
        packed = self._packed_params()
        params = Params.unpack(packed)
        self._check(params.signalling)
        if self._kind is PortKind.FXO:
            if flash_ms is not None and flash_ms != params.flash_ms:
                self._order(ioctl.SET_PARAMS, with_flash(packed, flash_ms))
            if params.alarms & ioctl.RED_ALARM:
                self._waiting_events.append(LineCut())
        self._set(ioctl.FLUSH, ioctl.FLUSH_ALL)
        if self._kind is PortKind.FXS and params.off_hook:
            self._take(HookLifted())

    def _check(self, signalling: int) -> None:
        is_fxo = bool(signalling & Signalling.OF_FXO_PORT)
        is_fxs = bool(signalling & Signalling.OF_FXS_PORT)
        if is_fxo == is_fxs:
            raise PortLost(
                self._told(
                    f"is set up for no analogue line (signalling {signalling:#x}): write it to "
                    "/etc/dahdi/system.conf as fxsks (trunk line) or fxoks (station line)"
                ),
            )
        if is_fxo != (self._kind is PortKind.FXO):
            there, wanted = ("FXO", "FXS") if is_fxo else ("FXS", "FXO")
            raise PortLost(self._told(f"is an {there} port, an {wanted} port is wanted here"))

    # -- Port -----------------------------------------------------------------------------

    @property
    def kind(self) -> PortKind:
        """FXO or FXS."""
        return self._kind

    def fileno(self) -> int:
        """Readable when there is a frame, "exceptional" when there is an event."""
        return self._fd

    def events(self) -> list[PortEvent]:
        """What happened since the last call, in order.

        Raises:
            PortLost: the card or its driver is gone.
        """
        for _ in range(_MOST_EVENTS):
            (code,) = ioctl.INT.unpack(self._order(ioctl.GET_EVENT, bytes(ioctl.INT.size)))
            if code == Event.NONE:
                break
            self._happened(code)
        if self._wanted is not None:
            self._hook(self._wanted)
        events, self._waiting_events = self._waiting_events, []
        return events

    def read(self) -> bytes:
        """The next frame, or b"".

        Raises:
            EventPending: call ``events`` first.
            PortLost: the card or its driver is gone.
        """
        try:
            frame = os.read(self._fd, FRAME_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._translated(error) from error
        self._look_at_hook()
        return frame.ljust(FRAME_BYTES, b"\0")

    def write(self, frame: bytes) -> None:
        """Send one frame; dropped when the driver's buffers are full, or while it dials.

        Raises:
            EventPending: call ``events`` first.
            PortLost: the card or its driver is gone.
        """
        if self._dialling:
            return
        try:
            os.write(self._fd, frame)
        except BlockingIOError:
            pass
        except OSError as error:
            raise self._translated(error) from error

    def off_hook(self) -> None:
        """FXO: close the loop."""
        self._need(PortKind.FXO, "cannot close the loop")
        self._set(ioctl.FLUSH, ioctl.FLUSH_WRITE)
        # A driver that tells nothing of the battery must not end every call.
        had_battery = Params.unpack(self._packed_params()).off_hook
        self._hook(Hook.OFF)
        self._look_in_frames = _BATTERY_LOOK_FRAMES if had_battery else 0

    def on_hook(self) -> None:
        """FXO: open the loop. FXS: take the battery away for half a second."""
        self._dialling = False
        self._set(ioctl.FLUSH, ioctl.FLUSH_WRITE)
        self._hook(Hook.ON)
        self._look_in_frames = _HOOK_LOOK_FRAMES
        if self._kind is PortKind.FXO:
            self.cancel_echo(0)  # on a resting line it only costs
            self._look_in_frames = 0

    def flash(self) -> None:
        """FXO: open the loop for an instant."""
        self._need(PortKind.FXO, "has no loop to flash")
        self._hook(Hook.FLASH)

    def dial_pulses(self, digits: str) -> None:
        """FXO: dial with the loop."""
        self._need(PortKind.FXO, "does not dial")
        if not digits or not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"{digits!r} cannot be dialled with the loop: only 0 to 9 can")
        order = ioctl.DIALLING.pack(ioctl.DIAL_REPLACE, b"P" + digits.encode())
        self._dialling = True
        try:
            self._order(ioctl.DIAL, order)
        except OSError as error:
            self._dialling = False
            if error.errno == errno.ENODATA:
                why = "cannot dial before a tone zone is loaded: loadzone in system.conf"
                raise PortLost(self._told(why)) from error
            raise

    def cancel_echo(self, taps: int) -> None:
        """Switch the channel's echo canceller. DAHDI knows powers of two from 32 to 1024, and takes
        64 for anything else."""
        known = min(1024, max(32, 1 << (taps - 1).bit_length())) if taps else 0
        self._try(ioctl.ECHO_CANCEL, known, "no echo canceller (echocanceller= in system.conf)")

    def show_waiting(self, messages: int) -> None:
        """FXS: the telephone's lamp."""
        self._need(PortKind.FXS, "has no telephone with a lamp")
        self._try(ioctl.MESSAGES_WAITING, messages, "no lamp for messages")

    def start_ringing(self, ring_ms: tuple[int, ...] = ()) -> None:
        """FXS: ring until ``stop_ringing`` or the hook is lifted."""
        self._need(PortKind.FXS, f"hears ringing, it does not make it ({ring_ms} asked for)")
        if ring_ms:
            self._order(ioctl.SET_CADENCE, cadence_of(ring_ms))
        if not self._lifted:
            self._hook(Hook.RING)

    def stop_ringing(self) -> None:
        """FXS: stop ringing."""
        self._need(PortKind.FXS, "hears ringing, it does not make it")
        self._hook(Hook.RING_OFF)

    def transmit_on_hook(self, duration_s: float) -> None:
        """FXS: let an on-hook telephone hear audio for so long."""
        self._need(PortKind.FXS, f"has no on-hook transmission ({duration_s} s asked for)")
        self._try(ioctl.ON_HOOK_TRANSFER, round(duration_s * 1000), "no on-hook transmission")

    def close(self) -> None:
        """Put on hook and close: the driver does the former."""
        os.close(self._fd)

    # -- what happened --------------------------------------------------------------------

    def _happened(self, code: int) -> None:
        if code & ioctl.PULSE_DIGIT:
            self._waiting_events.append(PulseDigit(chr(code & 0xFF)))
        elif code == Event.REMOVED:
            raise PortLost(self._told("the card was taken away"))
        elif (event := _EVENTS[self._kind].get(code)) is not None:
            self._take(event)
        elif code != Event.HOOK_COMPLETE:
            log.debug("%s: event %d", self._path, code)

    def _take(self, event: PortEvent) -> None:
        match event:
            case PulsesSent():
                self._dialling = False
            case HookLifted():
                # Off hook at our end too, or dial tone would be sent to a resting line.
                self._lifted = True
                self._hook(Hook.OFF)
            case Flashed():
                self._hook(Hook.OFF)
            case HookReplaced():
                self._lifted = False
                self._hook(Hook.ON)
                self.cancel_echo(0)
                self._look_in_frames = _HOOK_LOOK_FRAMES
            case _:
                pass
        self._waiting_events.append(event)

    def _look_at_hook(self) -> None:
        """What happened while the driver told nobody: a handset that was lifted or replaced while
        the battery was away, a battery that went as we went off hook."""
        if not self._look_in_frames:
            return
        self._look_in_frames -= 1
        if self._look_in_frames:
            return
        is_on = Params.unpack(self._packed_params()).off_hook
        if self._kind is PortKind.FXS and is_on != self._lifted:
            self._take(HookLifted() if is_on else HookReplaced())
        elif self._kind is PortKind.FXO and not is_on:
            self._take(BatteryDropped())

    # -- ioctls ---------------------------------------------------------------------------

    def _hook(self, hook: Hook) -> None:
        self._wanted = None
        try:
            self._set(ioctl.HOOK, hook)
        except OSError as error:
            if error.errno == errno.EBUSY:
                self._wanted = hook
            elif error.errno != errno.EINPROGRESS:
                raise

    def _packed_params(self) -> bytes:
        return self._order(ioctl.GET_PARAMS, bytes(ioctl.PARAMS.size))

    def _set(self, request: int, value: int) -> None:
        self._order(request, ioctl.INT.pack(value))

    def _try(self, request: int, value: int, without: str) -> None:
        """An order that not every card can carry out."""
        try:
            fcntl.ioctl(self._fd, request, ioctl.INT.pack(value))
        except OSError as error:
            log.debug("%s: %s (%s)", self._path, without, error.strerror)

    def _order(self, request: int, packed: bytes) -> bytes:
        try:
            return fcntl.ioctl(self._fd, request, packed)
        except OSError as error:
            raise self._translated(error) from error

    def _translated(self, error: OSError) -> OSError:
        if error.errno == ioctl.EVENT_PENDING_ERRNO:
            return EventPending(error.errno, "an event waits: take it before audio")
        if error.errno in (errno.ENODEV, errno.ENXIO, errno.EBADF):
            return PortLost(self._told("the card or its driver is gone"))
        return error

    def _need(self, kind: PortKind, why: str) -> None:
        if self._kind is not kind:
            raise ValueError(f"an {self._kind.upper()} port {why}")

    def _told(self, why: str) -> str:
        return f"{self._path}: {why}"


def cadence_of(ring_ms: tuple[int, ...]) -> bytes:
    """``struct dahdi_ring_cadence``: on, off, on, off ... and zeros.

    Raises:
        ValueError: it is not pairs, too long, or has a length that is none.
    """
    if len(ring_ms) % 2 or not 2 <= len(ring_ms) <= 16 or min(ring_ms) <= 0:
        raise ValueError(f"no cadence of ringing: {ring_ms}; it is up to 8 pairs of on and off")
    return ioctl.CADENCE.pack(*ring_ms, *(0,) * (16 - len(ring_ms)))


def _why(path: str, error: OSError) -> str:
    known = _WHY_NOT_OPENED.get(error.errno or 0)
    return known.format(path=path) if known else f"cannot be opened: {error.strerror}"
