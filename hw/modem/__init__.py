"""Mobile modems that carry voice: a command port (AT) and an audio port each."""
