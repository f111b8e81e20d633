"""What switchd can be asked about calls that are under way, and to begin one."""

from __future__ import annotations

from typing import Protocol


class CallsApi(Protocol):
    """A part of ``SwitchApi``. ``party`` is a number as in the rows of kind leg."""

    def hang_up(self, call_id: str) -> None:
        """End a call: all its legs.

        Raises:
            KeyError: no such call.
        """
        ...

    def transfer(self, *, call_id: str, party: str, to: str) -> None:
        """Send whoever talks to ``party`` to the number ``to``, as if ``party`` had.

        Raises:
            KeyError: no such call, or ``party`` has no leg in it.
            ValueError: it talks to nobody, or ``to`` is no number that can be reached.
        """
        ...

    def join(self, call_id: str, other_call_id: str) -> None:
        """Bring two calls of one party together: all three hear one another.

        Raises:
            KeyError: no such call.
            ValueError: no party talks in both, or there are three already.
        """
        ...

    def record(self, call_id: str, *, on: bool) -> None:
        """Begin to record a talk, or end its recording.

        Raises:
            KeyError: no such call.
            ValueError: nobody talks in it.
        """
        ...

    def pause_recording(self, call_id: str, *, paused: bool) -> None:
        """Keep what is said out of the recording from now on, or no more: silence stands for it.

        Raises:
            KeyError: no such call.
            ValueError: it is not recorded.
        """
        ...

    def dial(self, extension: str, number: str) -> str:
        """Ring an extension's telephone, and when it is answered call ``number`` for it; the new
        call's id.

        Raises:
            KeyError: no such extension.
            ValueError: ``number`` leads nowhere.
        """
        ...
