"""The page of voicemail: every box's messages and greetings, for the owner of the exchange."""
