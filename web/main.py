"""The console's process: reads where to listen, and becomes the web server."""

from __future__ import annotations

import os
import sys

from firmware.config import history
from firmware.config.home import Home


def main() -> None:
    """Replace this process by gunicorn; ``web.serving`` has its settings.

    Raises:
        NoConfiguration: the box has no site configuration yet.
    """
    _number, site = history.load_current(Home.of_environment())
    bind = f"{site.network.console_address}:{site.network.console_port}"
    server = ["-P", "-m", "gunicorn", "--config", "python:web.serving", "--bind", bind]
    os.execv(sys.executable, [sys.executable, *server, "web.app:create_app()"])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main()
