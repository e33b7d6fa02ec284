"""`central-sync searches`: what shoppers look for in vain, over all stores or in one."""

import json
from dataclasses import asdict
from datetime import UTC, timedelta
from pathlib import Path

import click

from central_sync.adapters.search_rows import Searched, read_misses, read_sums
from central_sync.commands.centre_database import centre_argument, opened
from endcap.plumbing.clock import SystemClock


@click.command("searches")
@centre_argument
@click.option("--store", default="", help="Searches in this store only.")
@click.option("--days", default=28, type=click.IntRange(1, 3650), help="How far back.")
@click.option("--most", default=50, type=click.IntRange(1, 10_000), help="How many to list.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def searches(centre: Path, store: str, days: int, most: int, *, as_json: bool) -> None:
    """List what shoppers searched for in vain.

    CENTRE is the centre's configuration or database; it may be in use. A store tells of a question
    only when enough visits share it, so what one person typed is never here.
    """
    since = (SystemClock().now().astimezone(UTC) - timedelta(days=days)).date()
    with opened(centre) as db:
        found, sums = read_misses(db, since, store, most), read_sums(db, since, store)
    if as_json:
        click.echo(json.dumps(asdict(sums) | {"misses": [asdict(one) for one in found]}))
        return
    click.echo(_summed(sums))
    for one in found:
        what = "nothing found" if one.empty else "nothing tapped"
        click.echo(f"{one.searches:>8} {one.stores:>6} stores  {what:<15} {one.query}")


def _summed(sums: Searched) -> str:
    return (
        f"{sums.searches} searches: {sums.empty} found nothing, {sums.rescued} were rescued, "
        f"{sums.tapped} led to a tap"
    )
