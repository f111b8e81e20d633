"""What the daemons share of voicemail: where its files lie, how a message gets into a box."""
