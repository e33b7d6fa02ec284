"""`edge-agent doctor CONFIG`: what is wrong with this store, and what to do about it."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from edge_agent.agent.identifying import identified, identity_folder
from edge_agent.commands import examination, leaving, neighbours
from edge_agent.commands.examination import Finding
from edge_agent.commands.reading import config_argument, read_config, read_config_at_work
from edge_agent.commands.signatures import signatures
from edge_agent.config import EdgeConfig
from edge_agent.core.identity import alarm
from edge_agent.ports.identity import IdentityError
from endcap.plumbing.clock import Clock, SystemClock

Look = Callable[[], Iterable[Finding]]


def findings(config: EdgeConfig, clock: Clock) -> tuple[Finding, ...]:
    """Return all that can be found, in a fixed order; the looks run side by side."""
    at = clock.now()
    looks: tuple[Look, ...] = (
        lambda: examination.disk(config),
        lambda: examination.database(config, at),
        lambda: examination.feeds(config),
        lambda: examination.shelves(config),
        lambda: examination.models(config),
        lambda: examination.clock(at),
        lambda: examination.keys(config, at),
        lambda: examination.access(config),
        lambda: identity(config, at),
        lambda: signatures(config, at),
        lambda: neighbours.cameras(config),
        lambda: leaving.pictures(config),
        lambda: neighbours.broker(config),
        lambda: neighbours.centre(config, at),
    )
    with ThreadPoolExecutor(len(looks)) as pool:
        return tuple(one for found in pool.map(lambda look: tuple(look()), looks) for one in found)


def identity(config: EdgeConfig, at: datetime) -> Iterable[Finding]:
    """Look at the store's own identity, when it has enrolled."""
    folder = identity_folder(config)
    if not folder.exists:
        return
    try:
        held, centre = folder.current(), folder.centre
        folder.key()
    except IdentityError as error:
        yield Finding("identity", "fail", str(error), "enrol anew: edge-agent enrol --help")
        return
    danger = alarm(held, at, "")
    seen = f"{config.store.id} of {centre}, until {held.ends:%Y-%m-%d}"
    if danger is not None:
        yield Finding(
            "identity", "fail", danger[1], "see whether the centre answers; or enrol anew"
        )
    elif at >= held.renew_at:
        yield Finding("identity", "warn", f"{seen}; its renewal is due", "see the agent's log")
    else:
        yield Finding("identity", "ok", f"{seen}, renewed from {held.renew_at:%Y-%m-%d}")


@click.command("doctor")
@config_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def doctor(config: Path, *, as_json: bool) -> None:
    """Look at everything CONFIG's store needs. Exit 1 when something fails."""
    at_work = read_config_at_work(config)
    strange = leaving.unmasked(read_config(config, check_files=False), at_work)
    found = (*findings(identified(at_work), SystemClock()), *strange)
    failed = any(one.state == "fail" for one in found)
    if as_json:
        click.echo(json.dumps({"ok": not failed, "findings": [asdict(one) for one in found]}))
    else:
        for one in found:
            advice = f"; {one.advice}" if one.advice else ""
            click.echo(f"{one.state:<4}  {one.check:<8}  {one.seen}{advice}")
    raise click.exceptions.Exit(1 if failed else 0)
