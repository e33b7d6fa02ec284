"""`central-sync serve CONFIG`: the centre's program itself."""

import os
import random
import sqlite3
from pathlib import Path

import click

from central_sync.commands.speaking import BAD, read_config, read_plan, stop
from central_sync.server import run
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.json_logs import Format, Log, take_over_libraries
from endcap.plumbing.sqlite_file import StorageError
from endcap.plumbing.until_told import run_until_told


@click.command("serve")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--log-format", type=click.Choice(["json", "text"]), help="Instead of [log] format.")
def serve(config: Path, log_format: str | None) -> None:
    """Run the centre until it is told to end (SIGTERM or Ctrl-C)."""
    settings = read_config(config)
    read_plan(settings.rollouts.plan)  # a mistake in it is said before anything starts
    clock = SystemClock()
    form: Format = "text" if (log_format or settings.log.format) == "text" else "json"
    log = Log(clock, settings.log.level, form)
    take_over_libraries(log)
    try:
        run_until_told(run(settings, log, clock, random.Random(os.urandom(16))))
    except (OSError, StorageError, sqlite3.Error) as error:
        raise stop(f"{settings.centre.folder}: {error}", code=BAD) from None
    log.say("info", "centre-ended", "told to end")
