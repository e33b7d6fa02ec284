"""`central-sync fleet configure|config-status|errand|bundles`: what is changed and asked afar.

Orders are written into the centre's database; the running centre signs and tells them. Which
settings a store takes is the store's to say, and its answer is shown.
"""

import getpass
import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.bundle_files import BundleFiles, read_bundles
from central_sync.adapters.fleet_tables import read_stores
from central_sync.adapters.remote_tables import RemoteTables, Who, read_settings
from central_sync.commands.centre_database import centre_that_ran, opened, written
from central_sync.commands.speaking import BAD, disk_trouble_told, stop
from central_sync.core.fleet import StoreRecord
from central_sync.core.remote_orders import Answer, WantedSettings
from central_sync.core.settings_file import changes, problems
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.config_file import ConfigError, read_text
from endcap.plumbing.files import write_atomically
from endcap.plumbing.masking import masked

ERRANDS = ("restart", "upload-bundle")

_config = click.argument("config", type=click.Path(path_type=Path))
_stores = click.argument("stores", nargs=-1)
_all = click.option("--all", "everyone", is_flag=True, help="Every store that is known.")
_region = click.option("--region", help="The stores of a region, as they tell it.")
_reason = click.option("--reason", default="", help="Why; people read it in the audit log.")
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")


@click.command("configure")
@_config
@_stores
@click.option("--set", "file", type=click.Path(path_type=Path), help="The settings, as TOML.")
@click.option("--clear", is_flag=True, help="Back to each store's own file.")
@_all
@_region
@_reason
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
def configure(config: Path, stores: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - click's
    """Order settings for STORES, over each one's own file.

    They replace what was ordered before. The store decides whether it can have them, and goes back
    by itself when it does not come up with them: see `fleet config-status`.
    """
    file = options["file"]
    if (file is None) != options["clear"]:
        raise stop("say which settings: --set FILE, or --clear for none")
    settings = {} if file is None else _settings(file)
    database = centre_that_ran(config).centre.database
    with opened(database) as db:
        chosen = _chosen(read_stores(db), stores, options["region"], everyone=options["everyone"])
        before = {one.store: one.settings for one in read_settings(db)}
    for store in chosen:
        for line in changes(before.get(store, {}), settings) or ("nothing changes",):
            click.echo(f"{store}  {masked(line)}")
    if options["dry_run"]:
        click.echo("dry run: nothing was ordered")
        return
    who = Who(getpass.getuser(), options["reason"], SystemClock().now())
    count = written(
        database,
        lambda opened_file: RemoteTables(opened_file).order_settings(chosen, settings, who),
    )
    click.echo(f"ordered for {count} stores; each decides: see `fleet config-status`")


@click.command("config-status")
@_config
@_json
def config_status(config: Path, *, as_json: bool) -> None:
    """Show what each store says of its settings. Exit 1 when one refused."""
    with opened(centre_that_ran(config).centre.database) as db:
        found = read_settings(db)
    if as_json:
        click.echo(json.dumps({"stores": [_status(one) for one in found]}))
    else:
        for one in found:
            told = _status(one)
            problem = f": {told['problem']}" if told["problem"] else ""
            sections = ", ".join(one.settings) or "its own file"
            click.echo(f"{one.store}  {told['counter']}  {told['answer']}{problem}  ({sections})")
        if not found:
            click.echo("no settings were ordered yet; see `fleet configure`")
    if any(one.answer is Answer.REFUSED for one in found):
        raise click.exceptions.Exit(BAD)


@click.command("errand")
@_config
@click.argument("store")
@click.argument("errand", type=click.Choice(ERRANDS))
@click.option("--reason", required=True, help="Why; people read it in the audit log.")
@click.option("--hours", default=24, type=click.IntRange(1, 720), help="How long it is good.")
def errand(config: Path, store: str, errand: str, reason: str, hours: int) -> None:
    """Ask STORE to start again, or to bring a report."""
    database = centre_that_ran(config).centre.database
    with opened(database) as db:
        (name,) = _chosen(read_stores(db), (store,), None, everyone=False)
    who = Who(getpass.getuser(), reason, SystemClock().now())
    counter = written(
        database,
        lambda file: RemoteTables(file).order_errand(name, errand, timedelta(hours=hours), who),
    )
    click.echo(f"errand {counter}: {errand} asked of {name}; `fleet show` tells where it stands")


@click.command("bundles")
@_config
@click.argument("store")
@click.option("--fetch", type=click.Path(path_type=Path), help="Write the newest one there.")
@_json
def bundles(config: Path, store: str, fetch: Path | None, *, as_json: bool) -> None:
    """List the reports that STORE brought, newest first."""
    settings = centre_that_ran(config).centre
    with opened(settings.database) as db:
        found = read_bundles(db, store)
    if fetch is not None:
        if not found:
            raise stop(f"{store} brought no report; ask: fleet errand", code=BAD)
        newest = found[0].counter
        content = written(
            settings.database,
            lambda file: BundleFiles(file, settings.bundles).content(store, newest),
        )
        with disk_trouble_told(fetch):
            write_atomically(fetch, content or b"", mode=0o600)
    if as_json:
        rows = [{"counter": one.counter, "received": one.received.isoformat(), "size": one.size,
                 "sha256": one.sha256} for one in found]  # fmt: skip
        click.echo(json.dumps({"store": store, "bundles": rows}))
        return
    for one in found:
        click.echo(f"{one.counter}  {one.received:%Y-%m-%d %H:%M:%S}  {one.size} bytes")
    if not found:
        click.echo(f"{store} brought no report")


def _settings(file: Path) -> dict[str, object]:
    """Return the settings in a file, or end the command."""
    try:
        settings = tomllib.loads(read_text(file))
    except ConfigError as error:
        raise stop(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise stop(f"{file}: {error}") from None
    found = problems(settings)
    for one in found:
        click.echo(f"{file}: {one}", err=True)
    if found:
        raise click.exceptions.Exit(2)
    return settings


def _chosen(
    known: Sequence[StoreRecord], names: Sequence[str], region: str | None, *, everyone: bool
) -> tuple[str, ...]:
    """Return the stores that are meant, or end the command."""
    if (bool(names) + everyone + (region is not None)) != 1:
        raise stop("say which stores: STORE..., --region REGION, or --all")
    if names:
        unknown = sorted(set(names) - {one.store for one in known})
        if unknown:
            raise stop(f"{', '.join(unknown)}: never heard; `fleet list` names those that were")
        return tuple(dict.fromkeys(names))
    chosen = tuple(
        one.store for one in known if everyone or (one.state and one.state.region == region)
    )
    if not chosen:
        raise stop("there is no such store; `fleet list` names those that were heard", code=BAD)
    return chosen


def _status(one: WantedSettings) -> Mapping[str, Any]:
    """Return what a store says of its settings, as JSON values."""
    refused = one.answer is Answer.REFUSED and one.state is not None
    return {
        "store": one.store,
        "counter": one.counter,
        "answer": one.answer.value,
        "in_force": one.state.config if one.state else None,
        "problem": one.state.config_problem if refused and one.state else "",
        "sections": sorted(one.settings),
    }
