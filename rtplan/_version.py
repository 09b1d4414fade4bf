"""The version of the distribution, the only place that states it beside pyproject.toml."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("rtplan")
