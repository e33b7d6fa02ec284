"""The guard before a face, over a real socket: hostile requests, and what each is answered."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from endcap.plumbing.clock import SystemClock
from endcap.plumbing.http_face.guard import Buckets, Limits, guard
from endcap.plumbing.http_face.metrics import Sample, exposition
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.plumbing.http_face.strict_json import parse_strictly
from endcap.plumbing.http_server import CannotListenError, _listen, serve
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.serving import plain, raw, served

LIMITS = Limits(
    hosts=frozenset({"kiosk.example"}),
    body_bytes=2000,
    requests_per_second=500,
    burst=2000,
    body_within=timedelta(seconds=0.4),
    answer_within=timedelta(seconds=0.4),
)


class Said(BaseModel):
    number: int


class OddError(Exception):
    pass


def echo_app(limits: Limits = LIMITS) -> FastAPI:
    app = FastAPI(responses=documented(400))
    guard(app, limits, SystemClock(), {OddError: lambda e: Problem(503, "odd", str(e), "wait")})

    @app.post("/echo")
    async def echo(said: Said) -> int:
        return said.number

    @app.get("/broken")
    async def broken() -> int:
        raise ZeroDivisionError

    @app.get("/odd")
    async def odd() -> int:
        raise OddError("the disk sleeps")

    @app.get("/slow")
    async def slow() -> int:
        await asyncio.sleep(5)
        return 1

    return app


@pytest.fixture(scope="module")
def face() -> Iterator[str]:
    with served(plain(echo_app())) as address:
        yield address


def post(face: str, body: bytes, **headers: str) -> httpx.Response:
    named = {"content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return httpx.post(f"{face}/echo", content=body, headers=named)


def test_a_sound_request_is_answered_with_the_security_headers(face: str) -> None:
    answer = post(face, b'{"number": 4}')
    assert (answer.status_code, answer.json()) == (200, 4)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


BAD_BODIES = {
    b"": 400,
    b"{": 400,
    b'{"number": 4': 400,
    b'{"number": NaN}': 400,
    b'{"number": Infinity}': 400,
    b'{"number": -Infinity}': 400,
    b'{"number": 1e400}': 400,
    b'{"number": 1, "number": 2}': 400,
    b'{"number": "\\ud800"}': 400,
    b'{"number": "\xff\xfe"}': 400,
    b'{"number": "\xc0\xaf"}': 400,
    b"\xef\xbb\xbf{}": 400,
    b'{"number": ' + b"9" * 1500 + b"}": 400,
    b"[" * 1000: 400,
    b"[" * 900 + b"]" * 900: 400,
    b'{"a":' * 20 + b"1" + b"}" * 20: 400,
    b"[" * 16 + b"]" * 16: 422,
    b'{"number": true}': 200,  # the guard does not know the route's types; the kiosk's are strict
    b'{"number": "x"}': 422,
    b"null": 422,
    b"[]": 422,
    b"x" * 2001: 413,
}


@pytest.mark.parametrize(("body", "status"), BAD_BODIES.items(), ids=lambda v: repr(v)[:30])
def test_a_bad_body_is_a_problem(face: str, body: bytes, status: int) -> None:
    answer = post(face, body)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["hint"]


BAD_HEADERS = [
    ({"content_type": "text/plain"}, 415),
    ({"content_type": "application/x-www-form-urlencoded"}, 415),
    ({"content_type": ""}, 415),
    ({"content_encoding": "gzip"}, 415),
    ({"host": "evil.example"}, 421),
    ({"host": "kiosk.example.evil.example"}, 421),
    ({"host": ""}, 421),
    ({"host": "kiosk.example"}, 200),
    ({"host": "KIOSK.example:8480"}, 200),
    ({"host": "[::1]:80"}, 200),
    ({"host": "localhost:1"}, 200),
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"sec_fetch_site": "cross-site"}, 403),
    ({"sec_fetch_site": "same-origin"}, 200),
    ({"x_http_method_override": "DELETE"}, 200),
    ({"x_filler": "x" * 40_000}, 431),
]


@pytest.mark.parametrize(("headers", "status"), BAD_HEADERS, ids=lambda v: repr(v)[:40])
def test_a_header_decides(face: str, headers: dict[str, str], status: int) -> None:
    assert post(face, b'{"number": 1}', **headers).status_code == status


def test_a_page_of_our_own_may_post(face: str) -> None:
    assert post(face, b'{"number": 1}', origin=face).status_code == 200


def test_an_unknown_path_and_method_are_problems(face: str) -> None:
    for answer in (httpx.get(f"{face}/nothing"), httpx.request("DELETE", f"{face}/broken")):
        assert answer.status_code in {404, 405, 415}
        assert answer.headers["content-type"] == "application/problem+json"
    assert httpx.get(f"{face}/" + "a" * 9000).status_code == 414


def test_a_failure_of_ours_is_told_without_its_insides(face: str) -> None:
    answer = httpx.get(f"{face}/broken")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert httpx.get(f"{face}/odd").json() == {
        "type": "urn:endcap:problem:odd",
        "title": "Odd",
        "status": 503,
        "detail": "the disk sleeps",
        "hint": "wait",
    }


def test_a_slow_answer_is_given_up(face: str) -> None:
    assert httpx.get(f"{face}/slow").status_code == 503


GET_ODD = b"GET /odd HTTP/1.1\r\nHost: localhost\r\n"
HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
RAW = {
    "a body that never comes": (HEAD + b"Content-Length: 10\r\n\r\n{", b"408"),
    "chunks without end": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"64\r\n" + b"x" * 100 + b"\r\n",
        b"408",
    ),
    "a body of 100 MB announced": (HEAD + b"Content-Length: 104857600\r\n\r\n", b"413"),
    "a length that is no number": (HEAD + b"Content-Length: ten\r\n\r\n{}", b"400"),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n{}", b"400"),
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"),
    "a length and chunks": (
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"400",
    ),
    "two hosts": (b"GET /odd HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400"),
    "no host": (b"GET /odd HTTP/1.1\r\n\r\n", b"421"),
    "HTTP/0.9": (b"GET /odd\r\n\r\n", b"421"),
    "noise": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    "an encoded NUL": (
        b"GET /%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"404",
    ),
    "overlong UTF-8": (
        b"GET /%c0%ae%c0%ae/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"404",
    ),
    "a bare websocket": (
        GET_ODD + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n",
        b"503",
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_no_library_would_send(face: str, name: str) -> None:
    request, status = RAW[name]
    assert raw(face, request).split(b" ", 2)[1] == status


def test_pipelined_requests_are_answered_in_order(face: str) -> None:
    answer = raw(face, GET_ODD + b"\r\n" + GET_ODD + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 503") == 2


def test_a_head_without_end_is_dropped(face: str) -> None:
    assert raw(face, GET_ODD + b"X-Filler: y\r\n" * 20_000) == b""


def test_a_flood_is_slowed_and_others_are_not() -> None:
    limits = Limits(requests_per_second=0.01, burst=5)
    with served(plain(echo_app(limits))) as face:
        codes = [httpx.get(f"{face}/odd").status_code for _ in range(8)]
        assert codes.count(429) >= 2
        answer = httpx.get(f"{face}/odd")
        assert int(answer.headers["retry-after"]) >= 1


def test_many_slow_clients_do_not_keep_a_good_one_out(face: str) -> None:
    host, port = face.removeprefix("http://").split(":")
    with ExitStack() as idle:
        for _ in range(60):
            idle.enter_context(socket.create_connection((host, int(port)))).sendall(b"GET / HTT")
        assert post(face, b'{"number": 1}').status_code == 200


def test_asyncio_will_not_delay_small_answers() -> None:
    """It sets TCP_NODELAY only on sockets that say they are TCP."""
    with _listen("127.0.0.1", free_port()) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_told_in_one_line() -> None:
    async def twice() -> None:
        port = free_port()
        first = asyncio.create_task(serve(echo_app(), "127.0.0.1", port))
        await asyncio.sleep(0.3)
        with pytest.raises(CannotListenError, match=f"127.0.0.1:{port}: another program listens"):
            await serve(echo_app(), "127.0.0.1", port)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(twice())


def test_a_foreign_address_is_told_in_one_line() -> None:
    with pytest.raises(CannotListenError, match="no such address"):
        asyncio.run(serve(echo_app(), "192.0.2.1", 8080))


WHOLE = st.integers(-(10**18) + 1, 10**18 - 1)


@given(st.recursive(st.none() | st.booleans() | WHOLE | st.text(), st.lists, max_leaves=5))
def test_what_is_plain_json_is_read_as_it_is(value: object) -> None:
    assert parse_strictly(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_a_problem(body: bytes) -> None:
    refused = 0
    try:
        parse_strictly(body)
    except Problem as problem:
        refused = problem.body.status
    assert refused in {0, 400}


def test_labels_are_escaped_for_prometheus() -> None:
    text = exposition([Sample("a", 1, {"b": 'x"\n\\'}, "About.")])
    assert text == '# HELP a About.\n# TYPE a gauge\na{b="x\\"\\n\\\\"} 1\n'


def test_the_fake_clock_fills_the_bucket() -> None:
    clock, buckets = FakeClock(), Buckets(rate=2, burst=1)
    assert buckets.take("a", clock.monotonic()) == 0
    assert buckets.take("a", clock.monotonic()) == 0.5
    clock.turn(timedelta(seconds=0.5))
    assert buckets.take("a", clock.monotonic()) == 0
    for number in range(5000):
        buckets.take(str(number), clock.monotonic())
    assert len(buckets._clients) <= 4096
