"""Signing in and out, sessions, languages, and what every page carries."""
