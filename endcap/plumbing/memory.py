"""Lets the C library give memory back to the system, and the collector leave alone what stays.

By itself the library keeps a heap for each thread, and in them what large arrays leave behind: a
store that makes its figures anew each minute would hold twice what it uses. Where it is not glibc,
nothing is given back.
"""

import ctypes
import gc

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


def keep_for_good() -> None:
    """Let the garbage collector pass over all there is now: to be called once, when all is set up.

    It looks through everything now and then, and nobody is answered meanwhile: a quarter of a
    million functions and classes of the program itself, which stay as long as it runs, take it a
    twentieth of a second. Of what is kept, only cycles that are let go of later are not found.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Give back what is free by now, for when much was let go of; takes milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
