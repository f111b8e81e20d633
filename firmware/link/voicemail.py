"""What switchd can be asked about voicemail: the part of ``SwitchApi`` that the console's page of
voicemail and ``markaz voicemail`` need. What there is to see and hear is in the store.

These orders answer when what they did is on the disk.
"""

from __future__ import annotations

from typing import Protocol


class VoicemailApi(Protocol):
    """Voicemail. ``number`` is the extension whose box it is: each method that takes one raises
    KeyError when it has none, and each raises RuntimeError when the disk refuses."""

    def mark_message(self, message: str, state: str) -> None:
        """Change a message to "new", "saved" or "deleted". A deleted one can be taken back until
        it is removed for good.

        Raises:
            KeyError: there is no such message.
            ValueError: no such state.
        """
        ...

    def set_mailbox_pin(self, number: str, pin: str) -> None:
        """Give a box a PIN and open it if it was locked; "" takes the PIN away, so that its owner
        chooses another at their own telephone.

        Raises:
            ValueError: "not_digits", "length" or "easy": why it is not taken.
        """
        ...

    def keep_greeting(self, *, number: str, greeting: str, upload: str, until: float) -> None:
        """Take a WAV file of the home's ``spool/voicemail``, by its name, as a greeting: "busy",
        "away" or "temporary". ``until`` (Unix seconds, 0 for no end) is for the temporary one.

        Raises:
            ValueError: no such greeting, or no such file.
        """
        ...

    def remove_greeting(self, number: str, greeting: str) -> None:
        """Take a greeting away.

        Raises:
            ValueError: no such greeting.
        """
        ...

    def count_mailbox(self, number: str) -> None:
        """Count a box again: a message came or went by another daemon. Answers at once."""
        ...
