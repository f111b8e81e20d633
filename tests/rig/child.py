"""A program under test: started with its output in a file, stopped by its pid, never lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.rig.until import TooLate, until

_STOP_S = 15.0


class Died(AssertionError):
    """A program ended that should run; the text has its last words."""


class Child:
    """One process. The kernel ends it (SIGTERM) if the test run is killed."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        keyboard: bool = False,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                env={**os.environ, **(environment or {})},
                cwd=folder,
                stdin=subprocess.PIPE if keyboard else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    def type(self, line: str) -> None:
        """Type a line on its standard input.

        Raises:
            Died: it is gone.
        """
        if self._process.stdin is None:
            raise RuntimeError(f"{self.name} was started without a keyboard")
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            self._close_keyboard()
            raise Died(f"{self.name} is gone:\n{self.last_words()}") from None

    def output(self) -> str:
        """All it wrote so far."""
        return self.log.read_text(errors="replace")

    def last_words(self, lines: int = 40) -> str:
        """The end of what it wrote."""
        return "\n".join(self.output().splitlines()[-lines:])

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            Died: it does not.
        """
        if self.status is not None:
            raise Died(f"{self.name} ended with status {self.status}:\n{self.last_words()}")

    def expect(self, text: str, timeout_s: float, *, since: int = 0) -> int:
        """Wait until it has written ``text`` after the first ``since`` characters of its
        output; the place after it.

        Raises:
            Died: it ended first. TooLate: it did not write it.
        """

        def seen() -> int:
            place = self.output().find(text, since)
            if place < 0:
                self.check()
            return place + len(text) if place >= 0 else 0

        try:
            return until(seen, timeout_s, f"{self.name} says '{text}'")
        except TooLate as error:
            raise TooLate(f"{error}; it said:\n{self.last_words()}") from None

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal; lawful when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def wait(self, timeout_s: float) -> int:
        """Its exit status once it has ended.

        Raises:
            TooLate: it still runs.
        """
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TooLate(
                f"{self.name} did not end within {timeout_s:g} s:\n{self.last_words()}"
            ) from None
        self._close_keyboard()
        return status

    def kill(self) -> None:
        """End it the hard way, without a chance to tidy up."""
        self.send_signal(signal.SIGKILL)
        self.wait(2.0)

    def stop(self) -> None:
        """Ask it to end, and make sure that it does.

        Raises:
            TooLate: it had to be killed.
        """
        self.send_signal(signal.SIGTERM)
        try:
            self.wait(_STOP_S)
        except TooLate:
            self.kill()
            raise

    def _close_keyboard(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
