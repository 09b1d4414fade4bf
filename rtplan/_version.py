"""The version of the distribution: stated here and in pyproject.toml, and a test holds them equal.

Asking the installed metadata for it takes longer than everything else that ``rtplan --version`` does.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
