"""The clinic: courses, limits, decisions, reports and the command line."""

from rtplan._version import __version__

__all__ = ["__version__"]
