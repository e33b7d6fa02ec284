"""A real store to measure: its configuration, its sample sales, its process and what that holds.

The store is started by its public command and asked over HTTP. What is measured of it, and what
that is compared with, are the benchmarks' own.
"""

import contextlib
import csv
import http.client
import json
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from demo.processes import command
from endcap.wire.identifiers import check_digit

HOST = "127.0.0.1"
READY_WITHIN, END_WITHIN = 60.0, 15.0
LOOK_EVERY = 0.01
AT_ONCE = 2000
"""Lines of sales in one request; a store takes no more."""
MEBI = 1024.0
BASKET = 3

CONFIG = """\
[store]
id = "store-bench"
timezone = "UTC"
device = "bench"
[storage]
folder = "{folder}/state"
[kiosk]
port = {port}
[catalogue]
file = "{folder}/catalogue.csv"
[models]
reference_folder = "{models}"
"""
CAMERA = """\
[planogram]
file = "{folder}/planogram.csv"
[[cameras]]
name = "aisle-1"
source = "{folder}/shelves"
every = "1s"
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process holds, in MiB: resident, its share of that, its own alone, and the most."""

    rss: float
    pss: float
    uss: float
    peak: float


def memory_of(pid: int) -> Memory:
    """Return what a process of ours holds now, as the kernel counts it.

    Raises:
        FileNotFoundError: it has ended, or this is not Linux.
    """
    process = Path("/proc") / str(pid)
    text = (process / "smaps_rollup").read_text() + (process / "status").read_text()
    kib = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    own = kib["Private_Clean"] + kib["Private_Dirty"]
    return Memory(*(one / MEBI for one in (kib["Rss"], kib["Pss"], own, kib["VmHWM"])))


@dataclass(slots=True)
class Client:
    """Asks a store over one connection that is kept; `source` is the loopback address it is from.

    A store limits each address to 50 requests a second, so a benchmark asks from several.
    """

    port: int
    source: str = HOST
    link: http.client.HTTPConnection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.link = http.client.HTTPConnection(
            HOST, self.port, timeout=30.0, source_address=(self.source, 0)
        )

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return what is answered: JSON, or text where it is none.

        Raises:
            OSError: there was no answer.
            ValueError: it was not a good one.
        """
        content = None if body is None else json.dumps(body).encode()
        self.link.request(method, path, content, {"content-type": "application/json"})
        answer = self.link.getresponse()
        text = answer.read().decode()
        if answer.status not in (200, 201):
            raise ValueError(f"{method} {path}: {answer.status} {text[:200]}")
        return json.loads(text) if text.startswith(("{", "[")) else text


@dataclass(frozen=True, slots=True)
class Running:
    """A store that answers; `ready_after` are the seconds from its start to that."""

    pid: int
    client: Client
    ready_after: float


@contextlib.contextmanager
def running(config: Path, port: int) -> Iterator[Running]:
    """Run a store until the block ends.

    Raises:
        RuntimeError: it ended, or did not answer in time; the message has its last words.
    """
    with config.with_suffix(".log").open("w+") as log:
        started = time.perf_counter()
        child = subprocess.Popen(
            [command("edge-agent"), "run", str(config)], stdout=log, stderr=log
        )
        try:
            client = Client(port)
            while not _answers(client):
                seconds = time.perf_counter() - started
                if child.poll() is not None or seconds > READY_WITHIN:
                    log.seek(0)
                    raise RuntimeError(f"no answer after {seconds:.0f} s: {log.read()[-500:]}")
                time.sleep(LOOK_EVERY)
            yield Running(child.pid, client, time.perf_counter() - started)
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _answers(client: Client) -> bool:
    try:
        client.ask("GET", "/v1/health/ready")
    except (OSError, http.client.HTTPException):
        client.link.close()
        return False
    return True


def gtins(count: int) -> list[str]:
    """Return GTIN-13s of the range GS1 keeps for use inside a company."""
    bodies = (f"040{number:09d}" for number in range(count))
    return [body + check_digit(body) for body in bodies]


def write_catalogue(path: Path, sample: Path, items: Sequence[str]) -> None:
    """Write a catalogue of `items`: the names of the sample over and over, with a number."""
    with sample.open(newline="") as file:
        names = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(names[0]))
        writer.writeheader()
        for number, gtin in enumerate(items):
            row = names[number % len(names)]
            writer.writerow(row | {"gtin": gtin, "name": f"{row['name']} {number}"})


def sales(items: Sequence[str], count: int, days: int, until: datetime) -> list[dict[str, object]]:
    """Return `count` lines of baskets of three before `until`, few items selling most."""
    rng = random.Random(367)
    weights = [1 / place for place in range(1, len(items) + 1)]
    chosen = rng.choices(items, weights, k=count)
    moments = [until - timedelta(seconds=rng.uniform(0, days * 86_400)) for _ in range(count)]
    return [
        {
            "transaction_id": f"bench-{number // BASKET}",
            "line": number % BASKET + 1,
            "gtin": gtin,
            "units": 1,
            "amount": 2.5,
            "sold_at": moments[number // BASKET].isoformat(timespec="seconds"),
        }
        for number, gtin in enumerate(chosen)
    ]


def tell_sales(client: Client, lines: Sequence[dict[str, object]]) -> None:
    """Tell a store its sales, as a till would that was away for long."""
    for start in range(0, len(lines), AT_ONCE):
        client.ask("POST", "/v1/sales", {"lines": lines[start : start + AT_ONCE]})


def await_forecasts(client: Client, seconds: float = 45.0) -> int:
    """Wait until the store made its forecasts; return how many there are for tomorrow.

    Raises:
        TimeoutError: it made none.
    """
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        known = int(client.ask("GET", "/v1/forecasts?limit=5000")["known"])
        if known:
            return known
        time.sleep(0.2)
    raise TimeoutError(f"no forecast in {seconds:.0f} s")
