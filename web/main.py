"""The console's process: reads where to listen, and serves the application there."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from gunicorn.app.base import BaseApplication

from firmware import log
from firmware.config import history
from firmware.config.home import Home
from web import serving, tls
from web.app import create_app


class Console(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the settings and hooks of ``web.serving``, on one address; ``further`` are
    settings over those."""

    def __init__(self, home: Home, bind: list[str], further: Mapping[str, object]) -> None:
        self._home = home
        self._bind = bind
        self._further = further
        super().__init__()

    def load_config(self) -> None:
        """Take the settings; gunicorn calls this."""
        for name, value in vars(serving).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("bind", self._bind)
        for name, value in self._further.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker, whose threads it starts; gunicorn calls this."""
        return create_app(self._home)


def main() -> None:
    """Serve until told to stop.

    Raises:
        NoConfiguration: the box has no site configuration yet.
    """
    log.set_up("web")
    home = Home.of_environment()
    _number, site = history.load_current(home)
    address = site.network.console_address
    bind, further = [f"{address}:{site.network.console_port}"], {}
    if tls_port := tls.port():
        bind.append(f"{address}:{tls_port}")
        further = tls.settings(home.root / "tls", address, tls_port)
    Console(home, bind, further).run()


if __name__ == "__main__":
    main()
