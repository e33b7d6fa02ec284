"""Ports for the servers that tests start: free, and nobody else's until the test has used them.

They are below those that the system gives to outgoing connections, and each of the processes that
run tests side by side has its own: what is found free is not taken by another a moment later.
"""

import os

from endcap.plumbing.loopback import HOST, LAST, free_ports

__all__ = ["HOST", "free_port"]

_FIRST, _EACH = 12_000, 2_000
_NAME = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # noqa: TID251 - which of them this is
_worker = int(_NAME.removeprefix("gw")) % ((LAST - _FIRST) // _EACH)
_own = range(_FIRST + _worker * _EACH, _FIRST + (_worker + 1) * _EACH)
_turns = free_ports(_own, os.getpid())  # another run on this machine begins elsewhere


def free_port() -> int:
    """Return a loopback port that nobody listens on now, another one each time."""
    return next(_turns)
