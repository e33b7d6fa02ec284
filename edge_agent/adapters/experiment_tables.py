"""The store's book of experiments: what was ordered, and what the arms did, from the tables.

The signed order itself is the list of what runs (table `orders`). A unit that was erased is in no
sum: nothing of it is left to add up.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import partial

from edge_agent.adapters.tally_rows import tell_news
from edge_agent.core.experiment_sums import Tried
from edge_agent.core.sales import digest_of
from edge_agent.ports.experiments import ExperimentFacts
from edge_agent.ports.kiosk import StoreUnreadableError
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.body import Body
from endcap.wire.experiments import Experiment
from endcap.wire.orders import ExperimentOrder
from endcap.wire.shopper_events import ArmTally, ExperimentTallied
from endcap.wire.topics import Channel

_ORDER = "SELECT body FROM orders WHERE channel = ?"
_ANSWERS = """
SELECT answer, session, shopper, items, json_extract(arms, :path) AS arm FROM answers
WHERE arm IS NOT NULL AND day BETWEEN :first AND :day
"""
_FEEDBACK = """
SELECT f.answer, f.gtin, f.what FROM feedback f JOIN answers a ON a.answer = f.answer
WHERE json_extract(a.arms, :path) IS NOT NULL AND a.day BETWEEN :first AND :day
"""
_SPEND = """
SELECT shopper, sum(amount) AS spent FROM sale_lines
WHERE day BETWEEN :first AND :day AND shopper IN (
    SELECT shopper FROM answers
    WHERE json_extract(arms, :path) IS NOT NULL AND day BETWEEN :first AND :day
) GROUP BY shopper
"""

Done = Mapping[str, Sequence[tuple[str, str]]]
"""What was done with each answer: items, and what was done with them."""


class ExperimentTables:
    """Keeps the promises of edge_agent.ports.experiments.ExperimentBook."""

    def __init__(self, file: SqliteFile, store: str, zone: tzinfo) -> None:
        self._file = file
        self._store = store
        self._zone = zone

    async def ordered(self, at: datetime) -> tuple[Experiment, ...]:
        """Return what the last order names, unless it expired."""
        named = (Channel.EXPERIMENTS.value,)
        try:
            row = await self._file.read(lambda db: db.execute(_ORDER, named).fetchone())
        except StorageError as error:
            raise StoreUnreadableError(str(error)) from error
        if row is None:
            return ()
        order = ExperimentOrder.model_validate_json(row["body"])
        return order.experiments if at < order.expires else ()

    async def facts_of(self, one: Experiment, day: date) -> ExperimentFacts:
        """Return an experiment's answers to the end of `day`, and what its shoppers bought."""
        return await self._file.read(lambda db: self._facts(db, one, day))

    async def record(
        self, experiment: str, day: date, arms: Sequence[ArmTally], at: datetime
    ) -> bool:
        """Tell what the arms did to the end of `day`, if that is news."""
        told = [(arm.arm, sorted(arm.model_dump()["metrics"].items())) for arm in arms]
        subject = (f"experiment {experiment}", day)
        events = partial(_events, experiment, day, tuple(arms))
        return await self._file.write(
            lambda db: tell_news(db, subject, digest_of(told), events, at)
        )

    def _facts(self, db: sqlite3.Connection, one: Experiment, day: date) -> ExperimentFacts:
        first = one.first.astimezone(self._zone).date()
        span = {
            "path": f'$."{one.experiment}"',
            "first": first.isoformat(),
            "day": day.isoformat(),
        }
        done: dict[str, list[tuple[str, str]]] = {}
        for row in db.execute(_FEEDBACK, span):
            done.setdefault(row["answer"], []).append((row["gtin"], row["what"]))
        tried = [
            _tried(row, unit, done.get(row["answer"], ()), teams=one.interleave)
            for row in db.execute(_ANSWERS, span)
            if (unit := self._unit(one, row)) is not None
        ]
        spend = {}
        if one.unit == "shopper":
            spend = {row["shopper"]: row["spent"] for row in db.execute(_SPEND, span)}
        return ExperimentFacts(one, day, tuple(tried), spend)

    def _unit(self, one: Experiment, row: sqlite3.Row) -> str | None:
        if one.unit == "store":
            return self._store
        unit: str | None = row[one.unit]
        return unit


def _tried(row: sqlite3.Row, unit: str, done: Sequence[tuple[str, str]], *, teams: bool) -> Tried:
    items = json.loads(row["items"])
    counts = Counter(what for _, what in done)
    return Tried(
        unit=unit,
        arm=row["arm"],
        shown=len(items),
        tapped=counts["tapped"],
        bought=counts["bought"],
        dismissed=counts["dismissed"],
        teams=_teams(items, done) if teams else {},
    )


def _teams(
    items: Sequence[Mapping[str, str]], done: Sequence[tuple[str, str]]
) -> Mapping[str, int]:
    """Return the taps by whose the tapped item was."""
    team = {item["gtin"]: item["team"] for item in items if item["team"]}
    return Counter(team[gtin] for gtin, what in done if what == "tapped" and gtin in team)


def _events(
    experiment: str, day: date, arms: tuple[ArmTally, ...], revision: int
) -> tuple[Body, ...]:
    return (ExperimentTallied(experiment=experiment, day=day, revision=revision, arms=arms),)
