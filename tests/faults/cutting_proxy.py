"""A TCP proxy that cuts connections after a random number of bytes, and now and then spoils one.

It knows nothing of HTTP: heads and bodies are cut and spoilt alike.
"""

import contextlib
import random
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Rules:
    """What the proxy does, and what it did. `farthest` is the longest answer before a cut."""

    upstream: tuple[str, int]
    farthest: int
    spoil_share: float
    rng: random.Random
    cuts: int = 0
    spoilt: int = 0
    carried: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fate(self) -> tuple[int, int]:
        """Return after how many bytes a connection is cut, and which byte is spoilt (-1: none)."""
        with self.lock:
            cut = self.rng.randint(1, self.farthest)
            spoils = self.rng.random() < self.spoil_share
            return cut, self.rng.randrange(cut) if spoils else -1

    def note(self, carried: int, *, cut: bool = False, spoilt: bool = False) -> None:
        """Count what was done."""
        with self.lock:
            self.carried += carried
            self.cuts += cut
            self.spoilt += spoilt


class _Relay(socketserver.BaseRequestHandler):
    rules: Rules

    def handle(self) -> None:
        with socket.create_connection(self.rules.upstream) as upstream:
            asking = threading.Thread(target=_copy, args=(self.request, upstream))
            asking.start()
            with contextlib.suppress(OSError):
                self._answer(upstream)
            for end in (self.request, upstream):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _answer(self, upstream: socket.socket) -> None:
        """Carry answers until the connection's time has come."""
        cut, spoil = self.rules.fate()
        carried = 0
        while content := upstream.recv(16 * 1024):
            part = bytearray(content[: cut - carried])
            if carried <= spoil < carried + len(part):
                part[spoil - carried] ^= 0x10
                self.rules.note(0, spoilt=True)
            self.request.sendall(part)
            carried += len(part)
            self.rules.note(len(part), cut=carried >= cut)
            if carried >= cut:
                return


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(16 * 1024):
            target.sendall(content)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def cutting(rules: Rules) -> Iterator[str]:
    """Carry HTTP to `rules.upstream` until the block ends; yield the URL to ask at."""
    server = _Server(("127.0.0.1", 0), type("Relay", (_Relay,), {"rules": rules}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
