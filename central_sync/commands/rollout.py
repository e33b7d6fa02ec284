"""`central-sync rollout ...`: start, approve, pause, resume, abort, revert, status, list.

Orders are written down, with who gave them and why; the centre's program follows them with its next
look, a few seconds later. All of it may be done while the centre runs, and while it does not.
"""

import asyncio
import getpass
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click
from pydantic_core import to_jsonable_python

from central_sync.adapters.rollout_reads import RolloutReads
from central_sync.adapters.rollout_tables import RolloutTables
from central_sync.adapters.schema import migrate
from central_sync.commands.centre_database import centre_that_ran
from central_sync.commands.rollout_words import in_a_line, in_full
from central_sync.commands.speaking import BAD, disk_trouble_told, read_plan, stop
from central_sync.core.rollouts.decision import missing_approvals
from central_sync.core.rollouts.machine import Entry, Event, NoSuchTransitionError, State
from central_sync.core.rollouts.progress import Progress
from central_sync.core.rollouts.succession import RolloutRefusedError
from central_sync.ports.rollouts import KeptRollout
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite

T = TypeVar("T")
MAX_NAME = 80
LOOK_EVERY = 2.0  # seconds

_config = click.argument("config", type=click.Path(path_type=Path))
_number = click.argument("number", metavar="ROLLOUT", type=click.IntRange(min=1))
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
_reason = click.option("--reason", default="", help="Why; people read it.")


def _name(_: click.Context, __: click.Parameter, value: str) -> str:
    """Return a person's name without what is around it."""
    name = " ".join(value.split())
    if not name or len(name) > MAX_NAME:
        raise click.BadParameter(f"a name of 1 to {MAX_NAME} characters")
    return name


_by = click.option(
    "--by", default=getpass.getuser, callback=_name, help="Who orders it; else who is logged in."
)


@click.group("rollout")
def rollout() -> None:
    """Bring a release to the stores in waves, and take it back."""


@rollout.command("start")
@_config
@click.argument("release", type=click.IntRange(min=1))
@click.option("--plan", type=click.Path(path_type=Path), help="A canary and then all, without it.")
@_by
@_json
def start(config: Path, release: int, plan: Path | None, by: str, *, as_json: bool) -> None:
    """Begin the rollout of RELEASE, which must be live."""
    read = read_plan(plan)
    begun = _run(config, lambda file, at: RolloutTables(file).start(release, read, by, at))
    line = f"rollout {begun.number} of release {release} begins with {_size(read.waves[0].count)}"
    _say(as_json, begun, line if begun.fallback else f"{line}; there is no way back from it")


@rollout.command("approve")
@_config
@_number
@_by
@_json
def approve(config: Path, number: int, by: str, *, as_json: bool) -> None:
    """Agree to the wave that comes."""
    kept = _run(config, lambda file, at: RolloutTables(file).approve(number, by, at))
    missing = missing_approvals(kept.plan, kept.rollout, kept.approvals)
    said = f"{by} agrees to wave {kept.rollout.wave + 1} of rollout {number}"
    _say(
        as_json,
        {"rollout": number, "wave": kept.rollout.wave + 1, "by": by, "missing": missing},
        f"{said}; {missing} more must" if missing else said,
    )


@rollout.command("pause")
@_config
@_number
@_reason
@_by
@_json
def pause(config: Path, number: int, reason: str, by: str, *, as_json: bool) -> None:
    """Give it to nobody new. A failing gate still stops it."""
    _order(config, number, (Event.PAUSE, reason, by), as_json)


@rollout.command("resume")
@_config
@_number
@_reason
@_by
@_json
def resume(config: Path, number: int, reason: str, by: str, *, as_json: bool) -> None:
    """Go on with a rollout that was paused."""
    _order(config, number, (Event.RESUME, reason, by), as_json)


@rollout.command("abort")
@_config
@_number
@_reason
@_by
@_json
def abort(config: Path, number: int, reason: str, by: str, *, as_json: bool) -> None:
    """End it: who has the release keeps it."""
    _order(config, number, (Event.ABORT, reason, by), as_json)


@rollout.command("revert")
@_config
@_number
@_reason
@_by
@_json
def revert(config: Path, number: int, reason: str, by: str, *, as_json: bool) -> None:
    """Send all who got the release back."""
    _order(config, number, (Event.REVERT, reason, by), as_json)


@rollout.command("list")
@_config
@_json
def list_(config: Path, *, as_json: bool) -> None:
    """List the rollouts, newest first."""
    found = _run(config, lambda file, _: RolloutTables(file).rollouts())
    lines = [in_a_line(one) for one in found]
    _say(as_json, [_plain(one) for one in found], "\n".join(lines) or "no rollout yet")


@rollout.command("status")
@_config
@click.argument("number", metavar="[ROLLOUT]", type=click.IntRange(min=1), required=False)
@click.option("--watch", is_flag=True, help="Look again every two seconds, until it is over.")
@_json
def status(config: Path, number: int | None, *, watch: bool, as_json: bool) -> None:
    """Show how a rollout goes; the newest where none is named.

    Exit 1 when it was stopped or reverted.
    """
    found = _look(config, number)
    if watch:
        found = _watched(config, found, as_json=as_json)
    else:
        _say(as_json, found, in_full(found))
    if found.state in _BACK:
        raise click.exceptions.Exit(BAD)


_BACK = {State.STOPPED.value, State.REVERTING.value, State.REVERTED.value}
_OVER = {State.COMPLETE.value, State.ABORTED.value, State.REVERTED.value}


def _watched(config: Path, found: Progress, *, as_json: bool) -> Progress:
    """Print a rollout each time that it changed, until it is over; a JSON object a line."""
    shown = ""
    while True:
        text = json.dumps(_plain(found)) if as_json else in_full(found)
        if text != shown:
            click.echo(text)
        shown = text
        if found.state in _OVER:
            return found
        time.sleep(LOOK_EVERY)  # noqa: TID251 - a person watches
        found = _look(config, found.rollout)


def _look(config: Path, number: int | None) -> Progress:
    """Return how a rollout goes now, or end the command."""
    return _run(config, lambda file, at: _progress(file, number, at))


async def _progress(file: SqliteFile, number: int | None, at: datetime) -> Progress:
    """Return how a rollout goes."""
    reads = RolloutReads(file)
    newest = [one.rollout.number for one in await reads.rollouts(1)] if number is None else [number]
    found = await reads.rollout(newest[0], at) if newest else None
    if found is None:
        what = f"there is no rollout {number}" if number else "there is no rollout yet"
        raise RolloutRefusedError(f"{what}; see `rollout list`")
    return found


def _order(config: Path, number: int, ordered: tuple[Event, str, str], as_json: bool) -> None:  # noqa: FBT001 - the commands' flag
    """Write down what a person orders."""
    event, reason, by = ordered
    after = _run(
        config,
        lambda file, at: RolloutTables(file).order(number, Entry(event, at, reason, by)),
    )
    _say(as_json, after, f"rollout {number} is {after.state.value.replace('_', ' ')}")


def _run(config: Path, work: Callable[[SqliteFile, datetime], Awaitable[T]]) -> T:
    """Do `work` at the centre that `config` describes; trouble ends the command in one line."""
    found = centre_that_ran(config)

    async def run() -> T:
        async with open_sqlite(found.centre.database, migrate) as file:
            return await work(file, SystemClock().now())

    try:
        with disk_trouble_told(found.centre.folder):
            return asyncio.run(run())
    except (RolloutRefusedError, NoSuchTransitionError) as error:
        raise stop(str(error), code=BAD) from None


def _size(count: int | None) -> str:
    return f"{count} stores" if count else "a canary"


def _plain(found: object) -> object:
    """Return what was found as JSON can say it."""
    if isinstance(found, KeptRollout):
        found = found.rollout
    return to_jsonable_python(found)


def _say(as_json: bool, found: object, line: str) -> None:  # noqa: FBT001 - the commands' flag
    """Print what a command found, for machines or for people."""
    click.echo(json.dumps(_plain(found), indent=2) if as_json else line)
