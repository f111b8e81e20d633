"""A supply that Network UPS Tools speak for (``upsd``, TCP 3493), by the library aionut.

Status words: NUT developer guide, "Status data"; instant commands: "Instant commands". upsd answers
with ``ERR DATA-STALE`` when its driver has lost the device: that is silence, not a state.
"""

from __future__ import annotations

import asyncio

from aionut import AIONUTClient, NUTError

from hw.power.port import CannotCut, Measured, SupplySilent

_CUT = "shutdown.return"

_COMPLAINTS = {
    "RB": "the battery needs to be replaced",
    "OVER": "it is overloaded",
    "BYPASS": "it is on bypass: no battery stands behind it",
    "OFF": "its output is off",
    "ALARM": "it raises an alarm",
}


class NutSupply:
    """One UPS of an upsd. ``user`` "" asks without logging in, which is enough to read."""

    def __init__(
        self, *, host: str, port: int, ups: str, user: str, password: str, timeout_s: float = 3.0
    ) -> None:
        self._ups = ups
        self._where = f"{ups}@{host}:{port}"
        self._client = AIONUTClient(
            host=host,
            port=port,
            username=user or None,
            password=password or None,
            timeout=timeout_s,
        )

    async def read(self) -> Measured:
        """Supply."""
        try:
            said = await self._client.list_vars(self._ups)
        except (NUTError, OSError, TimeoutError) as error:
            raise SupplySilent(f"{self._where}: {_words(error)}") from error
        status = frozenset(said.get("ups.status", "").split())
        if not status & {"OL", "OB", "FSD"}:
            raise SupplySilent(f"{self._where}: says neither OL nor OB ({' '.join(status)})")
        return Measured(
            mains="OL" in status,
            charge_percent=_number(said, "battery.charge"),
            voltage_v=_number(said, "battery.voltage"),
            load_percent=_number(said, "ups.load"),
            runtime_s=_number(said, "battery.runtime"),
            temperature_c=_number(said, "battery.temperature"),
            is_low="OB" in status and bool(status & {"LB", "FSD"}),
            fault="; ".join(text for word, text in _COMPLAINTS.items() if word in status),
        )

    async def can_cut(self) -> bool:
        """Supply."""
        try:
            return _CUT in await self._client.list_commands(self._ups)
        except (NUTError, OSError, TimeoutError):
            return False

    async def cut(self, delay_s: int) -> None:
        """Supply. The parameter is honoured by drivers that take one; others use their own
        ``ups.delay.shutdown``, which is no shorter than 20 s."""
        try:
            await self._client.run_command(self._ups, _CUT, str(delay_s))
        except (NUTError, OSError, TimeoutError) as error:
            raise CannotCut(f"{self._where}: {_words(error)}") from error

    async def close(self) -> None:
        """Supply. The transport closes itself in the loop's next turn."""
        self._client.shutdown()
        await asyncio.sleep(0)


def _number(said: dict[str, str], name: str) -> float | None:
    try:
        return float(said[name])
    except (KeyError, ValueError):
        return None


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
