"""A provider over real HTTP: what it says is kept, what it does wrong is told and does no harm."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.http_provider import HttpProvider
from edge_agent.core.feed.document import FORMATS, MAX_DOCUMENT
from edge_agent.core.feed.sayings import Source
from edge_agent.loops.age_feed import age_feed
from edge_agent.loops.pull_feed import SOON, Pulling, pull_feed, pull_once, rest
from edge_agent.ports.feeds import Answer, ProviderError
from endcap.plumbing.http_server import ServerTls
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.plumbing.tls_context import client_context
from endcap.wire.commands import Feed, Weather
from endcap.wire.events import HealthChanged
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.identities import new_authority
from tests.serving import plain, served

TOMORROW = NOON.date() + timedelta(days=1)
WITHIN = timedelta(seconds=20)


@dataclass
class Server:
    """What a test makes the server answer, and what it was asked."""

    body: bytes = b"{}"
    status: int = 200
    etag: str = '"one"'
    pause: asyncio.Event | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/forecast")
        async def forecast(request: Request) -> Response:
            self.asked.append({**request.query_params, **request.headers})
            if self.pause is not None:
                await self.pause.wait()
            if request.headers.get("if-none-match") == self.etag:
                return Response(status_code=304)
            headers = {"etag": self.etag, "location": "http://127.0.0.1:9/elsewhere"}
            return Response(self.body, self.status, headers, "application/json")

        return app


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Server, str]]:
    server = Server()
    with served(plain(server.app())) as address:
        yield server, f"{address}/v1/forecast"


@pytest.fixture
def server(running: tuple[Server, str]) -> Server:
    running[0].__init__()  # type: ignore[misc] # each test begins with a server of its own
    return running[0]


def provider(url: str, form: str = "endcap", within: timedelta = WITHIN) -> HttpProvider:
    return HttpProvider(url, FORMATS[form], httpx.AsyncClient, within)


@dataclass
class Told:
    """Keeps what was told, to the log and of the health."""

    lines: list[str] = field(default_factory=list)
    health: list[HealthChanged] = field(default_factory=list)

    def tell(self, subject: str, problem: str) -> None:
        self.lines.append(f"{subject}: {problem}")

    async def record(self, change: HealthChanged, at: object) -> None:
        self.health.append(change)

    async def failing(self) -> tuple[str, ...]:
        return ()


def pulling(file: SqliteFile, asked: Any, told: Told) -> Pulling:  # noqa: ANN401 - any provider
    return Pulling(asked, FeedTables(file), told, told, timedelta(hours=1))


def test_the_weather_of_open_meteo_is_kept(
    tmp_path: Path, server: Server, running: tuple[Server, str]
) -> None:
    daily = f'{{"time": ["{TOMORROW}"], "temperature_2m_mean": [7.5], "precipitation_sum": [2]}}'
    server.body = f'{{"daily": {daily}}}'.encode()
    question = "?latitude=48.2&longitude=16.4&daily=temperature_2m_mean,precipitation_sum"

    async def work(file: SqliteFile) -> None:
        means = pulling(file, provider(running[1] + question, "open-meteo"), Told())
        mark = await pull_once(means, "", NOON)
        assert await rows(file, "SELECT * FROM weather") == [(str(TOMORROW), 7.5, 2.0)]
        assert await means.book.version_of(Source.PROVIDER) == int(NOON.timestamp())
        assert await pull_once(means, mark, NOON + timedelta(hours=1)) == mark
        assert await means.book.version_of(Source.PROVIDER) == int(NOON.timestamp())
        heard = await rows(file, "SELECT told_at, heard_at FROM feed_sources")
        assert [b > a for a, b in heard] == [True]

    with_store(tmp_path, work)
    assert server.asked[0]["daily"] == "temperature_2m_mean,precipitation_sum"
    assert [one.get("if-none-match") for one in server.asked] == [None, '"one"']


def test_rows_that_cannot_be_read_are_told_and_the_others_kept(
    tmp_path: Path, server: Server, running: tuple[Server, str]
) -> None:
    server.body = f'{{"weather": [{{"day": "{TOMORROW}", "temperature": 1}}, 7]}}'.encode()

    async def work(file: SqliteFile) -> None:
        told = Told()
        await pull_once(pulling(file, provider(running[1]), told), "", NOON)
        assert len(await rows(file, "SELECT * FROM weather")) == 1
        assert "1 rows were passed over; the first: weather 2" in told.lines[0]

    with_store(tmp_path, work)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": 500}, "it answers 500"),
        ({"status": 302}, "it answers 302"),
        ({"body": b"<html>"}, "its answer cannot be read: not JSON"),
        ({"body": b" " * (MAX_DOCUMENT + 1)}, "longer than"),
    ],
)
def test_an_answer_that_is_none_is_told(
    server: Server, running: tuple[Server, str], change: dict[str, Any], why: str
) -> None:
    vars(server).update(change)
    with pytest.raises(ProviderError, match=why):
        asyncio.run(provider(running[1]).ask(1, ""))


def test_a_server_that_never_answers_is_left(server: Server, running: tuple[Server, str]) -> None:
    server.pause = asyncio.Event()
    with pytest.raises(ProviderError, match=r"no answer within 0\.2 s"):
        asyncio.run(provider(running[1], within=timedelta(seconds=0.2)).ask(1, ""))


def test_a_server_that_is_not_there_is_told_without_its_key() -> None:
    with pytest.raises(ProviderError) as told:
        asyncio.run(provider("http://127.0.0.1:9/?apikey=secret").ask(1, ""))
    assert "secret" not in str(told.value)


def test_https_is_believed_only_from_whom_we_trust(tmp_path: Path) -> None:
    authority = new_authority(tmp_path / "authority")
    folder = authority.folder
    tls = ServerTls(folder / "centre.pem", folder / "centre.key")
    with served(plain(Server(b'{"version": 3}').app()), tls) as address:
        url = f"{address}/v1/forecast"
        context = client_context(folder / "ca.pem", None, None)
        known = HttpProvider(
            url, FORMATS["endcap"], lambda: httpx.AsyncClient(verify=context), WITHIN
        )
        answer = asyncio.run(known.ask(1, ""))
        assert answer is not None
        assert answer.document.feed.version == 3
        with pytest.raises(ProviderError, match="not of the authority that we trust"):
            asyncio.run(provider(url).ask(1, ""))


class Flaky:
    """Fails so many times, then answers; `done` is set when it answered twice."""

    def __init__(self, failures: int) -> None:
        self.failures, self.answers = failures, 0

    async def ask(self, version: int, mark: str) -> Answer | None:
        if self.failures:
            self.failures -= 1
            raise ProviderError("it answers 503")
        self.answers += 1
        if self.answers == 2:
            raise asyncio.CancelledError
        return Answer(FORMATS["endcap"](b"{}", version), "")


def run_until_cancelled(work: Callable[[SqliteFile], Any], folder: Path) -> None:
    async def guarded(file: SqliteFile) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await work(file)

    with_store(folder, guarded)


def test_silence_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    told, clock = Told(), FakeClock()
    run_until_cancelled(
        lambda file: pull_feed(pulling(file, Flaky(3), told), clock, random.Random(1)), tmp_path
    )
    assert [(one.ok, one.code) for one in told.health] == [
        (False, "provider-silent"),
        (True, "provider-answers"),
    ]
    assert "it answers 503; what it said before stands" in told.health[0].detail


def test_the_rest_grows_with_failures_and_never_beyond_the_usual() -> None:
    every, rng = timedelta(hours=1), random.Random(1)
    rests = [rest(every, failures, rng) for failures in range(1, 40)]
    assert SOON * 0.75 <= rests[0] <= SOON
    assert all(one <= every for one in rests)
    assert rests[-1] >= every * 0.75
    assert every * 0.75 <= rest(every, 0, rng) <= every


def test_old_weather_goes_by_itself_unless_the_clock_was_never_set(tmp_path: Path) -> None:
    class Ending(FakeClock):
        async def sleep(self, duration: timedelta) -> None:
            raise asyncio.CancelledError

    async def work(file: SqliteFile) -> None:
        tables = FeedTables(file)
        far = Weather(day=NOON.date() + timedelta(days=9), temperature=5)
        await tables.take(Feed(version=1, weather=(far,)), NOON)
        for at, left in ((NOON.replace(year=1970), 1), (NOON + timedelta(days=4), 0)):
            with contextlib.suppress(asyncio.CancelledError):
                await age_feed(tables, Ending(at))
            assert len((await tables.outlook()).weather) == left

    with_store(tmp_path, work)
