"""`edge-agent run CONFIG`: the store's program itself."""

import os
import random
import sqlite3
from pathlib import Path

import click

from edge_agent.agent.running import run as run_agent
from edge_agent.commands.reading import config_argument, read_config, stop
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.json_logs import Format, Log, take_over_libraries
from endcap.plumbing.sqlite_file import StorageError
from endcap.plumbing.until_told import run_until_told


@click.command("run")
@config_argument
@click.option("--log-format", type=click.Choice(["json", "text"]), help="Instead of [log] format.")
def run(config: Path, log_format: str | None) -> None:
    """Run the store until it is told to end (SIGTERM or Ctrl-C)."""
    settings = read_config(config, starting=True)  # a lost catalogue must not darken a kiosk
    clock = SystemClock()
    form: Format = "text" if (log_format or settings.log.format) == "text" else "json"
    log = Log(clock, settings.log.level, form)
    take_over_libraries(log)
    rng = random.Random(os.urandom(16))
    try:
        run_until_told(run_agent(settings, log, clock, rng))
    except (OSError, StorageError, sqlite3.Error) as error:
        hint = "edge-agent doctor CONFIG looks for the cause"
        raise stop(f"{settings.storage.folder}: {error}; {hint}", code=1) from None
    log.say("info", "agent-ended", "told to end")
