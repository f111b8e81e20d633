"""The box's questions to its programs, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import cast

import pytest

from firmware.box import ready
from firmware.box.supervisord import NotAnswering, Program, Supervisord
from firmware.config.home import Home
from firmware.config.schema import Network
from firmware.link.api import DaemonApi
from firmware.link.rows import DaemonStatus
from firmware.link.server import Board, Server


@contextmanager
def sip_server(answer: bytes) -> Iterator[tuple[str, int]]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            request, peer = sock.recvfrom(4096)
            assert request.startswith(b"OPTIONS sip:127.0.0.1:")
            sock.sendto(answer, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield sock.getsockname()
        thread.join()


def test_a_sip_server_that_answers() -> None:
    with sip_server(b"SIP/2.0 200 OK\r\n\r\n") as (host, port):
        assert ready.answers_sip(host, port, timeout_s=3.0)


def test_a_sip_server_that_refuses() -> None:
    with sip_server(b"SIP/2.0 503 Later\r\n\r\n") as (host, port):
        assert not ready.answers_sip(host, port, timeout_s=3.0)


def test_nobody_there() -> None:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert not ready.answers_sip("127.0.0.1", port, timeout_s=0.2)
    assert not ready.answers_http("127.0.0.1", port)


def test_a_web_server_that_answers_anything() -> None:
    class Busy(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Busy) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert ready.answers_http("127.0.0.1", server.server_port)
        thread.join()


class Daemon:
    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name="edge", version="1", pid=os.getpid(), up_s=1.0, config_version=1, warnings=()
        )

    def reload(self) -> None:
        return


async def test_a_daemon_that_says_how_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    assert not ready.answers_link(home, "edge")
    server = Server(home.link("edge"), "edge", DaemonApi, Daemon(), Board())
    await server.open()
    try:
        assert await asyncio.to_thread(ready.answers_link, home, "edge")
    finally:
        await server.close()


@dataclass
class Script:
    """A supervisord whose answers are written down; the last one stays."""

    answers: list[list[Program] | None]
    ended: bool = False
    asked: int = field(default=0)

    def programs(self) -> list[Program]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if answer is None:
            raise NotAnswering("not yet")
        return answer


def recorder(pid: int) -> Program:
    return Program(name="recorder", state="RUNNING" if pid else "BACKOFF", pid=pid)


def start(script: Script, *, stop_after: int = 1000) -> ready.Start:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) >= stop_after

    return ready.Start(
        home=Home(Path("/nowhere")),
        network=Network(),
        supervisord=cast("Supervisord", script),
        wait=wait,
    )


def test_ready_when_every_program_is() -> None:
    script = Script([None, [recorder(0)], [recorder(17)]])
    assert start(script).watch()
    assert script.asked == 3


def test_gives_up_when_told() -> None:
    assert not start(Script([None]), stop_after=3).watch()


def test_a_program_that_keeps_dying_fails_the_start() -> None:
    # It has a link, so it is not ready before it answers.
    deaths = [[Program(name="edge", state="STARTING", pid=pid)] for pid in (11, 12, 13)]
    with pytest.raises(ready.StartFailed, match="edge ends as soon as it starts") as failure:
        start(Script(list(deaths))).watch()
    assert failure.value.program == "edge"


def test_a_dead_supervisord_fails_the_start() -> None:
    with pytest.raises(ready.StartFailed, match="supervisord ended"):
        start(Script([None], ended=True)).watch()


def test_a_program_that_never_answers_fails_the_start() -> None:
    watched = start(Script([[Program(name="switchd", state="RUNNING", pid=5)]]))
    watched.clock = iter(range(0, 1000, 10)).__next__
    with pytest.raises(ready.StartFailed, match="switchd did not answer within 45 s"):
        watched.watch()
