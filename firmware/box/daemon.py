"""``python -P -m firmware.box.daemon MODULE [NICE]``: one program of the box, as supervisord
starts it.

It dies with its supervisord, runs as nicely as told, and is otherwise what
``python -P -m MODULE`` would be. ``firmware.box.overseer`` does the same in a fork of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

STARTER = ("-P", "-m", "firmware.box.daemon")
"""What stands between the interpreter and the module in a program's command."""

_PR_SET_PDEATHSIG = 1  # prctl(2)
_ENDS_BEFORE_SUPERVISORD = 100
_ENDS_BEFORE_CALLS = 300
"""In thousandths of the memory (oom_score_adj of proc(5)): whom the kernel ends first when there
is none left. Without supervisord, which has the modules of all, everything ends."""
_ARGUMENTS = slice(45, 47)
"""Where a process's arguments begin and end in memory: fields 48 and 49 of proc_pid_stat(5), of
which three are cut off."""


def run(words: Sequence[str]) -> int:
    """Be the daemon of these words (module, nice); its exit status.

    Raises:
        SystemExit: the daemon ended by it.
    """
    module, nice = words[0], int(words[1]) if words[1:] else 0
    _die_with_parent()
    _end_before_others(_ENDS_BEFORE_CALLS if nice else _ENDS_BEFORE_SUPERVISORD)
    os.nice(nice)
    _look_like(sys.executable, "-P", "-m", module)
    program = importlib.import_module(module)
    sys.argv = [str(program.__file__)]
    return int(program.main() or 0)


def run_in_fork(words: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """The same in a fork of a Python that had work of its own: nothing of that goes on here, and
    the end is an interpreter's ordinary end."""
    os.environ.clear()
    os.environ.update(environment)
    _forget_signals()
    status = 1
    try:
        status = run(words)
    except SystemExit as end:
        status = _status(end)
    except BaseException:  # noqa: BLE001  as the interpreter does with what nobody catches
        traceback.print_exc()
    finally:
        # What Py_FinalizeEx does first; returning into the parent's code to get there is no way.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _status(end: SystemExit) -> int:
    """The exit status of a program that ends so, which is said if it is words."""
    if isinstance(end.code, str):
        sys.stderr.write(f"{end.code}\n")
        return 1
    return end.code or 0


def _forget_signals() -> None:
    """What exec(2) would do: handlers are gone; what is ignored stays so."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _die_with_parent() -> None:
    """The kernel ends a daemon whose supervisord was killed."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end_before_others(thousandths: int) -> None:
    place = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError):  # some containers show it, and no more
        place.write_text(str(min(1000, int(place.read_text()) + thousandths)))


def _look_like(*arguments: str) -> None:
    """Be listed with these arguments (ps(1), /proc/PID/cmdline), in the room of the old ones.

    The package setproctitle would take the environment's room too, and by its environment the
    box knows its processes.
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    begin, end = map(int, fields[_ARGUMENTS])
    room = end - begin
    text = b"\0".join(argument.encode() for argument in arguments)[: room - 1]
    ctypes.memmove(begin, text.ljust(room, b"\0"), room)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
