"""A kiosk under load: how long answers take when they are asked for at a steady rate.

    python -m benchmarks.kiosk_load [--items N] [--lines N] [--rate R] [--seconds S]

A real kiosk over a large store (benchmarks/large_store), in a process of its own with the loops
that answering needs, is asked by another process that does not wait for answers before it asks
again: moments are drawn in advance, and an answer's time counts from its moment. Then a kiosk, and
a bare endpoint that runs the same models on the same inputs and does nothing else, are asked as
fast as they answer: the ratio of the two. Releases are swapped under load in a part of their own.
Nothing here judges the figures.
"""

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np

from benchmarks import large_store
from benchmarks.kiosk_questions import questions
from benchmarks.large_store import Size
from benchmarks.ports import free_port
from benchmarks.real_store import CONFIG, HOST, Client, gtins, memory_of
from edge_agent.config import load_config
from endcap.plumbing.packaged import reference_models

ADDRESSES = 20
"""Loopback addresses that are asked from: one is let ask 50 times a second."""
TYPED = ("fresh milk", "organic tea 3 kg", "chese", "dark coffee", "brand 17 rice", "soap mini")
READY_WITHIN = 180.0
KINDS = ("recommendations", "search")
PROGRAMME = '[shoppers]\nconsent = "programme"\n'


@dataclass(frozen=True, slots=True)
class Taken:
    """What was measured of one kind of question; milliseconds, and CPU of the kiosk an answer."""

    what: str
    rate: float
    requests: int
    failures: int
    p50: float
    p99: float
    worst: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured; memory in MiB, `ratio` is of requests a second, bare over kiosk."""

    taken: Sequence[Taken]
    kiosk_per_second: float
    bare_per_second: float
    ratio: float
    swaps: int
    rss: float
    pss: float
    peak: float


class Link:
    """One kept connection that asks in HTTP/1.1."""

    def __init__(self, port: int, source: str) -> None:
        self._port, self._source = port, source
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> bool:
        """Ask, and tell whether the answer was good."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                HOST, self._port, local_addr=(self._source, 0)
            )
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        return b" 200 " in head[:20]


def requests(kind: str, port: int, items: list[str]) -> list[bytes]:
    """Return what is asked, in turn."""
    host = f"Host: {HOST}:{port}\r\n".encode()
    if kind == "search":
        paths = [f"/v1/search?q={one.replace(' ', '%20')}" for one in TYPED]
        return [f"GET {path} HTTP/1.1\r\n".encode() + host + b"\r\n" for path in paths]
    bodies = [one.body() for one in questions(items)]
    return [
        b"POST /v1/recommendations HTTP/1.1\r\n" + host + b"content-type: application/json\r\n"
        b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        for body in bodies
    ]


async def at_rate(
    asked: list[bytes], port: int, rate: float, seconds: float
) -> tuple[list[float], int]:
    """Ask at moments drawn in advance; return the milliseconds from each, and the failures."""
    rng = np.random.default_rng(int(rate))
    moments = np.cumsum(rng.exponential(1 / rate, int(rate * seconds)))
    free: asyncio.Queue[Link] = asyncio.Queue()
    for number in range(64):
        free.put_nowait(Link(port, f"127.0.3.{number % ADDRESSES + 1}"))
    took: list[float] = []
    failed = 0
    began = time.perf_counter()

    async def one(moment: float, request: bytes) -> None:
        nonlocal failed
        link = await free.get()
        try:
            failed += not await link.ask(request)
        except (OSError, EOFError, IndexError):
            failed += 1
            link = Link(port, "127.0.3.1")
        took.append(1e3 * (time.perf_counter() - began - moment))
        free.put_nowait(link)

    async with asyncio.TaskGroup() as group:
        for turn, moment in enumerate(moments.tolist()):
            await asyncio.sleep(max(0.0, moment - (time.perf_counter() - began)))
            group.create_task(one(moment, asked[turn % len(asked)]))
    return took, failed


async def flat_out(asked: list[bytes], port: int, seconds: float) -> float:
    """Ask from four connections as fast as they are answered; return the answers a second."""
    ends, count = time.perf_counter() + seconds, 0

    async def one(number: int) -> None:
        nonlocal count
        links = [Link(port, f"127.0.4.{number * ADDRESSES + n + 1}") for n in range(ADDRESSES)]
        turn = number
        while time.perf_counter() < ends:
            turn += 1
            await links[turn % ADDRESSES].ask(asked[turn % len(asked)])
            count += 1

    await asyncio.gather(*(one(number) for number in range(4)))
    return count / seconds


def client(kind: str, port: int, rate: float, seconds: float, items: int) -> None:
    """Ask a server, and print what came of it as JSON; a rate of 0 is as fast as can be."""
    asked = requests(kind, port, gtins(items))
    if not rate:
        print(json.dumps(asyncio.run(flat_out(asked, port, seconds))))
        return
    took, failed = asyncio.run(at_rate(asked, port, rate, seconds))
    print(json.dumps([took, failed]))


def asking(kind: str, port: int, rate: float, seconds: float, items: int) -> subprocess.Popen[str]:
    """Start a client in a process of its own."""
    arguments = ["--client", kind, "--port", port, "--rate", rate, "--seconds", seconds]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.kiosk_load", *map(str, [*arguments, "--items", items])],
        stdout=subprocess.PIPE,
        text=True,
    )


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(what: str, pid: int, process: subprocess.Popen[str], rate: float) -> Taken:
    """Return what a client found, when it is done."""
    before = cpu_of(pid)
    said, _ = process.communicate()
    took, failed = json.loads(said)
    p50, p99 = np.percentile(took, [50, 99]).tolist()
    spent = 1e3 * (cpu_of(pid) - before) / len(took)
    print(f"{what}: p50 {p50:.2f}, p99 {p99:.2f} ms, {failed} failed", file=sys.stderr)
    return Taken(what, rate, len(took), failed, p50, p99, max(took), spent)


def fastest(port: int, seconds: float, size: Size) -> float:
    """Return the recommendations a second of a server that is asked as fast as it answers."""
    said, _ = asking("recommendations", port, 0, seconds / 2, size.items).communicate()
    return float(json.loads(said))


@contextlib.contextmanager
def program(*arguments: str, port: int, path: str) -> Iterator[subprocess.Popen[str]]:
    """Run a server in a process of its own until the block ends."""
    command = [sys.executable, "-m", "benchmarks.kiosk_process", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        try:
            _await_ready(port, path, child)
            yield child
        finally:
            child.terminate()


def _await_ready(port: int, path: str, child: subprocess.Popen[str]) -> None:
    ends = time.perf_counter() + READY_WITHIN
    while time.perf_counter() < ends and child.poll() is None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            one = Client(port)
            one.ask("GET", path)
            one.link.close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")


def measure(
    folder: Path, size: Size, rate: float, seconds: float, kinds: Sequence[str] = KINDS
) -> Report:
    """Measure a kiosk over a store that is made in `folder`."""
    port, other = free_port(), free_port()
    models = folder / "models"
    shutil.copytree(reference_models(), models)
    text = CONFIG.format(folder=folder, port=port, models=models)
    config = folder / "edge.toml"
    config.write_text(text.replace(f'[catalogue]\nfile = "{folder}/catalogue.csv"\n', PROGRAMME))
    (folder / "state").mkdir()
    database = load_config(config, {}).storage.database
    db_key = bytes(32)
    items = large_store.fill(database, size, datetime.now(UTC), db_key)
    large_store.set_key(database, db_key)
    large_store.write_models(models, items)
    taken: list[Taken] = []
    with program("kiosk", str(config), port=port, path="/v1/health/live") as child:
        for kind in kinds:
            asking(kind, port, rate, seconds / 4, size.items).communicate()  # it warms up
            process = asking(kind, port, rate, seconds, size.items)
            taken.append(measured(kind, child.pid, process, rate))
        swaps = _swap_under_load(child, port, rate, seconds, size, taken)
        fast = fastest(port, seconds, size)
        memory = memory_of(child.pid)
    with program("bare", str(config), str(other), str(size.items), port=other, path="/"):
        plain = fastest(other, seconds, size)
    return Report(taken, fast, plain, plain / fast, swaps, memory.rss, memory.pss, memory.peak)


def _swap_under_load(
    child: subprocess.Popen[str],
    port: int,
    rate: float,
    seconds: float,
    size: Size,
    taken: list[Taken],
) -> int:
    """Swap releases while recommendations are asked for; return how often."""
    process = asking("recommendations", port, rate, seconds, size.items)
    swaps, ends = 0, time.perf_counter() + seconds * 0.9
    while time.perf_counter() < ends:
        child.stdin.write("swap\n")  # type: ignore[union-attr]
        child.stdin.flush()  # type: ignore[union-attr]
        child.stdout.readline()  # type: ignore[union-attr]
        swaps += 1
        time.sleep(1.0)
    taken.append(measured("recommendations while swapping", child.pid, process, rate))
    return swaps


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--items", default=30_000, type=click.IntRange(10), help="Items in the catalogue.")
@click.option(
    "--lines", default=900_000, type=click.IntRange(100), help="Lines of sales in a year."
)
@click.option("--rate", default=100.0, type=float, help="Questions a second.")
@click.option("--seconds", default=20.0, type=float, help="How long each kind is asked.")
@click.option("--only", type=click.Choice(KINDS), help="Ask one kind of question.")
@click.option("--json", "as_text", is_flag=True, help="Print one JSON object.")
@click.option("--client", "kind", hidden=True)
@click.option("--port", type=int, hidden=True, default=0)
def main(  # noqa: PLR0913, PLR0917 - a command's options
    items: int,
    lines: int,
    rate: float,
    seconds: float,
    kind: str | None,
    port: int,
    only: str | None,
    *,
    as_text: bool,
) -> None:
    """Measure a kiosk of a large store under a steady load."""
    if kind is not None:
        client(kind, port, rate, seconds, items)
    else:
        with tempfile.TemporaryDirectory() as folder:
            asked = KINDS if only is None else (only,)
            report = measure(Path(folder), Size(items, lines), rate, seconds, asked)
        _print(report, as_text=as_text)


def _print(report: Report, *, as_text: bool) -> None:
    if as_text:
        print(json.dumps(asdict(report)))
        return
    for one in report.taken:
        print(
            f"{one.what:32} {one.rate:g}/s  p50 {one.p50:7.2f}  p99 {one.p99:7.2f}  "
            f"worst {one.worst:7.2f} ms  {one.cpu_ms:5.2f} ms of CPU  {one.failures} failed"
        )
    print(
        f"{report.swaps} swaps; kiosk {report.kiosk_per_second:.0f}/s, "
        f"bare {report.bare_per_second:.0f}/s"
    )
    print(f"a bare endpoint is {report.ratio:.1f} times as fast")
    print(
        f"memory {report.rss:.0f} MiB resident, {report.pss:.0f} its share, "
        f"{report.peak:.0f} at most"
    )


if __name__ == "__main__":
    main()
