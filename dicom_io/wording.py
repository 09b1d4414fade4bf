"""Words in messages."""

from __future__ import annotations

__all__ = ["counted", "listed"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "dose"), counted(3, "dose")
    ('1 dose', '3 doses')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(numbers: tuple[int, ...] | list[int]) -> str:
    """Return numbers in words.

    Examples
    --------
    >>> listed([3, 8])
    'numbers 3, 8'
    """
    return f"number{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"
