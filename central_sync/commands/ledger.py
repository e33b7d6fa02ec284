"""`central-sync ledger`: proves that no accepted event was lost, doubled or changed."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from central_sync.adapters.history_files import prove
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError
from central_sync.commands.centre_database import centre_argument, database_of
from central_sync.commands.speaking import BAD, stop
from central_sync.core.history import History

_HEADS = ("store", "epoch", "accepted", "stored", "waiting", "told lost", "dead letters", "holds")


@click.group("ledger")
def ledger() -> None:
    """What every store sent, and what became of it."""


@ledger.command("verify")
@centre_argument
@click.argument(
    "stores",
    metavar="STORE_DB...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def verify(centre: Path, stores: tuple[Path, ...], *, as_json: bool) -> None:
    """Prove that no accepted event is lost untold, doubled or changed.

    Each is at the centre once, or waits, or is told lost. CENTRE is the centre's configuration or
    database; each STORE_DB a store's database. All may be in use. Exit 0 only if every promise
    holds.
    """
    database = database_of(centre)
    try:
        proofs = [prove(database, store) for store in stores]
    except DatabaseUnreadableError as error:
        raise stop(str(error)) from None
    click.echo(_as_json(proofs) if as_json else _as_table(proofs))
    if not all(proof.holds for proof in proofs):
        raise click.exceptions.Exit(BAD)


def _as_json(proofs: list[History]) -> str:
    """Return the proofs as one JSON object."""
    return json.dumps(
        {
            "holds": all(proof.holds for proof in proofs),
            "stores": [{**asdict(proof), "holds": proof.holds} for proof in proofs],
        }
    )


def _as_table(proofs: list[History]) -> str:
    """Return the proofs for people, each violation on a line of its own."""
    rows = [_HEADS, *(_row(proof) for proof in proofs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *(line for proof in proofs for line in _violations(proof))])


def _row(proof: History) -> tuple[str, ...]:
    """Return one store's line of the table."""
    counts = (proof.accepted, proof.stored, proof.waiting, proof.ledgered, proof.dead)
    holds = "yes" if proof.holds else "NO"
    return (proof.store, proof.epoch, *(f"{count:,}" for count in counts), holds)


def _violations(proof: History) -> list[str]:
    """Return the broken promises of one store."""
    return [
        f"{proof.store} breaks {one.promise}: {one.problem} {spans(one.ranges)}".rstrip()
        for one in proof.violations
    ]


def spans(ranges: tuple[tuple[int, int], ...], *, most: int = 20) -> str:
    """Return ranges of numbers as people write them, the first `most` of them."""
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in ranges[:most]]
    left = len(ranges) - most
    return ", ".join(shown) + (f" and {left} more ranges" if left > 0 else "")
