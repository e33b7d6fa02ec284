"""Tells systemd's watchdog that the program still gets on, by sd_notify's datagram.

Does not say when: a loop does, so that a program whose loop is held up (by a disk that hangs)
falls silent, and is ended and started again.
"""

import contextlib
import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Self


class ServiceWatchdog:
    """Whoever watches this process, reached at a datagram socket; `patience` until it ends it."""

    def __init__(self, address: str, patience: timedelta) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.patience = patience

    @classmethod
    def of(cls, environment: Mapping[str, str], process: int) -> Self | None:
        """Return who watches `process` by what systemd set; None where nobody does."""
        address, patience = environment.get("NOTIFY_SOCKET"), environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(process))
        if not address or not patience.isdecimal() or meant != str(process):
            return None
        return cls(address, timedelta(microseconds=int(patience)))

    def tell(self) -> None:
        """Say that the program gets on. Who does not listen is told again the next time."""
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            sender.settimeout(0)
            sender.sendto(b"WATCHDOG=1", self._address)
