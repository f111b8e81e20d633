"""The release this is, as the installed package says it."""

from importlib.metadata import version

VERSION = version("markaz")
