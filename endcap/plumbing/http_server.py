"""Serves an ASGI application over uvicorn, as one loop under the supervisor.

Runs until cancelled; installs no signal handlers, writes no access log. A client that is slow to
say what it wants is dropped, so that a few of them cannot keep the others out. A certificate that a
client showed is told to the application, as the TLS extension of ASGI has it; one that is written
anew for ourselves is shown from the next connection on. What is answered is the application's.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
from asyncio import BaseTransport, TimerHandle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN_S = 10.0
MAX_HEAD = 64 * 1024
CONNECTIONS = 1000
BACKLOG = 256
GOODBYE_S = 3
TICKS_A_LOOK = 100  # uvicorn ticks ten times a second


class CannotListenError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerTls:
    """The files of TLS; with `client_ca`, clients may show a certificate that it signed.

    Who shows another, or one that has ended, is not let in. Who shows none is: which routes want
    one is the application's to say.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    *,
    tls: ServerTls | None = None,
    ending: Callable[[], None] = lambda: None,
) -> None:
    """Serve `app` at `host`:`port` until cancelled; then let the requests under way finish.

    `ending` is called when that begins, to end answers that would go on for ever.

    Raises:
        CannotListenError: the port is taken, or the address is not this machine's.
    """
    with _listen(host, port) as listener:
        server = _Server(_config(app, tls), tls)
        running = asyncio.create_task(server.serve(sockets=[listener]), name=f"http {port}")
        try:
            await asyncio.shield(running)
        finally:
            ending()
            server.should_exit = True
            await running


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens, or say in one line why there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named does asyncio switch Nagle's algorithm off, and that costs
    # 40 ms an answer.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise CannotListenError(_why(host, port, error)) from error
        listener.listen(BACKLOG)
        yield listener


def _why(host: str, port: int, error: OSError) -> str:
    reasons = {
        errno.EADDRINUSE: "another program listens there; stop it or choose another port",
        errno.EACCES: "ports below 1024 need a privilege; choose a higher one",
        errno.EADDRNOTAVAIL: "this machine has no such address; 0.0.0.0 means all of them",
    }
    return f"cannot listen on {host}:{port}: {reasons.get(error.errno or 0, error.strerror)}"


def _config(app: FastAPI, tls: ServerTls | None) -> uvicorn.Config:
    """Return how uvicorn shall run."""
    client_ca = tls.client_ca if tls else None
    config = uvicorn.Config(
        app,
        http=_ImpatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GOODBYE_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_ca_certs=str(client_ca) if client_ca else None,
        ssl_cert_reqs=ssl.CERT_OPTIONAL if client_ca else ssl.CERT_NONE,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.num_tickets = 0  # stores resume no session, and each ticket holds a certificate
    return config


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the agent has its own. Follows its certificate."""

    def __init__(self, config: uvicorn.Config, tls: ServerTls | None) -> None:
        super().__init__(config)
        self._tls = tls
        self._shown = _age(tls)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Load our certificate again when another was written, now and then."""
        if self._tls is not None and counter % TICKS_A_LOOK == 0:
            self._load_again(self._tls)
        return await super().on_tick(counter)

    def _load_again(self, tls: ServerTls) -> None:
        """Show a certificate that is new; one that does not fit its key waits for its key."""
        age = _age(tls)
        if age == self._shown or self.config.ssl is None:
            return
        with contextlib.suppress(OSError):
            self.config.ssl.load_cert_chain(tls.certificate, tls.key)
            self._shown = age


def _age(tls: ServerTls | None) -> tuple[float, ...]:
    """Return when our certificate and its key were written."""
    try:
        return () if tls is None else tuple(p.stat().st_mtime for p in (tls.certificate, tls.key))
    except OSError:
        return ()


class _ImpatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with a limit on the time and the size of a request's head."""

    _late: TimerHandle | None = None
    _head_bytes = 0
    _shown: dict[object, object] | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._shown = _shown(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head_arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass `data` on; drop a client whose head does not end."""
        super().data_received(data)
        if self._late is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin to wait for the head of a request; tell who asks, where that is known."""
        super().on_message_begin()
        if self._shown is not None:
            self.scope["extensions"] = {"tls": self._shown}
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Go on to the request's body, which is the application's to limit."""
        self._head_arrived()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head_arrived()
        self._head_bytes = 0
        self._late = self.loop.call_later(HEAD_WITHIN_S, self._drop)

    def _head_arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _drop(self) -> None:
        self._late = None
        if not self.transport.is_closing():
            self.transport.abort()


def _shown(transport: BaseTransport) -> dict[object, object] | None:
    """Return what ASGI's TLS extension says of a connection; None for one without TLS."""
    connection = transport.get_extra_info("ssl_object")
    if connection is None:
        return None
    # OpenSSL has verified it, up to the authority; the handshake would have failed otherwise.
    content = connection.getpeercert(binary_form=True)
    chain = [ssl.DER_cert_to_PEM_cert(content)] if content else []
    return {
        "server_cert": None,
        "client_cert_chain": chain,
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": None,
        "cipher_suite": None,
    }
