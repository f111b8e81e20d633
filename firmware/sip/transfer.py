"""Transfers: what a party's REFER becomes.

pjsua answers a REFER only by calling its target itself. So that the exchange decides, that call
is a *hairpin*: it leaves and comes straight back to us (the edge returns every INVITE of ours
that carries Referred-By), where it is recognised by its Call-ID. How the exchange answers the
hairpin is what pjsua tells the transferor by NOTIFY (RFC 3515 §2.4.4); no audio ever flows
through it. The exchange does not wait for it: many telephones say BYE right after the REFER.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import pjsua2 as pj

from firmware.model.cause import Cause
from firmware.sip.call import SipCall, TransferEvents, _Dialog
from firmware.sip.message import Replaces, refer_target

if TYPE_CHECKING:
    from firmware.sip.stack import Stack

_LINGER_S = 0.4
"""Time for the last NOTIFY, and for the transferor's own BYE, before we hang up."""

_ACCEPTED, _DECLINED = 202, 603


class Hairpin(Protocol):
    """Our own call come back, as far as it is needed (``firmware.sip.call.SipCall``)."""

    def ring(self) -> None: ...
    def answer(self) -> None: ...
    def hang_up(self, cause: Cause = Cause.NORMAL_CLEARING) -> None: ...


class TransferRequest:
    """A party's wish that whoever it talks to is connected to ``number``.

    With ``replaces``, to the party of that dialog of the transferor's own (RFC 3891). Exactly
    one of ``succeed`` and ``fail`` must follow; ``rang`` may come before.
    """

    def __init__(self, number: str, replaces: Replaces | None) -> None:
        self.number = number
        self.replaces = replaces
        self._hairpin: Hairpin | None = None
        self._untold: list[Callable[[Hairpin], None]] = []

    def rang(self) -> None:
        """The target rings."""
        self._tell(lambda hairpin: hairpin.ring())

    def succeed(self, and_then: Callable[[], None]) -> None:
        """It is done. ``and_then`` is called when the transferor has been told: most hang up
        themselves, the others want to be hung up."""
        self._tell(lambda hairpin: hairpin.answer())
        asyncio.get_running_loop().call_later(_LINGER_S, self._drop, and_then)

    def fail(self, cause: Cause) -> None:
        """It could not be done; the transferor hears why."""
        self._tell(lambda hairpin: hairpin.hang_up(cause))

    def attach(self, hairpin: Hairpin) -> None:
        """The hairpin has come back: what there is to tell is told by it."""
        self._hairpin = hairpin
        for word in self._untold:
            word(hairpin)
        self._untold.clear()

    def _tell(self, word: Callable[[Hairpin], None]) -> None:
        if self._hairpin is None:
            self._untold.append(word)
        else:
            word(self._hairpin)

    def _drop(self, and_then: Callable[[], None]) -> None:
        self._tell(lambda hairpin: hairpin.hang_up())
        and_then()


class Transfers:
    """The hairpins under way in one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._on_their_way: dict[SipCall, TransferRequest] = {}  # by our end that calls

    def asked(self, transferor: SipCall, prm: pj.OnCallTransferRequestParam) -> None:
        """A REFER came: let pjsua call its target on a dialog that nobody listens to."""
        account = self._stack.account_named(transferor.account)
        if account is None or not isinstance(transferor.events, TransferEvents):
            prm.statusCode = _DECLINED
            return
        calling = SipCall(self._stack, None, "transfer", transferor.account)
        calling._dialog = _Dialog(calling, account, pj.PJSUA_INVALID_ID)
        self._stack.keep(calling)
        prm.newCall = calling._dialog
        prm.statusCode = _ACCEPTED
        request = TransferRequest(*refer_target(prm.dstUri))
        self._on_their_way[calling] = request
        transferor.events.on_transfer(request)

    def take(self, call: SipCall) -> bool:
        """Whether an INVITE is a hairpin come back."""
        for calling, request in self._on_their_way.items():
            if calling.id == call.id:
                del self._on_their_way[calling]
                request.attach(call)
                return True
        return False

    def ended(self, call: SipCall) -> None:
        """A dialog is over; it may be a hairpin that never came back."""
        self._on_their_way.pop(call, None)
