"""`central-sync fleet`: which stores there are, what each runs, which events are missing."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.fleet_tables import read_stores
from central_sync.adapters.shelf_rows import open_gaps, unknown_facings
from central_sync.commands.broker_access import acl, reinstate, revoke
from central_sync.commands.centre_database import centre_argument, opened
from central_sync.commands.fleet_orders import bundles, config_status, configure, errand
from central_sync.commands.ledger import spans
from central_sync.commands.shelf_news import ShelfNews, by_store
from central_sync.commands.speaking import BAD, stop
from central_sync.core.fleet import Patience, StoreRecord, presence
from endcap.plumbing.clock import SystemClock

_EACH = 100_000  # facings; more than any fleet has empty at once
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group("fleet")
def fleet() -> None:
    """The stores, as the centre knows them.

    CENTRE is the centre's configuration or its database.
    """


for _command in (acl, reinstate, revoke, configure, config_status, errand, bundles):
    fleet.add_command(_command)


@fleet.command("list")
@centre_argument
@json_option
def list_stores(centre: Path, *, as_json: bool) -> None:
    """List every store: its presence, release, missing events."""
    at = SystemClock().now()
    with opened(centre) as db:
        stores = read_stores(db)
    if as_json:
        click.echo(json.dumps({"stores": [told(one, at) for one in stores]}))
        return
    for one in stores:
        click.echo(_line(one, at))
    if not stores:
        click.echo("no store was heard yet")


@fleet.command("show")
@centre_argument
@click.argument("store")
@json_option
def show(centre: Path, store: str, *, as_json: bool) -> None:
    """Show all that is known of STORE; exit 1 when nothing is."""
    at = SystemClock().now()
    with opened(centre) as db:
        found = read_stores(db, store)
    if not found:
        raise stop(f"{store} was never heard; `fleet list` names those that were", code=BAD)
    shown = told(found[0], at)
    click.echo(json.dumps(shown) if as_json else "\n".join(_details(shown)))


@fleet.command("shelves")
@centre_argument
@click.argument("store", required=False)
@json_option
def shelves(centre: Path, store: str | None, *, as_json: bool) -> None:
    """Show gaps, unknown facings, and cameras in trouble.

    In STORE, or in all of them. Of an unknown facing nobody can say what stands there; none of
    them counts as full.
    """
    at = SystemClock().now()
    with opened(centre) as db:
        stores = read_stores(db, store)
        gaps = by_store(open_gaps(db, store, _EACH))
        unknown = by_store(unknown_facings(db, store, _EACH))
    if store is not None and not stores:
        raise stop(f"{store} was never heard; `fleet list` names those that were", code=BAD)
    seen = [
        ShelfNews(
            one.store,
            presence(one.last_seen, at, Patience()),
            gaps.get(one.store, ()),
            unknown.get(one.store, ()),
            one.troubled_cameras,
        )
        for one in stores
    ]
    if as_json:
        click.echo(json.dumps({"at": at.isoformat(), "stores": [one.told() for one in seen]}))
        return
    for news in seen:
        click.echo("\n".join(news.lines(at)))
    if not stores:
        click.echo("no store was heard yet")


@fleet.command("gaps")
@centre_argument
@json_option
def gaps(centre: Path, *, as_json: bool) -> None:
    """Print the exact missing events of each store and epoch. Exit 1 when there are any.

    An event that its store made and the centre has not is missing, also while it only waits.
    """
    with opened(centre) as db:
        stores = read_stores(db)
    missing = [
        {"store": one.store, "epoch": epoch, "missing": line.missing}
        for one in stores
        for epoch, line in one.lines.items()
        if line.missing
    ]
    if as_json:
        click.echo(json.dumps({"gaps": missing}))
    else:
        for one in stores:
            for epoch, line in one.lines.items():
                holes = spans(line.missing, most=1000) or "nothing is missing"
                click.echo(f"{one.store}  {epoch}  {holes}")
    if missing:
        raise click.exceptions.Exit(BAD)


def told(one: StoreRecord, at: datetime) -> dict[str, Any]:
    """Return a store as JSON values."""
    return {
        "store": one.store,
        "presence": presence(one.last_seen, at, Patience()).value,
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
        "silent_s": round((at - one.last_seen).total_seconds()),
        "epoch": one.epoch,
        "open_gaps": one.open_gaps,
        "unknown_facings": one.unknown,
        "missing": one.missing,
        "lines": {
            epoch: {
                "stored": line.stored,
                "told_lost": line.ledgered,
                "dead_letters": line.dead,
                "missing": line.missing,
            }
            for epoch, line in one.lines.items()
        },
        "state": one.state.model_dump(mode="json") if one.state else None,
    }


def _line(one: StoreRecord, at: datetime) -> str:
    """Return a store on one line."""
    judged = presence(one.last_seen, at, Patience()).value
    heard = timedelta(seconds=round((at - one.last_seen).total_seconds()))
    release = f"release {one.state.release}" if one.state else "no state yet"
    waiting = one.state.outbox_waiting if one.state else 0
    return (
        f"{one.store}  {judged:6}  heard {heard} ago  {release}  {one.open_gaps} gaps open"
        f"  {one.unknown} facings unknown  {waiting} waiting  {one.missing} missing"
    )


def _details(shown: dict[str, Any]) -> Sequence[str]:
    """Return a store on several lines, a fact each."""
    facts = {name: value for name, value in shown.items() if name not in ("lines", "state")}
    facts |= {
        f"line {epoch}": ", ".join(
            f"{name} {spans(count) if name == 'missing' else count}" for name, count in line.items()
        )
        for epoch, line in shown["lines"].items()
    }
    facts |= {f"state {name}": value for name, value in (shown["state"] or {}).items()}
    return [f"{name:24} {value}" for name, value in facts.items()]
