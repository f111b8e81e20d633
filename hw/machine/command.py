"""The machine by systemd, and by the kernel's SysRq (Documentation/admin-guide/sysrq.rst) where
there is no systemd or it does not take the order: then disks are made read-only first.
"""

from __future__ import annotations

import logging
import os
import subprocess
from pathlib import Path

log = logging.getLogger(__name__)

_SYSTEMD = Path("/run/systemd/system")  # sd_booted(3)
_SYSRQ = Path("/proc/sysrq-trigger")
_READ_ONLY, _OFF, _START_ANEW = "u", "o", "b"
_TAKEN_S = 20.0


class SystemMachine:
    """This machine. Its orders need root."""

    def __init__(self) -> None:
        self._rests = False

    def sync(self) -> None:
        """Machine."""
        os.sync()

    def halt(self) -> None:
        """Machine."""
        self._end("poweroff", _OFF)

    def rest(self) -> None:
        """Machine."""
        os.sync()
        _SYSRQ.write_text(_READ_ONLY)
        self._rests = True

    def restart(self) -> None:
        """Machine. At rest nothing can be stopped in order any more, and nothing needs to be."""
        if self._rests:
            _SYSRQ.write_text(_START_ANEW)
        else:
            self._end("reboot", _START_ANEW)

    def _end(self, order: str, key: str) -> None:
        if _SYSTEMD.exists() and _is_taken("systemctl", order):
            return
        self.rest()
        _SYSRQ.write_text(key)


def _is_taken(*command: str) -> bool:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TAKEN_S)
    except subprocess.CalledProcessError as error:
        log.error("%s: %s; the kernel does it", " ".join(command), error.stderr.strip())
        return False
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("%s; the kernel does it", error)
        return False
    return True
