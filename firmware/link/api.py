"""What each daemon can be asked: the one typed definition.

A daemon's API is a ``Protocol`` of plain methods: the server is checked against it by mypy
and dispatches by name, the client calls ``link.call(SwitchApi.hang_up, call_id="17")`` and is
checked by the same signatures. Orders return at once; what comes of them arrives as events
about the rows of ``firmware.link.rows``. Where one is said to answer when it is on the disk, the
server's method is a coroutine and the link waits for it; others of the daemon do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from firmware.link.agents import AgentsApi
from firmware.link.bench import OutsideApi
from firmware.link.board import BoardApi
from firmware.link.calls import CallsApi
from firmware.link.frames import AudioCounts
from firmware.link.learning import LearningApi
from firmware.link.lines import LineTestsApi
from firmware.link.people import PeopleApi
from firmware.link.phones import (
    ConfigFile,
    FirmwareFile,
    KeyRow,
    MediaFile,
    RouterOption,
    SettingChange,
)
from firmware.link.rows import BrowserPass, DaemonStatus
from firmware.link.status import StatusApi
from firmware.link.takes import TakesApi
from firmware.link.update import UpdateApi
from firmware.link.voicemail import VoicemailApi


class DaemonApi(Protocol):
    """What every daemon can be asked."""

    def status(self) -> DaemonStatus:
        """Who you are and how you are."""
        ...

    def reload(self) -> None:
        """Take up the newest accepted site configuration."""
        ...


class SwitchApi(
    DaemonApi, CallsApi, PeopleApi, AgentsApi, VoicemailApi, TakesApi, StatusApi, Protocol
):
    """switchd. Rows: leg, call, queue, agent, recording, trunk, person, calendar, emergency,
    take."""

    def log_in(self, agent: str) -> None:
        """Make an agent available in all their queues.

        Raises:
            KeyError: no such agent.
        """
        ...

    def log_out(self, agent: str) -> None:
        """Take an agent out of all their queues once their call is over.

        Raises:
            KeyError: no such agent.
        """
        ...

    def set_calendar(self, name: str, state: str, until: float) -> None:
        """Switch a calendar by hand: "open" or "closed" until a Unix time (0: until it is taken
        back), or "automatic": as its hours say.

        Raises:
            KeyError: no such calendar.
            ValueError: no such state, or a time that has passed.
        """
        ...

    def read_phonebook(self) -> None:
        """Read contacts and blocked callers from the store again: somebody changed them."""
        ...

    def notify(self, *, number: str, event: str, headers: Mapping[str, str]) -> None:
        """Send a NOTIFY outside any dialog to the telephones registered as ``number``, by way
        of the edge, once that extension is in no call.

        Raises:
            KeyError: no such extension, or it has no telephone of its own.
            RuntimeError: it is in a call.
        """
        ...


class LinedApi(DaemonApi, LearningApi, LineTestsApi, Protocol):
    """lined. Rows: line, sms, ussd, learning, loopback.

    ``line`` is the line's name in the site configuration ("sim-1").
    """

    def send_sms(self, line: str, to: str, text: str) -> str:
        """Send a short message by a SIM; its id. What becomes of it arrives as sms events:
        queued, sent, then delivered, or failed.

        ``line`` may be "": the first SIM that is in a network.

        Raises:
            KeyError: no such line, or no SIM at all.
            ValueError: no number, no text, or a text too long for 255 parts.
            RuntimeError: the line is no SIM, or so many messages wait already.
        """
        ...

    def ussd(self, line: str, code: str) -> None:
        """Send a USSD code ("*140#"), or the answer to a network that asks for one. What the
        network says arrives as ussd events; the row's id is the line.

        Raises:
            KeyError: no such line.
            ValueError: it is no code.
            RuntimeError: the line is no SIM or in no network, or a code waits for its answer.
        """
        ...

    def cancel_ussd(self, line: str) -> None:
        """End the USSD session of a SIM.

        Raises:
            KeyError: no such line.
            RuntimeError: the line is no SIM.
        """
        ...

    def frames(self) -> AudioCounts:
        """How many frames of audio were moved, and how many were not in time."""
        ...


class OutboxApi(DaemonApi, Protocol):
    """The outbox: mail and short messages on their way out, which the store has; and backups.
    Rows: alarm."""

    def retry(self) -> None:
        """Try at once what waits, however long it was to be left alone."""
        ...


class DevicedApi(DaemonApi, BoardApi, Protocol):
    """deviced. Rows: power, led, health, button."""


class UpdatesApi(DaemonApi, UpdateApi, Protocol):
    """The box's updates, where it is an image with two slots. Rows: update, alarm."""


class EdgeApi(DaemonApi, Protocol):
    """The edge's keeper. Rows: extension, way, internet."""

    def browser_pass(self, number: str) -> BrowserPass:
        """Let a browser register as an extension for the next minutes. Whoever asks has made sure
        that the extension is theirs.

        Raises:
            KeyError: no such extension, or one without a SIP account.
        """
        ...


class BenchApi(DaemonApi, OutsideApi, Protocol):
    """The simulated world outside: the central office behind the trunk lines, the telephones
    on the station lines, the mobile network behind the modem. Rows: far, lever.

    ``line`` is the line's name in the site configuration ("fxo-1").
    """

    def ring(
        self, *, line: str, number: str, name: str, digits: str, say: str, listen: str
    ) -> None:
        """Call the box on a trunk line or a SIM.

        The far party lets it ring with caller ID, and once answered waits until it has heard
        ``digits``' turn (a silence after speech), sends them as audible DTMF, then plays the
        WAV file ``say`` (8 kHz mono S16; "" is silence) in a loop and records what it hears
        to the WAV file ``listen`` ("" records nothing).

        Raises:
            KeyError: no such line.
            RuntimeError: the line is cut or in use.
        """
        ...

    def lift(self, line: str, digits: str, say: str, listen: str) -> None:
        """Lift the handset of the telephone on a station line: answers if it rings, else waits
        for dial tone and dials ``digits``."""
        ...

    def flash(self, line: str, digits: str) -> None:
        """Press the hook of a station line's telephone for half a second; with ``digits``, wait
        for dial tone then and dial them.

        Raises:
            KeyError: no such line.
            RuntimeError: it is no station line, or its handset is on the hook.
        """
        ...

    def hang_up(self, line: str) -> None:
        """The far party hangs up. A trunk line then gives its disconnect signal."""
        ...

    def cut(self, line: str) -> None:
        """Cut the wire (or take the SIM's network away)."""
        ...

    def text(self, line: str, number: str, text: str) -> None:
        """Send a short message to a SIM. What the box sends arrives as far.texted, its text in
        the row.

        Raises:
            KeyError: no such line.
            RuntimeError: the line is no SIM.
            ValueError: ``number`` is neither a number nor a sender's name in letters.
        """
        ...

    def mend(self, line: str) -> None:
        """Join the wire again."""
        ...

    def exchange(self, *, line: str, name: str, ring_s: float, talk_s: float) -> None:
        """Put another exchange behind a trunk line (``hw.dahdi.exchanges``). Its subscribers
        answer after ``ring_s`` and hang up ``talk_s`` after the answer; 0: they do not.

        Raises:
            KeyError: no such line or exchange.
            RuntimeError: it is no trunk line, or is in use.
        """
        ...


class ProvisionApi(DaemonApi, Protocol):
    """Telephones that configure themselves. Rows: phone, window.

    ``phone`` is a telephone's id: a MAC address in any spelling, or "soft-1". Every method that
    takes one raises KeyError when it is not known.
    """

    def open_window(self, minutes: float) -> None:
        """Let new telephones in for so long (at most 120 minutes)."""
        ...

    def close_window(self) -> None:
        """Let nobody new in."""
        ...

    def expect(self, *, mac: str, model: str) -> str:
        """Put a telephone on record before it was ever here; its id. ``model`` may be "".

        Raises:
            ValueError: no MAC address, or a model that no family or more than one has.
        """
        ...

    def add_softphone(self, extension: str) -> str:
        """Make a place for a softphone of an extension; its id. ``address_of`` is what its QR
        code says."""
        ...

    def address_of(self, phone: str) -> str:
        """The address, with its token, at which a softphone finds its configuration.

        Raises:
            ValueError: it is no softphone.
        """
        ...

    def assign(self, phone: str, extensions: tuple[str, ...]) -> None:
        """Give a telephone its extensions, one an account or ATA port; none takes them away.

        Raises:
            ValueError: an extension does not exist or has no SIP account, the model holds
                fewer, or nobody knows yet what telephone it is.
        """
        ...

    def revoke(self, phone: str) -> None:
        """Make a telephone's token void; it gets nothing until it is assigned again."""
        ...

    def renew(self, phone: str) -> None:
        """Allow a telephone one more first contact, after a factory reset; its old token is
        void."""
        ...

    def forget(self, phone: str) -> None:
        """Take a telephone off the record."""
        ...

    def allow_tftp(self, phone: str, allowed: bool) -> None:
        """Whether this telephone's passwords may go by TFTP, which everybody can read."""
        ...

    def set_keys(self, phone: str, keys: tuple[KeyRow, ...] | None) -> None:
        """Lay out a telephone's keys; None is the layout every telephone gets.

        Raises:
            ValueError: a kind of key that nobody knows, or more keys than it has.
        """
        ...

    def keys(self, phone: str) -> tuple[KeyRow, ...]:
        """A telephone's keys as they were laid out, or the layout every telephone gets."""
        ...

    def set_override(self, phone: str, name: str, value: str) -> None:
        """Give one parameter of the vendor's a value of the technician's; it stays through
        every change and update.

        Raises:
            ValueError: no such parameter, or a value no file can carry.
        """
        ...

    def drop_override(self, phone: str, name: str) -> None:
        """Take an override back."""
        ...

    def overrides(self, phone: str) -> dict[str, str]:
        """The overrides of a telephone."""
        ...

    def preview(self, phone: str) -> tuple[ConfigFile, ...]:
        """The files a telephone would get now."""
        ...

    def changes(self, phone: str) -> tuple[SettingChange, ...]:
        """What differs between that and what it was last sent."""
        ...

    def resync(self, phone: str, reboot: bool) -> None:
        """Let a telephone fetch its files again as soon as it is idle.

        Raises:
            ValueError: it has no extension, so that nobody can reach it.
        """
        ...

    def push(self, phone: str) -> None:
        """Tell a telephone that a scan found its address, over its own web page.

        Raises:
            ValueError: its maker documents no way to, it was told already, it was seen at no
                address here, or the adoption window is shut.
        """
        ...

    def scan(self) -> None:
        """Look for telephones on the box's networks; those found appear as rows."""
        ...

    def router_options(self) -> tuple[RouterOption, ...]:
        """What to type into the office's router, for each family what it reads."""
        ...

    def offer_firmware(
        self,
        *,
        name: str,
        vendor: str,
        model: str,
        version: str,
        share: int,
        first: tuple[str, ...],
    ) -> None:
        """Roll out a file of the folder ``provision/firmware`` to a share of the telephones.

        Raises:
            KeyError: there is no such file.
            ValueError: no such vendor or model, or a share that is no percentage.
        """
        ...

    def withdraw_firmware(self, name: str) -> None:
        """End a roll-out and remove its file."""
        ...

    def firmware(self) -> tuple[FirmwareFile, ...]:
        """The firmware files, newest first."""
        ...

    def offer_media(self, file: MediaFile) -> None:
        """Give a file of the folder ``provision/media`` to telephones, to show or to play.

        Raises:
            KeyError: there is no such file.
            ValueError: an impossible kind, vendor, model, language or size.
        """
        ...

    def withdraw_media(self, name: str) -> None:
        """Take a file from the telephones and remove it."""
        ...

    def media(self) -> tuple[MediaFile, ...]:
        """The files for telephones to show and to play, newest first."""
        ...

    def pardon(self, source: str) -> None:
        """Lift the ban of an address."""
        ...
