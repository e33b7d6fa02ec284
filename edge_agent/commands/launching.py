"""Starts the store's program with the settings that are to be at work, and starts it again.

The start is counted before anything else is done, so that settings from afar with which the program
cannot live are gone after three. The store's own file alone is always enough: what is wrong with it
ends the command, what is wrong with settings from afar puts those aside.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

from edge_agent.adapters.remote_file import RemoteFile
from edge_agent.adapters.service_watchdog import ServiceWatchdog
from edge_agent.agent.standing import Launch
from edge_agent.commands.bundle import examined, subject_of
from edge_agent.commands.reading import at_work
from edge_agent.config import EdgeConfig, load_config, watchdog_words
from edge_agent.core.remote_config import Event, Standing, forbidden
from endcap.plumbing.clock import Clock
from endcap.plumbing.config_file import ConfigError
from endcap.plumbing.memory import keep_for_good

STOP_WITHIN_S = 30
_LONGEST = 300


def start(path: Path) -> EdgeConfig:
    """Count a start; return the configuration that is to be at work.

    Raises:
        ConfigError: the store's own file is wrong.
        OSError: its folder cannot be written.
    """
    own = load_config(path, starting=True)
    file = RemoteFile(own.storage.folder)
    before = file.read()
    standing = _fit(path, own, before.after(Event.STARTED))
    if standing != before:
        file.write(standing)
    return load_config(path, remote=at_work(own, standing.current.settings), starting=True)


def _fit(path: Path, own: EdgeConfig, standing: Standing) -> Standing:
    """Return where settings stand once those that do not fit the file any more are put aside."""
    while standing.current.settings:
        problem = _problem(path, own, standing.current.settings)
        if not problem:
            return standing
        standing = standing.after(Event.UNFIT, reason=problem)
    return standing


def _problem(path: Path, own: EdgeConfig, settings: Mapping[str, object]) -> str:
    """Return why the store cannot have `settings`, in one line; an empty text when it can."""
    problems = forbidden(settings, own.remote.allow)
    if not problems:
        try:
            load_config(path, remote=at_work(own, settings), starting=True)
        except ConfigError as error:
            problems = tuple(str(one) for one in error.problems)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0][: _LONGEST - len(more)]}{more}" if problems else ""


def launch(path: Path, config: EdgeConfig, clock: Clock) -> Launch:
    """Return what the program is lent."""
    return Launch(
        judge=_judge(path, config),
        subject=subject_of(config),
        examine=partial(examined, config, clock),
        started=keep_for_good,
        stopping=_limit_stop,
        watchdog=ServiceWatchdog.of(watchdog_words(), os.getpid()),
    )


def _judge(path: Path, config: EdgeConfig) -> Callable[[Mapping[str, object]], str]:
    return lambda settings: _problem(path, config, settings)


def _limit_stop() -> None:
    """End the process when it does not stop in time; whoever watches it starts it again."""
    signal.alarm(STOP_WITHIN_S)


def start_again() -> NoReturn:
    """Replace this process by a new one of the same command.

    The number of the process stays, so that systemd, a container and a person at a terminal see
    one program; nothing of the old one's memory, threads or files is left.
    """
    signal.alarm(0)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command
