"""One run of the box, from its lock to its last process.

``run`` reads top to bottom as the box lives: prepare, start, say hello, wait, stop, check that
nothing is left.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from firmware import factory, processes
from firmware.box import birth, clock, memory, ports, ready, words
from firmware.box.first import BadOffset
from firmware.box.supervisord import Supervisord, left_behind
from firmware.config import history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site

_SOCKET_PATH_LIMIT = 107
"""Bytes in a Unix socket's path: unix(7)."""


class CannotStart(RuntimeError):
    """The box cannot start; the text says why and what to do."""


def run(home: Home) -> None:
    """Start the box, wait for SIGINT, SIGTERM or SIGHUP, stop it.

    Raises:
        CannotStart: it did not start, or a process is left after it stopped.
    """
    started_at = time.monotonic()
    os.umask(0o077)  # calls, recordings and passwords are nobody else's
    _check_home(home)
    with _lock(home), stop_signals() as stop:
        processes.end(left_behind(home), grace_s=3.0)
        _reset(home)
        if told := clock.restore(home):
            click.echo(told)
        site, newborn = _prepare(home)
        supervisord = Supervisord(home, bench=site.has_simulated_line, syslog=_syslog_of(site))
        try:
            if newborn:
                click.echo(words.secrets_of(newborn))
            start = ready.Start(
                home=home, network=site.network, supervisord=supervisord, wait=stop.wait
            )
            if start.watch():
                click.echo(words.welcome(site, home, seconds=time.monotonic() - started_at))
                _stay(home, supervisord, stop)
        except ready.StartFailed as error:
            raise CannotStart(words.start_failed(home, error.program, str(error))) from error
        finally:
            _stop(home, supervisord)


def _syslog_of(site: Site) -> str:
    plan = site.diagnosis
    return f"{plan.syslog_server}:{plan.syslog_port}" if plan.syslog_server else ""


def _check_home(home: Home) -> None:
    """The box's folder must be usable before anything is written into it."""
    longest = len(os.fsencode(home.run / "supervisor.sock.4194304"))
    if longest > _SOCKET_PATH_LIMIT:
        raise CannotStart(
            f"MARKAZ_HOME={home.root} is too long: sockets in it would have paths of {longest} "
            f"bytes and the kernel takes {_SOCKET_PATH_LIMIT}; choose a shorter folder"
        )
    try:
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        memory.prepare(home)
        home.make()
    except OSError as error:
        raise CannotStart(
            f"the box cannot keep its state in {home.root}: {error.strerror} "
            f"({error.filename}); choose another folder with MARKAZ_HOME=FOLDER"
        ) from error


def _reset(home: Home) -> None:
    """Erase everything, if that was ordered: this start is a first one then."""
    if not factory.is_ordered(home):
        return
    try:
        factory.carry_out(home)
    except OSError as error:
        raise CannotStart(
            f"the factory reset cannot erase {error.filename}: {error.strerror}; it goes on at "
            "the next start"
        ) from error
    _check_home(home)
    click.echo("Factory reset: everything was erased. This is a new box.")


@contextmanager
def _lock(home: Home) -> Iterator[None]:
    """One box a folder. The kernel frees the lock however the box ends."""
    with (home.run / factory.LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(
                f"a box runs in {home.root} already (process {file.read().strip()}): stop it, or "
                "start a second one with MARKAZ_HOME=FOLDER MARKAZ_PORT_OFFSET=1000"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _prepare(home: Home) -> tuple[Site, birth.Secrets | None]:
    """The site to run, made now if the box is new, with its ports free."""
    try:
        offset = birth.offset_of_environment()
        _check_ports(birth.site_of(home) or birth.first_site(offset))
        newborn = birth.give_birth(home, offset)
        _version, site = history.load_current(home)
    except (BadOffset, ConfigRejected, OSError, sqlite3.Error) as error:
        raise CannotStart(str(error)) from error
    return site, newborn


def _check_ports(site: Site) -> None:
    if found := ports.problems(site.network, site.provisioning):
        raise CannotStart(words.ports_taken(found))


@dataclass(frozen=True, slots=True)
class StopSignals:
    """SIGINT, SIGTERM and SIGHUP as something to wait for."""

    reader: int

    def wait(self, seconds: float, also: int | None = None) -> bool:
        """Wait for a signal at most ``seconds``; whether there was one. Returns False early
        when the file descriptor ``also`` becomes readable."""
        watched = [self.reader] if also is None else [self.reader, also]
        readable, _, _ = select.select(watched, [], [], seconds)
        return self.reader in readable


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Turn the signals that end a program into something to wait for, inside the block."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    kept = {
        number: signal.signal(number, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield StopSignals(reader)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _stay(home: Home, supervisord: Supervisord, stop: StopSignals) -> None:
    """Until a signal, or the end of supervisord; the time is kept meanwhile."""
    watch = os.pidfd_open(supervisord.pid)
    try:
        clock.keep(home, time.time())
        while not stop.wait(clock.KEEP_EVERY_S, also=watch):
            clock.keep(home, time.time())
            if supervisord.ended:
                raise CannotStart(
                    f"supervisord ended by itself; the end of {supervisord.log} says more"
                )
    finally:
        os.close(watch)
        clock.keep(home, time.time())


def _stop(home: Home, supervisord: Supervisord) -> None:
    """Stop everything and check that nothing of the box is left."""
    click.echo("Stopping ...")
    supervisord.stop()
    if strays := left_behind(home):
        left = processes.end(strays, grace_s=3.0)
        if left:
            raise CannotStart(f"processes of the box are left: {' '.join(map(str, left))}")
    memory.release(home)
    click.echo("Stopped; no process is left.")
