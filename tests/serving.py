"""A real HTTP server on a free loopback port, for tests: in a thread, with its own event loop."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager

import httpx
from fastapi import FastAPI

from endcap.plumbing.http_server import ServerTls, serve
from tests.ports import free_port

MakeApp = Callable[[], AbstractAsyncContextManager[FastAPI]]
"""Opens what an application needs, in the server's own loop, and yields the application."""


@contextlib.contextmanager
def served(make: MakeApp, tls: ServerTls | None = None, port: int = 0) -> Iterator[str]:
    """Serve an application until the block ends; yield its address. The port is any free one."""
    port = port or free_port()
    loop = asyncio.new_event_loop()
    failures: list[BaseException] = []

    async def run() -> None:
        async with make() as app:
            await serve(app, "127.0.0.1", port, tls=tls, ending=_ending(app))

    def work() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)
        finally:
            loop.close()

    task = loop.create_task(run())
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        _wait(port, failures)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(task.cancel)
        thread.join(15)


def _ending(app: FastAPI) -> Callable[[], None]:
    """Return what ends the answers of an application that would go on for ever."""
    return getattr(app.state, "ending", lambda: None)


def _wait(port: int, failures: list[BaseException]) -> None:
    """Wait until the server accepts connections."""
    for _ in range(200):
        if failures:
            raise failures[0]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
        threading.Event().wait(0.05)
    raise TimeoutError(f"no server on port {port}")


def plain(app: FastAPI) -> MakeApp:
    """Return how to serve an application that needs nothing opened."""

    @contextlib.asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        yield app

    return make


def raw(address: str, request: bytes, *, seconds: float = 5.0) -> bytes:
    """Send bytes as they are; return what comes back until the server closes or falls silent."""
    url = httpx.URL(address)
    assert url.port
    answer = b""
    with socket.create_connection((url.host, url.port), seconds) as link:
        with contextlib.suppress(OSError):
            link.sendall(request)
        with contextlib.suppress(OSError):
            while part := link.recv(65536):
                answer += part
    return answer
