"""Measures swaps of models under load: requests that fail, how long they take, and memory.

A real kiosk, in a process of its own, answers clients that ask again as soon as they have an
answer. Meanwhile it swaps between two releases of all the models that come with the program, one
swap after the other, through its own slots: each is read, verified, loaded beside what serves, put
in place, and the one before let go. Fetching, rehearsal and shadow come before that in an update,
and are not measured here.
"""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from benchmarks.kiosk import Question, furnish
from benchmarks.ports import free_port
from benchmarks.real_store import Client, gtins, memory_of, sales, tell_sales

CLIENTS, ADDRESSES = 2, 40
"""Threads that ask, and the loopback addresses each asks from in turn: one is let ask 50 times a
second."""
SETTLED = 5
"""Swaps after which memory is looked at for the first time."""
READY_WITHIN = 60.0


@dataclass(slots=True)
class Load:
    """Clients that ask until told to end; `answers` are (when asked, milliseconds)."""

    port: int
    questions: Sequence[Question]
    answers: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def ask(self, first: int) -> None:
        """Ask in turn, from one address after the other."""
        clients = [Client(self.port, f"127.0.{first + 1}.{n + 1}") for n in range(ADDRESSES)]
        turn = first
        while not self.ended.is_set():
            turn += 1
            path, body = self.questions[turn % len(self.questions)]
            began = time.perf_counter()
            try:
                clients[turn % ADDRESSES].ask("POST" if body else "GET", path, body)
            except (OSError, ValueError) as error:
                self.failed.append(f"{path}: {error}")
            self.answers.append((began, 1e3 * (time.perf_counter() - began)))
        for one in clients:
            one.link.close()

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Ask until the block ends."""
        threads = [threading.Thread(target=self.ask, args=(n,)) for n in range(CLIENTS)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self.ended.set()
            for one in threads:
                one.join()

    def between(self, since: float, until: float) -> list[float]:
        """Return what answers took that were asked for in a span of time."""
        return [took for began, took in self.answers if since <= began <= until]


@dataclass(frozen=True, slots=True)
class Swapped:
    """What was measured; times in milliseconds, memory in MiB."""

    swaps: int
    requests: int
    failures: Sequence[str]
    p99_before: float
    p99_during: float
    ratio: float
    swap_p50: float
    rss_after_few: float
    rss_after_all: float
    growth: float


def measure(config: Path, port: int, swaps: int, seconds: float) -> Swapped:
    """Measure a kiosk before and during so many swaps."""
    items = gtins(500)
    questions: list[Question] = [
        ("/v1/recommendations", {"basket": [items[n], items[n + 7]], "limit": 10})
        for n in range(20)
    ]
    questions += [(f"/v1/items/{one}", None) for one in items[:10]]
    questions += [(f"/v1/search?q={typed}", None) for typed in ("milk", "bread", "rice")]
    program = [sys.executable, "-m", "benchmarks.kiosk_process", "kiosk", str(config)]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdin  # noqa: S101 - a pipe was asked for
        assert child.stdout  # noqa: S101
        client = Client(port)
        _await_ready(client)
        tell_sales(client, sales(items, 2000, 20, datetime.now(UTC) - timedelta(days=1)))
        client.link.close()
        load = Load(port, questions)
        with load.asking():
            time.sleep(seconds / 4)  # it warms up
            before = time.perf_counter()
            time.sleep(seconds)
            began, took, few = time.perf_counter(), [], 0.0
            for turn in range(swaps):
                child.stdin.write("swap\n")
                child.stdin.flush()
                took.append(float(child.stdout.readline()))
                if turn + 1 == min(SETTLED, swaps):
                    few = memory_of(child.pid).rss
            ended, rss = time.perf_counter(), memory_of(child.pid).rss
        child.stdin.close()
    quiet, busy = p99(load.between(before, began)), p99(load.between(began, ended))
    return Swapped(
        swaps=swaps,
        requests=len(load.answers),
        failures=load.failed,
        p99_before=quiet,
        p99_during=busy,
        ratio=busy / quiet,
        swap_p50=statistics.median(took),
        rss_after_few=few,
        rss_after_all=rss,
        growth=rss / few - 1,
    )


def p99(times: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(times, n=100, method="inclusive")[98]


def _await_ready(client: Client) -> None:
    """Wait until the kiosk answers."""
    ends = time.perf_counter() + READY_WITHIN
    while time.perf_counter() < ends:
        try:
            client.ask("GET", "/v1/health/ready")
        except (OSError, ValueError):
            client.link.close()
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"no answer in {READY_WITHIN:.0f} s")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--swaps", default=100, type=click.IntRange(1), help="Swaps under load.")
@click.option("--seconds", default=20.0, type=click.FloatRange(1), help="Load before the swaps.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(swaps: int, seconds: float, *, as_json: bool) -> None:
    """Measure swaps of models under a kiosk's load."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        found = measure(furnish(Path(folder), port, gtins(500)), port, swaps, seconds)
    for one in found.failures[:5]:
        print(one, file=sys.stderr)
    if as_json:
        print(json.dumps(asdict(found)))
        return
    print(f"{found.swaps} swaps, {found.requests:,} requests, {len(found.failures)} failed")
    print(f"p99 {found.p99_before:.1f} ms before, {found.p99_during:.1f} ms during: ", end="")
    print(f"x {found.ratio:.2f}; a swap takes {found.swap_p50:.0f} ms")
    print(f"memory {found.rss_after_few:.0f} MiB after {min(SETTLED, swaps)} swaps, ", end="")
    print(f"{found.rss_after_all:.0f} MiB after all: {found.growth:+.1%}")


if __name__ == "__main__":
    main()
