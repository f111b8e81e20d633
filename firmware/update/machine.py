"""The machine as updates need it: its restart."""

from __future__ import annotations

import subprocess


def restart() -> None:
    """Ask systemd, which stops the box in good order.

    Raises:
        OSError: it does not.
    """
    try:
        subprocess.run(["systemctl", "reboot"], check=True, capture_output=True, timeout=30.0)
    except subprocess.SubprocessError as error:
        raise OSError(f"the machine cannot be restarted: {error}") from error
