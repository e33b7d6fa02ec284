"""How long each route of a kiosk takes: the median and the slowest hundredth, as a client sees it.

    python -m benchmarks.kiosk [--items N] [--lines N] [--rounds N] [--json]

A real `edge-agent run` over a store of a few thousand items and sales, asked one question after the
other, every route once a round, over kept connections. The ratio is to the fastest there is, which
says only that the program runs. Nothing here judges the figures; a route that is not measured is
named.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from benchmarks.footprint import SAMPLE
from benchmarks.ports import free_port
from benchmarks.real_store import (
    CONFIG,
    Client,
    Running,
    await_forecasts,
    gtins,
    running,
    sales,
    tell_sales,
    write_catalogue,
)
from demo.shelves import build, write_planogram
from endcap.plumbing.packaged import reference_models

LIVE = "GET /v1/health/live"
DAYS = 60
PLANOGRAM = '[planogram]\nfile = "{folder}/planogram.csv"\n'
TYPED = ("whole milk", "chedar", "oat", "rice 1", "bread", "choc")
"""What shoppers type, one of them wrong."""
Question = tuple[str, object]
"""A path and a body."""
Ask = Callable[[int], Question]
"""Returns what is asked in a round."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a route took, in milliseconds; `ratio` is of its median to the fastest route's."""

    route: str
    p50: float
    p99: float
    ratio: float


def asking(path: str) -> Ask:
    """Return what asks the same each time."""
    return lambda _: (path, None)


def questions(items: Sequence[str], at: datetime) -> dict[str, Ask]:
    """Return every route by its name in the API, with what to ask of it in each round."""
    moment = at.isoformat(timespec="seconds")

    def item(turn: int) -> str:
        return items[turn * 7 % len(items)]

    def typed(turn: int) -> str:
        return TYPED[turn % len(TYPED)].replace(" ", "%20")

    def sold(turn: int) -> dict[str, object]:
        line = {"transaction_id": f"now-{turn}", "line": 1, "gtin": item(turn), "units": 1}
        return {"lines": [line | {"amount": 2.5, "sold_at": moment}]}

    plain = ("health/live", "health/ready", "status", "shelves", "gaps", "forecasts", "proposals")
    return {f"GET /v1/{one}": asking(f"/v1/{one}") for one in plain} | {
        "GET /metrics": asking("/metrics"),
        "GET /v1/items/{gtin}": lambda turn: (f"/v1/items/{item(turn)}", None),
        "GET /v1/search": lambda turn: (f"/v1/search?q={typed(turn)}", None),
        "GET /v1/suggest": lambda turn: (f"/v1/suggest?q={typed(turn)[:4]}", None),
        "GET /v1/forecasts/{gtin}": lambda turn: (f"/v1/forecasts/{item(turn)}", None),
        "POST /v1/recommendations": lambda turn: (
            "/v1/recommendations",
            {"basket": [item(turn), item(turn + 1), item(turn + 2)], "limit": 10},
        ),
        "POST /v1/sales": lambda turn: ("/v1/sales", sold(turn)),
        "POST /v1/stock": lambda turn: (
            "/v1/stock",
            {"counts": [{"gtin": item(turn), "on_hand": turn % 20}]},
        ),
    }


def furnish(folder: Path, port: int, items: Sequence[str]) -> Path:
    """Write the store's configuration, catalogue and planogram; return the configuration."""
    write_catalogue(folder / "catalogue.csv", SAMPLE, items)
    write_planogram(folder / "planogram.csv", build(seed=367), "aisle-1", ())
    text = CONFIG.format(folder=folder, port=port, models=reference_models())
    path = folder / "edge.toml"
    path.write_text(text + PLANOGRAM.format(folder=folder))
    return path


def ask_all(store: Running, asks: Mapping[str, Ask], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each answer, after one round that warms up.

    Each route is asked from a loopback address of its own: the limit for one client stays as it is.
    """
    clients = {name: Client(store.client.port, f"127.0.1.{n}") for n, name in enumerate(asks, 1)}
    spent: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(rounds + 1):
        for name, ask in asks.items():
            path, body = ask(turn)
            started = time.perf_counter()
            clients[name].ask(name.split()[0], path, body)
            if turn:
                spent[name].append((time.perf_counter() - started) * 1e3)
    return spent


def not_asked(store: Running, asks: Mapping[str, Ask]) -> list[str]:
    """Return the routes that the store says it has and that are not measured."""
    paths = store.client.ask("GET", "/openapi.json")["paths"]
    told = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    return sorted(told - set(asks))


def judged(spent: Mapping[str, Sequence[float]]) -> list[Taken]:
    """Return the figures, the quickest first."""
    fastest = statistics.median(spent[LIVE])
    found = []
    for route, times in spent.items():
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        found.append(Taken(route, cuts[49], cuts[98], cuts[49] / fastest))
    return sorted(found, key=lambda one: one.p50)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--items", default=3000, type=click.IntRange(10), help="Items in the catalogue.")
@click.option("--lines", default=20_000, type=click.IntRange(1), help="Lines of sales before.")
@click.option("--rounds", default=200, type=click.IntRange(2), help="Times each route is asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(items: int, lines: int, rounds: int, *, as_json: bool) -> None:
    """Measure every route of a store's kiosk."""
    sold = gtins(items)
    at = datetime.now(UTC)
    asks = questions(sold, at)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = furnish(Path(folder), port, sold)
        with running(config, port) as store:
            tell_sales(store.client, sales(sold, lines, DAYS, at - timedelta(days=1)))
        with running(config, port) as store:
            forecasts = await_forecasts(store.client)
            missing = not_asked(store, asks)
            found = judged(ask_all(store, asks, rounds))
    if missing:
        print(f"not measured: {', '.join(missing)}", file=sys.stderr)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
        return
    print(f"{items:,} items, {lines:,} lines of sales, {forecasts:,} items forecast, ms an answer")
    for one in found:
        print(f"{one.route:28} p50 {one.p50:8.2f}   p99 {one.p99:8.2f}   x {one.ratio:.1f}")


if __name__ == "__main__":
    main()
