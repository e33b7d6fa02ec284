"""`edge-agent run CONFIG`: the store's program itself."""

import os
import random
import sqlite3
from pathlib import Path

import click

from edge_agent.agent.running import run as run_agent
from edge_agent.commands import launching
from edge_agent.commands.reading import USAGE, config_argument, stop
from edge_agent.config import EdgeConfig
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.config_file import ConfigError
from endcap.plumbing.json_logs import Format, Log, take_over_libraries
from endcap.plumbing.sqlite_file import StorageError
from endcap.plumbing.until_told import run_until_told


@click.command("run")
@config_argument
@click.option("--log-format", type=click.Choice(["json", "text"]), help="Instead of [log] format.")
def run(config: Path, log_format: str | None) -> None:
    """Run the store until it is told to end (SIGTERM or Ctrl-C)."""
    settings = _started(config)
    clock = SystemClock()
    form: Format = "text" if (log_format or settings.log.format) == "text" else "json"
    log = Log(clock, settings.log.level, form)
    take_over_libraries(log)
    rng = random.Random(os.urandom(16))
    launch = launching.launch(config, settings, clock)
    try:
        again = run_until_told(run_agent(settings, log, clock, rng, launch))
    except (OSError, StorageError, sqlite3.Error) as error:
        hint = "edge-agent doctor CONFIG looks for the cause"
        raise stop(f"{settings.storage.folder}: {error}; {hint}", code=1) from None
    if again:
        log.say("info", "agent-starts-again", "for new settings, or because it was asked to")
        launching.start_again()
    log.say("info", "agent-ended", "told to end")


def _started(config: Path) -> EdgeConfig:
    """Count the start; return the configuration at work, or end the command."""
    try:
        return launching.start(config)
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(USAGE) from None
    except OSError as error:
        raise stop(f"{error}; edge-agent doctor CONFIG looks for the cause", code=1) from None
