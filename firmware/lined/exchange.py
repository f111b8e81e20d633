"""The lines' way to switchd: each has a SIP account on loopback, and a port in the mixer."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote

from firmware.config.inner import LINES_ADDRESS, SWITCH_ADDRESS
from firmware.config.schema import Network
from firmware.lined.patch import Patch
from firmware.model.cause import Cause
from firmware.sip.call import CallEvents, SipCall
from firmware.sip.media import FramePort
from firmware.sip.message import Invitation, uri
from firmware.sip.pump import PumpLoop
from firmware.sip.stack import PORT, AccountPlan, Incoming, Stack, StackPlan

LINE_HEADER = "X-Markaz-Line"

_SHARED = "switch"
_MOST_ACCOUNTS = 60  # of the 64 that pjsua keeps (PJSUA_MAX_ACC); further lines share one


class Dialog(Protocol):
    """What a line needs of the dialog that carries its call (``firmware.sip.call.SipCall``)."""

    @property
    def id(self) -> str: ...
    def ring(self) -> None: ...
    def progress(self) -> None: ...
    def answer(self) -> None: ...
    def hang_up(self, cause: Cause = Cause.NORMAL_CLEARING) -> None: ...
    def send_digits(self, digits: str) -> None: ...
    def tell(self, what: str) -> None: ...
    def hold(self) -> None: ...
    def resume(self) -> None: ...


class Exchange(Protocol):
    """What a line needs of SIP."""

    def call(
        self,
        line: str,
        called: str,
        *,
        caller: str,
        caller_name: str,
        events: CallEvents,
        is_withheld: bool = False,
    ) -> Dialog:
        """Call ``called`` at switchd. ``is_withheld``: the caller does not want to be known.

        Raises:
            RuntimeError: the stack is full.
        """
        ...

    def join(self, dialog: Dialog, line: str) -> None:
        """Let the dialog's party and the line hear one another."""
        ...

    def part(self, dialog: Dialog) -> None:
        """Let the dialog's party hear nobody here, and nobody here hear it."""
        ...

    def introduce(self, one: Dialog, other: Dialog) -> None:
        """Let the parties of two dialogs hear one another."""
        ...

    def send(self, dialog: Dialog, number: str) -> None:
        """Ask switchd to lead the dialog's party to ``number``; its events are told of it."""
        ...

    def connect(self, dialog: Dialog, other: Dialog) -> None:
        """Ask switchd to put the dialog's party in our place in the ``other``; the dialog's
        events are told of it."""
        ...

    def forget(self, dialog: Dialog, cause: Cause) -> None:
        """End ``dialog`` if it lives; nothing it does reaches the line any more."""
        ...


def account_plan(network: Network, name: str = _SHARED) -> AccountPlan:
    """An account of lined's."""
    return AccountPlan(
        name=name,
        peer=f"{SWITCH_ADDRESS}:{network.inner_switch_port}",
        via="",
        media_address=LINES_ADDRESS,
        rtp_first=network.line_rtp_first,
        rtp_last=network.line_rtp_last,
        is_ours=True,
    )


def stack_plan(network: Network) -> StackPlan:
    """lined's SIP stack. A call to a line that it does not have arrives at the shared account."""
    return StackPlan(
        address=LINES_ADDRESS,
        port=network.inner_lines_port,
        domain=LINES_ADDRESS,
        accounts=(account_plan(network),),
        rate_hz=8000,
        max_dialogs=64,
        own_clock=True,
        codecs={"PCMA/8000/1": 201, "PCMU/8000/1": 200},
    )


class SipExchange:
    """``Exchange`` on ``firmware.sip``. ``incoming`` is set before the loop runs."""

    incoming: Incoming

    def __init__(self, network: Network, loop: PumpLoop) -> None:
        self._network = network
        self._switch = f"{SWITCH_ADDRESS}:{network.inner_switch_port}"
        self.stack = Stack(stack_plan(network), loop, self._incoming)
        self._ports: dict[str, FramePort] = {}
        self._accounts: set[str] = set()

    def _incoming(self, call: SipCall, invitation: Invitation, account: str) -> CallEvents:
        return self.incoming(call, invitation, account)

    def add(self, line: str, patch: Patch) -> None:
        """Give ``line`` its account, and its place in the mixer."""
        self._ports[line] = FramePort(line, patch.take, patch.give)
        if line not in self._accounts and len(self._accounts) < _MOST_ACCOUNTS:
            self._accounts.add(line)
            self.stack.set_account(account_plan(self._network, PORT + line))

    def remove(self, line: str) -> None:
        """Take its place in the mixer away. The account stays: its calls are just ending."""
        self.stack.matrix.drop(self._ports.pop(line))

    def call(
        self,
        line: str,
        called: str,
        *,
        caller: str,
        caller_name: str,
        events: CallEvents,
        is_withheld: bool = False,
    ) -> SipCall:
        """See ``Exchange``."""
        return self.stack.dial(
            PORT + line if line in self._accounts else _SHARED,
            uri(called, self._switch),
            caller=caller,
            caller_name=caller_name,
            headers={LINE_HEADER: line},
            events=events,
            is_private=is_withheld,
        )

    def join(self, dialog: Dialog, line: str) -> None:
        """See ``Exchange``."""
        assert isinstance(dialog, SipCall)
        port = self._ports[line]
        self.stack.matrix.join(dialog.audio, port)
        self.stack.matrix.join(port, dialog.audio)

    def part(self, dialog: Dialog) -> None:
        """See ``Exchange``."""
        assert isinstance(dialog, SipCall)
        self.stack.matrix.drop(dialog.audio)

    def introduce(self, one: Dialog, other: Dialog) -> None:
        """See ``Exchange``."""
        assert isinstance(one, SipCall)
        assert isinstance(other, SipCall)
        self.stack.matrix.join(one.audio, other.audio)
        self.stack.matrix.join(other.audio, one.audio)

    def send(self, dialog: Dialog, number: str) -> None:
        """See ``Exchange``."""
        assert isinstance(dialog, SipCall)
        dialog.refer(uri(number, self._switch))

    def connect(self, dialog: Dialog, other: Dialog) -> None:
        """See ``Exchange``. The header is not called Replaces: the INVITE that switchd's pjsua
        makes of the REFER comes straight back to it, and must not make it act by itself."""
        assert isinstance(dialog, SipCall)
        named = quote(other.id, safe="")
        dialog.refer(f"<sip:transfer@{self._switch}?X-Markaz-Replaces={named}>")

    def forget(self, dialog: Dialog, cause: Cause) -> None:
        """See ``Exchange``."""
        assert isinstance(dialog, SipCall)
        dialog.events = None
        self.stack.matrix.drop(dialog.audio)
        dialog.hang_up(cause)

    def packets_missed(self) -> tuple[int, int]:
        """Of all calls that are up: packets from switchd lost, and too late."""
        found = [call.packets_missed() for call in self.stack.talking()]
        return sum(lost for lost, _ in found), sum(late for _, late in found)

    def close(self) -> None:
        """Stop SIP."""
        self._ports.clear()
        self.stack.close()
