"""Ports for the servers that tests start: free, and nobody else's until the test has used them.

They are below those that the system gives to outgoing connections, and each of the processes that
run tests side by side has its own: what is found free is not taken by another a moment later.
"""

import itertools
import os
import socket

HOST = "127.0.0.1"
_FIRST, _LAST, _EACH = 12_000, 32_000, 2_000
_NAME = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # noqa: TID251 - which of them this is
_worker = int(_NAME.removeprefix("gw")) % ((_LAST - _FIRST) // _EACH)
_own = range(_FIRST + _worker * _EACH, _FIRST + (_worker + 1) * _EACH)
_turns = itertools.cycle(_own)
for _ in range(os.getpid() % _EACH):  # another run on this machine begins elsewhere
    next(_turns)


def free_port() -> int:
    """Return a loopback port that nobody listens on now, another one each time."""
    for port in _turns:
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable: the turns have no end")
