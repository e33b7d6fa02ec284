"""Stands before an application: limits on host, origin, rate, size and time; headers on answers.

Nothing here knows a route. Accepting connections is http_server's.
"""

import asyncio
import ipaddress
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import NoReturn

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.access import CALLER, Access, template_of
from endcap.plumbing.http_face.metrics import Traffic
from endcap.plumbing.http_face.origins import answer_preflight, check_origin, is_preflight, told
from endcap.plumbing.http_face.problems import (
    Problem,
    refuse,
    say_http,
    say_invalid,
    say_problem,
)
from endcap.plumbing.http_face.strict_json import parse_strictly

log = logging.getLogger("endcap.http")

MAX_HEAD = 32 * 1024
MAX_TARGET = 8 * 1024
MAX_CLIENTS = 4096
_SHOWN = ("authorization", "x-api-key", "cookie")
_NO_CHANGE = HTTPStatus.MULTIPLE_CHOICES
READING = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
"""Added to every answer that does not set them itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may do. IP addresses and localhost are always right hosts; `hosts` adds names.

    A page of somewhere else can reach us under a name it controls, never under an address, so
    that is what the list of names keeps out (DNS rebinding). `origins` are of pages of elsewhere
    that may ask all the same. The rate is each key's own, and that of each address without one.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    body_bytes: int = 1024 * 1024
    requests_per_second: float = 50.0
    burst: int = 200
    body_within: timedelta = timedelta(seconds=10)
    answer_within: timedelta = timedelta(seconds=10)


def guard(
    app: FastAPI,
    limits: Limits,
    clock: Clock,
    faults: Mapping[type[Exception], Callable[[Exception], Problem]],
    access: Access | None = None,
) -> Traffic:
    """Put `limits` before `app`, turn every error into a problem, and return the counts.

    `faults` says what problem an exception of the face's own ports is, `access` who may ask what;
    without it anybody may ask everything.
    """
    traffic = Traffic()
    app.add_middleware(_Guard, limits=limits, clock=clock, traffic=traffic, access=access)
    app.add_exception_handler(Problem, say_problem)
    app.add_exception_handler(RequestValidationError, say_invalid)
    app.add_exception_handler(HTTPException, say_http)
    for kind, problem_of in faults.items():
        app.add_exception_handler(kind, lambda _, error, of=problem_of: of(error).response())
    return traffic


class _Guard:
    """The middleware: checks a request before the application sees it, and its answer after."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        clock: Clock,
        traffic: Traffic,
        access: Access | None = None,
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits
        self._clock = clock
        self._traffic = traffic
        self._buckets = Buckets(limits.requests_per_second, limits.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = _Answer(send)
        started = self._clock.monotonic()
        try:
            await self._answer(scope, receive, answer)
        except Problem as problem:
            await problem.response()(scope, receive, answer.send)
        except _ClientGoneError:
            return
        except Exception as error:
            if answer.status:
                raise  # half an answer cannot be taken back: the server drops the connection
            log.exception("no answer to %s %s", scope["method"], template_of(scope))
            await _ours(error).response()(scope, receive, answer.send)
        self._traffic.add(scope, answer.status, self._clock.monotonic() - started)
        await self._note(scope, answer.status)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Check, then let the application answer within its time."""
        headers = _single(scope)
        _check_size(scope)
        _check_host(headers, self._limits.hosts)
        answer.more = told(headers, self._limits.origins)
        if is_preflight(scope, headers):
            self._check_rate(_address(scope))
            await answer_preflight(headers, self._limits.origins, receive, answer.send)
            return
        await self._check_caller(scope, headers)
        if scope["method"] not in READING:
            check_origin(headers, self._limits.origins)
            if not _says_nothing(scope["method"], headers):
                receive = _replay(await self._body(headers, receive), receive)
        try:
            async with asyncio.timeout(self._limits.answer_within.total_seconds()) as deadline:
                answer.started = lambda: deadline.reschedule(None)
                await self._app(scope, receive, answer.send)
        except TimeoutError:
            hint = "it is busy; try again"
            raise Problem(503, "too-slow", "no answer was ready in time", hint) from None
        finally:
            answer.started = lambda: None  # a problem may still be told, after the time was up

    async def _check_caller(self, scope: Scope, headers: Mapping[str, str]) -> None:
        """Refuse who asks faster than they may, or what they may not; remember who asks."""
        caller = None
        try:
            if self._access is not None:
                caller = await self._access.caller(headers)
        finally:  # also a wrong key is counted
            self._check_rate(f"key {caller.name}" if caller else _address(scope))
        scope[CALLER] = caller
        if self._access is not None:
            self._access.check(scope["method"], scope["path"], caller)

    async def _note(self, scope: Scope, status: int) -> None:
        """Tell what a caller changed."""
        caller = scope.get(CALLER)
        changed = scope["method"] not in READING and HTTPStatus.OK <= status < _NO_CHANGE
        if self._access is not None and caller is not None and changed:
            await self._access.keys.acted(caller, f"{scope['method']} {template_of(scope)}")

    def _check_rate(self, client: str) -> None:
        """Refuse a client that asks faster than it may."""
        wait = self._buckets.take(client, self._clock.monotonic())
        if wait > 0:
            seconds = str(max(1, round(wait)))
            detail = f"more than {self._limits.requests_per_second:g} requests a second"
            raise Problem(
                429, "too-many-requests", detail, "slow down", headers={"retry-after": seconds}
            )

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """Return the whole body, if it is small, in time, and JSON that means one thing."""
        if headers.get("content-encoding", "identity") != "identity":
            refuse(415, "compressed-body", "compressed bodies are not read", "send plain JSON")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            refuse(415, "not-json", "the body must be application/json", "set Content-Type")
        if _length(headers) > self._limits.body_bytes:
            self._too_large()
        try:
            async with asyncio.timeout(self._limits.body_within.total_seconds()):
                body = await self._read(receive)
        except TimeoutError:
            refuse(408, "slow-body", "the body did not arrive in time", "send it at once")
        parse_strictly(body)
        return body

    async def _read(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _ClientGoneError
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes:
                self._too_large()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_large(self) -> NoReturn:
        allowed = f"{self._limits.body_bytes} bytes are allowed"
        refuse(413, "body-too-large", "the body is too large", f"{allowed}; send less at a time")


class _ClientGoneError(Exception):
    """The client left before it had said everything."""


class _Answer:
    """Passes an answer on, with the security headers, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.more: Mapping[str, str] = {}
        self.started: Callable[[], None] = lambda: None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.started()
            there = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *(
                    (n.encode(), v.encode())
                    for n, v in (HEADERS | {**self.more}).items()
                    if n.encode() not in there
                ),
            ]
        await self._send(message)


class Buckets:
    """A bucket of tokens for each client, filling at `rate` to `burst`; the oldest are dropped."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, at: float) -> float:
        """Take a token; return the seconds to wait for one, 0 when there was one."""
        tokens, since = self._clients.pop(client, (self._burst, at))
        tokens = min(self._burst, tokens + (at - since) * self._rate)
        left = tokens - 1 if tokens >= 1 else tokens
        self._clients[client] = (left, at)
        while len(self._clients) > MAX_CLIENTS:
            self._clients.popitem(last=False)
        return 0.0 if tokens >= 1 else (1 - tokens) / self._rate


def _ours(error: Exception) -> Problem:
    hint = "the log has the details; tell whoever runs this store"
    return Problem(500, "our-fault", f"an unexpected {type(error).__name__}", hint)


def _single(scope: Scope) -> dict[str, str]:
    """Return the headers; one that decides anything must be there once."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name in headers and name in {
            "host",
            "origin",
            "content-type",
            "content-length",
            *_SHOWN,
        }:
            refuse(400, "repeated-header", f"the header {name} is there twice", "send it once")
        headers[name] = value.decode("latin-1")
    return headers


def _check_size(scope: Scope) -> None:
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if target > MAX_TARGET:
        refuse(414, "address-too-long", f"the address has {target} bytes", f"at most {MAX_TARGET}")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD:
        refuse(431, "headers-too-large", f"the headers exceed {MAX_HEAD} bytes", "send fewer")


def _check_host(headers: Mapping[str, str], names: frozenset[str]) -> None:
    """Refuse a request meant for another host."""
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower()
    if name == "localhost" or name in names or _is_address(name):
        return
    hint = "ask by address, or add the name to the allowed hosts in the configuration"
    refuse(421, "wrong-host", f"this is not the host {host[:80]!r}", hint)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _address(scope: Scope) -> str:
    """Return where a request comes from."""
    return str((scope.get("client") or ("local", 0))[0])


def _says_nothing(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a request is one that needs no body, and has none.

    No page of another origin can send a DELETE unasked, so it needs no type that would stop it.
    """
    body = {"content-type", "content-length", "transfer-encoding"} & headers.keys()
    return method == "DELETE" and not body


def _length(headers: Mapping[str, str]) -> int:
    """Return the announced length; what is no number is left to the server, which refuses it."""
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that hands out `body` once more."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again
