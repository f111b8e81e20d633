"""supervisord that has the daemons' modules in memory already, and loses no second.

Nearly all that a daemon does until it works is to read modules, and nearly all of them are the
same in every daemon. Here they are read once: a daemon is a fork of this program, which shares
its memory until it writes to it, and so is the one that is started after a crash.

supervisord waits for up to a second before it starts a program, and again before it starts one
that has died. Here neither is waited for.

Who changes the code of a box must start the whole box again.
"""

from __future__ import annotations

import gc
import importlib
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence

from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from firmware.box import daemon, losable_log


class Options(ServerOptions):  # type: ignore[misc]  # supervisor has no types
    """supervisord's options, but for the moment in which a fork becomes the program."""

    def execve(self, filename: str, argv: list[str], env: Mapping[str, str]) -> None:
        """Become the program; called in the fork, whose descriptors are the program's already."""
        if words := words_of(argv):
            daemon.run_in_fork(words, env)
        os.execve(filename, argv, env)  # noqa: S606  as supervisord does


class Overseer(Supervisor):  # type: ignore[misc]  # supervisor has no types
    """supervisord's loop."""

    def runforever(self) -> None:
        """Start everything, then watch; ends by ``asyncore.ExitNow``.

        While one program starts, the modules of the next are read.
        """
        wake = _Wake()
        asyncore.socket_map[wake.reader] = wake
        for group in sorted(self.process_groups.values()):
            for process in group.processes.values():
                _warm(words_of(shlex.split(process.config.command)))
            group.transition()
        super().runforever()

    def handle_signal(self) -> None:
        """The last thing in every turn of the loop, after the dead were buried."""
        super().handle_signal()
        for group in sorted(self.process_groups.values()):
            group.transition()


class _Wake:
    """A signal, the death of a child among them, ends the loop's wait. (Python goes on waiting
    after a signal: PEP 475.) A dispatcher as asyncore knows it."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        os.read(self.reader, 4096)

    def handle_error(self) -> None:
        traceback.print_exc()


def words_of(command: Sequence[str]) -> Sequence[str]:
    """The words of a daemon (module, nice) in a program's command; none in another command's."""
    count = len(daemon.STARTER)
    return command[1 + count :] if tuple(command[1 : 1 + count]) == daemon.STARTER else ()


def _warm(words: Sequence[str]) -> None:
    """Read the modules of a daemon that calls go through. The others, which are nice, read what
    only they need themselves: calls do not wait for it."""
    if len(words) != 1:
        return
    gc.disable()
    try:
        importlib.import_module(words[0])
    except Exception:  # noqa: BLE001  the daemon will fail by the same, in its own log, alone
        traceback.print_exc()
    # The collector would write to every object, and no page would stay shared.
    gc.freeze()
    gc.enable()


def main() -> None:
    """As ``supervisord`` does, with its arguments."""
    losable_log.install()
    options = Options()
    options.realize(sys.argv[1:], doc=__doc__)
    options.first, options.test = True, False
    try:
        Overseer(options).main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main()
