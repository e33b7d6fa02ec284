"""Ports of the loopback for servers that are started on this machine to be tried or measured.

They are below those that a system gives to outgoing connections: what is free now is not another
program's connection by the time the server has started. Binds nothing for longer than it looks.
"""

import itertools
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
FIRST, LAST = 10_000, 32_000
"""Linux gives 32768 to 60999 to outgoing connections."""


def free_ports(among: range, begin: int) -> Iterator[int]:
    """Yield ports of `among` that nobody listens on now, each once before the first comes again.

    `begin` says where among them to start: two programs that begin elsewhere do not meet.
    """
    places = itertools.cycle(among)
    for port in itertools.islice(places, begin % len(among), None):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        yield port
