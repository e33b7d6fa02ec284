"""`central-sync review list|answer|undo|report|export|forget`: what people say of facings."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from pydantic_core import to_jsonable_python

from central_sync.adapters.review_files import write_reviews
from central_sync.adapters.review_tables import ReviewTables, read_progress, read_queue
from central_sync.commands.centre_database import (
    centre_argument,
    centre_that_ran,
    opened,
    ordered,
    written,
)
from central_sync.commands.speaking import stop
from central_sync.core.review.answers import SAID, Said
from central_sync.core.review.estimates import Estimate
from central_sync.ports.review import Progress, Standing
from central_sync.ports.training import DataUnusableError

_config = click.argument("config", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")


@click.group("review")
def review() -> None:
    """What stores ask of their facings, and what people say."""


@review.command("list")
@centre_argument
@click.option("--store", help="Questions of this store alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--pictures", type=click.Path(path_type=Path), help="A folder to put pictures in.")
@_json
def list_(
    centre: Path, store: str | None, limit: int, pictures: Path | None, *, as_json: bool
) -> None:
    """List the next questions, the worthiest first."""
    with opened(centre) as db:
        found = read_queue(db, ordered().who, store, limit)
        if pictures is not None:
            pictures.mkdir(parents=True, exist_ok=True)
            ask = "SELECT jpeg FROM review_questions WHERE question = ?"
            for one in found:
                jpeg = db.execute(ask, (one.question,)).fetchone()["jpeg"]
                (pictures / f"{one.question}.jpg").write_bytes(jpeg)
    if as_json:
        click.echo(json.dumps({"questions": to_jsonable_python(found)}))
        return
    for one in found:
        asked = one.asked
        click.echo(
            f"{one.question:>8} {one.store} {asked.camera} {asked.facing:20} "
            f"{asked.taken_at:%Y-%m-%d %H:%M} {asked.reason}, {one.people} answered"
        )
    if not found:
        click.echo("nothing to ask; stores ask where a camera has `review = true`")


@review.command("answer")
@_config
@click.argument("question", type=click.IntRange(1))
@click.argument("said", type=click.Choice(SAID))
def answer(config: Path, question: int, said: Said) -> None:
    """Say what the facing of QUESTION is."""
    database, by = centre_that_ran(config).centre.database, ordered()
    _tell(written(database, lambda file: ReviewTables(file).answer(question, said, by)), question)


@review.command("undo")
@_config
@click.argument("question", type=click.IntRange(1))
def undo(config: Path, question: int) -> None:
    """Take back your own answer to QUESTION."""
    database, by = centre_that_ran(config).centre.database, ordered()
    _tell(written(database, lambda file: ReviewTables(file).undo(question, by)), question)


@review.command("report")
@centre_argument
@_json
def report(centre: Path, *, as_json: bool) -> None:
    """Show progress, agreement, and how many alerts are right."""
    with opened(centre) as db:
        found = read_progress(db)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    click.echo("\n".join(_lines(found)))


@review.command("export")
@centre_argument
@click.argument("out", type=click.Path(path_type=Path))
def export(centre: Path, out: Path) -> None:
    """Write what is settled into a new folder.

    `central-sync train gaps --data OUT` learns from it.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise stop(f"{out} is there already; name a folder that is not")
    try:
        with opened(centre) as db:
            answers = write_reviews(db, out)
    except DataUnusableError as error:
        raise stop(str(error)) from None
    click.echo(f"{out}: {answers} answers; the pictures are the chain's own, see dataset.json")


@review.command("forget")
@_config
@click.argument("store")
def forget(config: Path, store: str) -> None:
    """Delete all pictures, questions and answers of STORE."""
    database, by = centre_that_ran(config).centre.database, ordered()
    gone = written(database, lambda file: ReviewTables(file).forget_store(store, by))
    click.echo(f"{store}: {gone} questions deleted with their pictures and answers")


def _tell(found: Standing | None, question: int) -> None:
    if found is None:
        raise stop(f"there is no question {question}; see `central-sync review list`")
    came = f"settled as {found.settled}" if found.settled else "not settled"
    click.echo(f"question {question}: {came}, {found.people} answered")


def _lines(found: Progress) -> list[str]:
    """Return how far reviewing is, for people."""
    agreed = found.agreement
    lines = [
        f"{found.waiting} wait, {found.settled} settled, {found.unsettled} that nobody could tell",
        f"two people agree on {_percent(agreed.alike)} of {agreed.pictures} pictures"
        if agreed.alike is not None
        else "no picture was judged by two people yet",
    ]
    lines += [f"  {who:30} {count:>6} answers" for who, count in found.by]
    for one in found.stores:
        lines.append(f"{one.store}: {one.waiting} wait, {one.settled} settled")
        lines.append(f"  alerts that are right: {_estimate(one.precision)}")
        lines.append(f"  empty without an alert: {_estimate(one.missed)}")
    return lines


def _estimate(one: Estimate) -> str:
    if one.value is None:
        return "no answers to questions drawn by chance yet"
    span = f"{_percent(one.low)} to {_percent(one.high)}"
    return f"{_percent(one.value)} ({span}), {one.answers} answers"


def _percent(share: float) -> str:
    return f"{share:.1%}"
