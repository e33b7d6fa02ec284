"""A real HTTP server over a folder, on a free loopback port, that can be made to misbehave."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Twist = Callable[[bytes], bytes]


@dataclass
class HttpFolder:
    """What the server does: `twists` change files by the end of their path.

    `cut` tells after how many bytes of a body the connection is dropped, or None; `spoil` changes
    what is sent of it; `endless` names files that never end; `ranges` says whether it knows the
    Range header; `status` answers all.
    """

    folder: Path
    url: str = ""
    twists: dict[str, Twist] = field(default_factory=dict)
    cut: Callable[[int], int | None] = lambda _length: None
    spoil: Twist = lambda body: body
    endless: str = ""
    ranges: bool = True
    status: int = 200
    content_type: str = "application/octet-stream"
    asked: list[str] = field(default_factory=list)
    sent: int = 0

    def content(self, path: str) -> bytes | None:
        file = self.folder / path.lstrip("/")
        if not file.is_file():
            return None
        content = file.read_bytes()
        for ending, twist in self.twists.items():
            if path.endswith(ending):
                content = twist(content)
        return content


def flip(at: float) -> Twist:
    """Return a twist that changes the byte at the share `at` of a file."""

    def twist(content: bytes) -> bytes:
        place = min(int(at * len(content)), len(content) - 1)
        return content[:place] + bytes([content[place] ^ 0x01]) + content[place + 1 :]

    return twist


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: HttpFolder

    def do_GET(self) -> None:
        world = self.world
        world.asked.append(self.path)
        content = world.content(self.path)
        if world.status != 200 or content is None:
            self._begin(404 if world.status == 200 else world.status, 0, "")
            return
        if world.endless and self.path.endswith(world.endless):
            self._flood(content)
            return
        asked = self._asked(len(content))
        if asked is None:
            self._body(200, content, "")
        elif asked[0] >= len(content):
            self._begin(416, 0, "")
        else:
            first, end = asked
            self._body(206, content[first:end], f"bytes {first}-{end - 1}/{len(content)}")

    def _asked(self, length: int) -> tuple[int, int] | None:
        asked = self.headers.get("range", "")
        if not asked or not self.world.ranges:
            return None
        first, _, last = asked.removeprefix("bytes=").partition("-")
        return int(first), int(last) + 1 if last else length

    def _body(self, status: int, body: bytes, where: str) -> None:
        stop = self.world.cut(len(body))
        self._begin(status, len(body), where)
        part = self.world.spoil(body if stop is None else body[:stop])
        self.wfile.write(part)
        self.world.sent += len(part)
        if stop is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _flood(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)
        with contextlib.suppress(OSError):
            for _ in range(10_000):
                self.wfile.write(bytes(65_536))
        self.close_connection = True

    def _begin(self, status: int, length: int, where: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(length))
        self.send_header("content-type", self.world.content_type)
        if where:
            self.send_header("content-range", where)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is expected here."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[HttpFolder]:
    """Serve `folder` until the block ends."""
    world = HttpFolder(folder)
    handler = type("Handler", (_Handler,), {"world": world})
    server = _Server(("127.0.0.1", 0), handler)
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
