"""make demo: a broker, a centre and two stores on this machine, on real receipts.

Starts everything through the public commands, shows each step of the circle as it happens, and
stays up for people to look around. With --once it ends when the circle is closed.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import httpx

from demo.circle import (
    Circle,
    StepFailedError,
    await_step,
    run_command,
    steps,
    tamper_with_next_release,
    verify_ledger,
)
from demo.kiosk_shopper import Tally, keep_asking
from demo.processes import Process, command
from demo.real_sales import STORES, data_folder
from demo.screen import Screen, table
from demo.settings import Ports, write_broker, write_centre, write_store
from demo.stock_room import Stocked, play_shelves, play_today, stock_store
from endcap.plumbing.loopback import free_ports

Begin = Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"]

PORTS = range(10_000, 11_000)
PERIODS = 30  # BasketsCounted events: of both stores, and of three periods at least


@click.command()
@click.option("--once", is_flag=True, help="Close the circle once, print a summary, and end.")
@click.option(
    "--shelves",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Play the pictures in this folder instead of rendered shelves.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("demo-run"),
    show_default=True,
    help="Where the demo works; emptied at the start.",
)
def main(*, once: bool, shelves: Path | None, folder: Path) -> None:
    """Run the whole product on this machine, on real receipts."""
    screen = Screen()
    try:
        asyncio.run(_run(screen, folder.resolve(), shelves, once=once))
    except (StepFailedError, FileNotFoundError) as error:
        screen.failed("The demo stopped", str(error))
        screen.say(_last_words(folder))
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.say("\nThe demo ends.")


async def _run(screen: Screen, folder: Path, shelves: Path | None, *, once: bool) -> None:
    """Prepare, start everything, follow the circle, and stay or end."""
    _empty(folder)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    free = free_ports(PORTS, os.getpid())
    ports = Ports(next(free), next(free), next(free), {store: next(free) for store in STORES})
    screen.say("Endcap: two stores, a broker and a centre on this machine.\n")
    screen.doing("Preparing", "receipts, shelves, keys")
    stocked = await _prepare(folder, ports, shelves, yesterday)
    pages = {store: f"http://127.0.0.1:{port}" for store, port in ports.stores.items()}
    async with httpx.AsyncClient(timeout=10.0) as client, _tasks() as begin:
        circle = Circle(
            folder=folder,
            centre=f"http://127.0.0.1:{ports.centre}",
            stores=pages,
            baskets={store: one.basket for store, one in stocked.items()},
            client=client,
        )
        for process in _processes(folder, ports):
            begin(process.keep_running())
        for one in stocked.values():
            begin(play_shelves(one))
        await _follow(screen, circle, begin)
        if not once:
            await _stay(screen, circle, stocked, begin)


@contextlib.asynccontextmanager
async def _tasks() -> AsyncIterator[Begin]:
    """Yield what begins a task; all that were begun end with the block."""
    begun: list[asyncio.Task[None]] = []

    def begin(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        begun.append(asyncio.create_task(work))
        return begun[-1]

    try:
        yield begin
    finally:
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)


async def _prepare(
    folder: Path, ports: Ports, shelves: Path | None, yesterday: date
) -> dict[str, Stocked]:
    """Write what the programs read: receipts, catalogues, shelves, keys and configurations."""
    source = data_folder()
    jobs = [
        asyncio.to_thread(stock_store, folder / store, source, store, yesterday, shelves)
        for store in STORES
    ]
    stocked = dict(zip(STORES, await asyncio.gather(*jobs), strict=True))
    days = sum(one.days for one in stocked.values())
    write_broker(folder, ports)
    centre = write_centre(folder, ports, days=days, periods=PERIODS)
    for store, one in stocked.items():
        write_store(folder, ports, store, one.pictures, planogram=one.shelf is not None)
    code, said = await run_command(
        "central-sync", "keys", "init", str(folder / "keys"), "--config", str(centre)
    )
    if code:
        raise StepFailedError(f"keys init: {said}")
    return stocked


def _processes(folder: Path, ports: Ports) -> list[Process]:
    """Return the programs of the demo."""
    commands = {
        "broker": [command("nats-server"), "-c", str(folder / "broker.conf")],
        "centre": [command("central-sync"), "serve", str(folder / "centre.toml")],
        **{
            store: [command("edge-agent"), "run", str(folder / f"{store}.toml")]
            for store in ports.stores
        },
    }
    return [Process(name, words, folder / f"{name}.log") for name, words in commands.items()]


async def _follow(screen: Screen, circle: Circle, begin: Begin) -> None:
    """Show the circle as it closes; a shopper asks the kiosks all the while."""
    tally = Tally()
    first, *others = steps(circle)
    await await_step(screen, *first)
    asking = [
        begin(keep_asking(circle.client, base, circle.baskets[store], tally))
        for store, base in circle.stores.items()
    ]
    for name, question in others:
        await await_step(screen, name, question)
    closed = screen.seconds
    await tamper_with_next_release(circle, circle.folder / "centre.toml")
    await await_step(screen, "A tampered release", circle.tampering_is_refused)
    for task in asking:
        task.cancel()
    proof = await verify_ledger(circle)
    screen.done("The ledger", proof)
    screen.say("\n" + _summary(circle, tally, closed, proof))


def _summary(circle: Circle, tally: Tally, closed: float, proof: str) -> str:
    """Return what happened as a table."""
    rows = [("circle closed in", f"{closed:.0f} s")]
    rows += [(f"promoted {name}", reason) for name, reason in circle.found.items()]
    rows += [
        ("release", f"{circle.release}, in {len(circle.stores)} stores"),
        ("kiosk requests", f"{tally.answered:,} answered, {len(tally.failed)} failed meanwhile"),
        ("ledger", proof),
    ]
    if tally.failed:
        rows.append(("first failures", "; ".join(tally.failed[:3])))
    return table(rows)


async def _stay(screen: Screen, circle: Circle, stocked: dict[str, Stocked], begin: Begin) -> None:
    """Give the addresses, play today's receipts and shelves, and wait for Ctrl-C."""
    screen.say("\nLook around (Ctrl-C ends it):")
    screen.say(table([("dashboard", circle.centre)]))
    for store, base in circle.stores.items():
        screen.say(table([(f"{store} kiosk", base), (f"{store} manager", f"{base}/store")]))
    for one in stocked.values():
        one.looked_at.set()
        begin(play_today(one))
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    raise asyncio.CancelledError


def _empty(folder: Path) -> None:
    """Make `folder` new. Only what looks like an earlier demo is removed.

    Raises:
        FileNotFoundError: it holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "broker.conf").exists():
        raise FileNotFoundError(f"{folder} holds other things; give another --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _last_words(folder: Path) -> str:
    """Return the end of each program's log."""
    with contextlib.suppress(OSError):
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-6:])
            for path in sorted(folder.glob("*.log"))
        )
    return ""


if __name__ == "__main__":
    main()
