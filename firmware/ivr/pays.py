"""Taking a card by telephone: its digits go to the office's own payment program and nowhere else.

They are in no variable, no record and no log, and while they are pressed nothing is recorded
(PCI DSS 3.3 and 3.5: the code is not kept at all, the number is not shown). What is kept is the
reference that the program gives. A call that is gone while the program works loses nothing: the
program has what it needs, and its answer is still put on record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from firmware.ivr.asks import digits_of, keep
from firmware.ivr.expression import CannotCompute, compute, number_of, text_of
from firmware.ivr.ports import Charge, NoAnswer, Receipt
from firmware.ivr.visit import Failed, Visit, deed
from firmware.model.flow import asking
from firmware.model.flow.node import Target

log = logging.getLogger(__name__)

_CARD_DIGITS = (12, 19)  # ISO/IEC 7812-1
_DECIMALS = 2
_QUIET_S = 2.0
_MOST_LATE = 40


Check = Callable[[str], bool]


class _NotGiven(Exception):
    """The caller gave no card."""


@deed(asking.Pay)
async def pay(visit: Visit, node: asking.Pay) -> Target | None:
    """Take the card, have it charged, and go on as the program says."""
    amount = _amount(visit, node)
    if node.saying is not None:
        await visit.ear.say(visit.utter(node.saying))
    visit.ear.forget()  # what was pressed before is nobody's card
    try:
        with visit.party.unheard():
            try:
                charge = await _card(visit, node, amount)
            except _NotGiven:
                await _keys_over(visit)
                raise
            receipt = await _charge(visit, charge)
    except _NotGiven:
        return _failed(node, "no card was given")
    except NoAnswer as error:
        visit.world.note("payment_failed", str(error)[:200])
        await visit.ear.say(visit.built_in("flow_not_paid"), insists=True)
        return _failed(node, str(error))
    finally:
        visit.ear.forget()
    if not receipt.is_approved:
        await visit.ear.say(visit.built_in("flow_declined"), insists=True)
        return node.declined
    visit.assign(node.variable, receipt.reference)
    await visit.ear.say(visit.built_in("flow_paid"))
    return node.to


def _failed(node: asking.Pay, why: str) -> Target:
    if node.failed is None:
        raise Failed(why)
    return node.failed


def _amount(visit: Visit, node: asking.Pay) -> str:
    try:
        amount = number_of(compute(node.amount, visit.values))
    except CannotCompute as error:
        raise Failed(str(error)) from None
    if amount <= 0 or round(amount, _DECIMALS) != amount:
        raise Failed(f"{amount} is no amount to pay")
    return text_of(amount)


async def _card(visit: Visit, node: asking.Pay, amount: str) -> Charge:
    least, most = _CARD_DIGITS
    card = await _field(visit, node, "flow_card", most, lambda d: len(d) >= least and luhn(d))
    expiry = await _field(visit, node, "flow_expiry", 4, _is_month)
    code = ""
    if node.asks_code:
        code = await _field(visit, node, "flow_code", 4, lambda d: len(d) in (3, 4))
    return Charge(
        service=node.service,
        path=node.path,
        amount=amount,
        currency=node.currency,
        card=card,
        expiry=expiry,
        code=code,
    )


async def _keys_over(visit: Visit) -> None:
    """Wait until a caller presses nothing more: the rest of a card that was keyed in too slowly
    is nothing for the node that comes next, nor for the call's record."""
    for _ in range(_MOST_LATE):
        if not await visit.party.key(_QUIET_S):
            return


async def _field(visit: Visit, node: asking.Pay, prompt: str, most: int, is_right: Check) -> str:
    patience = node.patience
    for _ in range(patience.attempts):
        said = visit.built_in(prompt)
        digits = await digits_of(visit, said, most=most, timeout_s=patience.timeout_s)
        if is_right(digits):
            return digits
        if digits:
            visit.ear.forget()
            await visit.ear.say(visit.built_in("flow_invalid"), insists=True)
    raise _NotGiven


async def _charge(visit: Visit, charge: Charge) -> Receipt:
    """Have it charged, to the end of it, whatever becomes of the call."""
    saying = asyncio.ensure_future(visit.ear.say(visit.built_in("flow_paying"), insists=True))
    charging = asyncio.ensure_future(_charged(visit, charge))
    charging.add_done_callback(_seen)
    try:
        await asyncio.wait((charging, saying), return_when=asyncio.ALL_COMPLETED)
        saying.result()
        return charging.result()
    finally:
        saying.cancel()


def _seen(charging: asyncio.Future[Receipt]) -> None:
    """Who asked may be gone by the time it fails, and nobody would look at why."""
    if not charging.cancelled() and (error := charging.exception()) is not None:
        log.warning("a payment failed: %s", error)


async def _charged(visit: Visit, charge: Charge) -> Receipt:
    receipt = await visit.world.charge(charge)
    outcome = "approved" if receipt.is_approved else "declined"
    visit.world.note("payment", outcome)
    if receipt.is_approved:
        keep(visit, "payment", charge.currency, f"{charge.amount} {receipt.reference}")
    return receipt


def luhn(digits: str) -> bool:
    """Whether a card's number is none that was mistyped (ISO/IEC 7812-1, annex B)."""
    odd = sum(int(digit) for digit in digits[-1::-2])
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return bool(digits) and (odd + even) % 10 == 0


def _is_month(digits: str) -> bool:
    return len(digits) == 4 and 1 <= int(digits[:2]) <= 12
