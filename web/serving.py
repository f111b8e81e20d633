"""Settings of the web server: the names are gunicorn's (``web.main`` hands them over).

One process, so that one board mirrors the daemons; threads, because a live page holds one for
as long as it is open. There is no access log: addresses and names of pages are nobody's
business, and sign-ins are logged by the application.
"""

from __future__ import annotations

import ctypes
import gc
import signal
import socket
from typing import Any

from gunicorn.glogging import Logger

from web.app import shut

worker_class = "gthread"
workers = 1
threads = 32
timeout = 60  # of the worker's own loop; a stream of events does not count as silence
graceful_timeout = 1  # live pages never end by themselves and come back by themselves
keepalive = 15
backlog = 128
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
accesslog = None
errorlog = "-"
loglevel = "info"
control_socket_disable = True

_PR_SET_PDEATHSIG = 1  # prctl(2)

_DEAD_PEER_MS = 30_000
"""A browser that vanished without a word gives its thread back after this long."""


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The server's own lines join ours, in our form."""

    def setup(self, cfg: Any) -> None:
        """Instead of a handler of its own; gunicorn calls this."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = Log


def when_ready(server: Any) -> None:
    """Accepted sockets inherit this from the listener (tcp(7))."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_MS)


def post_fork(_server: Any, _worker: Any) -> None:
    """Die with the server: a worker that outlived it would hold the port against the next one."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def post_worker_init(_worker: Any) -> None:
    """Never look again through what the application is made of: a collection among all its modules
    and tables would stop a page for 80 ms."""
    gc.collect()
    gc.freeze()


def worker_exit(_server: Any, worker: Any) -> None:
    """Let the streams end when the worker does."""
    if worker.app.callable is not None:
        shut(worker.app.callable)
