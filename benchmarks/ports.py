"""Ports for the servers that benchmarks start: another one each time."""

import os

from endcap.plumbing.loopback import free_ports

_turns = free_ports(range(11_000, 12_000), os.getpid())


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    return next(_turns)
