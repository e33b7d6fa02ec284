"""Ports that are free: each once in turn, and none that somebody listens on."""

import socket
from itertools import islice

from endcap.plumbing.loopback import HOST, free_ports
from tests.ports import free_port


def test_each_comes_once_before_the_first_comes_again() -> None:
    begin = free_port()
    among = range(begin, begin + 3)
    first, *others, again = islice(free_ports(among, 1), len(among) + 1)
    assert again == first
    assert sorted([first, *others]) == list(among)


def test_what_somebody_listens_on_is_passed_over() -> None:
    taken = free_port()
    with socket.create_server((HOST, taken)):
        assert next(free_ports(range(taken, taken + 2), 0)) == taken + 1
