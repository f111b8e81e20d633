"""The outbox's loop: a round every two seconds, and at once when it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping

from firmware.backup.schedule import Schedule
from firmware.link.alarms import Alarms
from firmware.link.rows import DaemonStatus
from firmware.outbox.queue_alerts import QueueAlerts
from firmware.outbox.reports import Reports
from firmware.outbox.sender import Sender
from firmware.outbox.webhook import Webhooks
from firmware.version import VERSION

ROUND_INTERVAL_S = 2.0
_TELL_S = 1.0


class Outbox:
    """The outbox, and what it answers on its link (``OutboxApi``)."""

    def __init__(
        self,
        sender: Sender,
        stop: threading.Event,
        config_version: Callable[[], int],
        alarms: Alarms,
        backups: Schedule,
        *,
        reports: Reports,
        webhooks: Webhooks,
        queue_alerts: QueueAlerts | None = None,
    ) -> None:
        self._sender = sender
        self._stop = stop
        self._config_version = config_version
        self._alarms = alarms
        self._backups = backups
        self._reports = reports
        self._webhooks = webhooks
        self._queue_alerts = queue_alerts
        self._started = time.monotonic()
        self._wake = asyncio.Event()

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        return DaemonStatus(
            name="outbox",
            version=VERSION,
            pid=os.getpid(),
            up_s=round(time.monotonic() - self._started, 1),
            config_version=self._config_version(),
            warnings=tuple(filter(None, self._warnings().values())),
        )

    def reload(self) -> None:
        """DaemonApi. Settings are read for every connection; what waited may go now."""
        self._backups.reload()
        self._reports.reload()
        if self._queue_alerts is not None:
            self._queue_alerts.reload()
        self.retry()

    def retry(self) -> None:
        """OutboxApi."""
        self._sender.retry()
        self._webhooks.retry()
        self.wake()

    def wake(self) -> None:
        """Look at once. To be called in the loop's thread."""
        self._wake.set()

    async def tell(self) -> None:
        """Show on the board what hinders it, until cancelled."""
        while True:
            self._alarms.show(self._warnings())
            await asyncio.sleep(_TELL_S)

    def _warnings(self) -> Mapping[str, str]:
        return {
            "letters": "; ".join(self._sender.warnings),
            "backup": self._backups.warning,
            "reports": self._reports.warning,
            "webhooks": self._webhooks.warning,
        }

    async def run(self) -> None:
        """Send until ``stop`` is set."""
        while not self._stop.is_set():
            self._wake.clear()
            await asyncio.to_thread(self._sender.round)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), ROUND_INTERVAL_S)
