"""Lets the C library give memory back to the system. Does nothing where that is not glibc.

By itself that keeps a heap for each thread, and in them what large arrays leave behind: a store
that makes its figures anew each minute would hold twice what it uses.
"""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The names of glibc's settings (malloc.h)."""
HEAPS = 2
LARGE = 1024 * 1024
"""Bytes from which a piece is the system's own, and goes back to it at once. What a question needs
is smaller: fetching that from the system each time would take longer than the question."""


def keep_little() -> None:
    """Keep few heaps, and nothing large that is free: to be called once, when a program begins."""
    settings = {_ARENA_MAX: HEAPS, _MMAP_THRESHOLD: LARGE, _TRIM_THRESHOLD: LARGE}
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for setting, value in settings.items():
            mallopt(setting, value)


def give_back() -> None:
    """Give back what is free by now, for when much was let go of; takes milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
