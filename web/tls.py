"""HTTPS beside HTTP: one server with two doors, the same threads behind both.

gunicorn encrypts all of its doors or none. What it needs to know of a connection it asks of the
settings the connection was given, so those of the second door get settings of their own.
"""

from __future__ import annotations

import copy
import os
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from firmware.certificate import own_certificate

PORT = "MARKAZ_CONSOLE_TLS_PORT"
"""In the environment: the port of the second door (443 on the image). Without it there is none."""


def port() -> int | None:
    """The second door's port."""
    text = os.environ.get(PORT, "")
    return int(text) if text else None


def settings(folder: Path, address: IPv4Address, tls_port: int) -> dict[str, Any]:
    """What gunicorn must be told: its worker, and never to hand files to the kernel, which would
    send them unencrypted. The certificate in ``folder`` is made if it is not there."""
    certificate, key = own_certificate(folder, address)

    class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
        """Gives connections of the second door its settings."""

        def enqueue_req(self, conn: TConn) -> None:
            if conn.server[1] == tls_port and not conn.cfg.is_ssl:
                conn.cfg = self._encrypted()
            super().enqueue_req(conn)

        def _encrypted(self) -> Any:
            made = getattr(self, "_tls_cfg", None)
            if made is None:
                made = self._tls_cfg = copy.deepcopy(self.cfg)
                made.set("certfile", str(certificate))
                made.set("keyfile", str(key))
            return made

    return {"worker_class": Worker, "sendfile": False}
