"""From an ordered experiment over answers and feedback to what the centre is told."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

from edge_agent.adapters.answer_tables import AnswerTables, FeedbackTables
from edge_agent.adapters.experiment_tables import ExperimentTables
from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.kiosk.trying import FRESH, Trying
from edge_agent.loops.receive_commands import take_experiments
from edge_agent.loops.tally_experiments import tally_once
from edge_agent.ports.answers import Answer, Feedback, Shown
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.experiments import Arm, Experiment
from endcap.wire.orders import ExperimentOrder
from endcap.wire.shopper_events import ExperimentTallied
from tests.edge_agent.adapters.store_file import rows, with_store
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.control_keys import PlayedKeyring, enveloped
from tests.fakes.flat_models import FlatSite

GTIN = "04006381333931"
DAY = timedelta(days=1)
EXPERIMENT = Experiment(
    experiment="denser-shelf",
    unit="session",
    salt="8 letters or more",
    arms=(
        Arm(arm="control", weight=1.0),
        Arm(arm="dense", weight=1.0, settings={"shopper": {"department_share": 0.3}}),
    ),
    first=NOON - 2 * DAY,
    last=NOON + 7 * DAY,
)


def answer(number: int, arm: str, **changes: object) -> Answer:
    one = Answer(
        f"{number:032x}",
        "recommendations",
        NOON - DAY,
        3,
        (Shown(GTIN, 0.5, team=arm if number % 2 else ""),),
        session=f"visit {number}",
        arms={"denser-shelf": arm},
    )
    return replace(one, **changes)  # type: ignore[arg-type]


async def ordered(
    file: SqliteFile, *experiments: Experiment, counter: int = 1, clock: FakeClock | None = None
) -> ExperimentTables:
    clock = clock or FakeClock(NOON)
    gate = SignedOrderGate("s-0001", PlayedKeyring(), TrustTables(file), file, clock)
    order = ExperimentOrder(
        store="s-0001",
        counter=counter,
        issued=NOON,
        expires=NOON + 14 * DAY,
        experiments=experiments,
    )
    await take_experiments(gate, enveloped(order))
    return ExperimentTables(file, "s-0001", UTC)


async def told(file: SqliteFile) -> list[ExperimentTallied]:
    found = await rows(file, "SELECT body FROM outbox WHERE kind LIKE '%experiments%' ORDER BY seq")
    return [ExperimentTallied.model_validate_json(row[0]) for row in found]


async def noted(
    file: SqliteFile, answers: Sequence[Answer], feedback: Sequence[Feedback] = ()
) -> None:
    log = AnswerTables(file, UTC)
    for one in answers:
        log.note(one)
    await log.keep()
    await FeedbackTables(file).take(feedback)


def test_what_arms_did_is_told_once_and_again_when_more_is_known(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = await ordered(file, EXPERIMENT)
        tap = Feedback(f"{1:032x}", GTIN, "tapped", NOON)
        other = answer(3, "dense", arms={}, session="x")
        await noted(file, [answer(1, "dense"), answer(2, "control"), other], [tap])
        assert await tally_once(book, UTC, NOON) == 1
        assert await tally_once(book, UTC, NOON) == 0
        (event,) = await told(file)
        arms = {one.arm: one.metrics for one in event.arms}
        assert event.day == (NOON - DAY).date()
        assert (arms["dense"]["tap_rate"].units, arms["dense"]["tap_rate"].total) == (1, 1.0)
        assert (arms["control"]["tap_rate"].units, arms["control"]["tap_rate"].total) == (1, 0.0)
        await noted(file, [answer(4, "control")])
        assert await tally_once(book, UTC, NOON) == 1
        assert [one.revision for one in await told(file)] == [1, 2]

    with_store(tmp_path, work)


def test_shoppers_spend_and_a_store_is_one_unit(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        shoppers = EXPERIMENT.model_copy(update={"unit": "shopper"})
        stores = EXPERIMENT.model_copy(update={"unit": "store", "experiment": "by-store"})
        book = await ordered(file, shoppers, stores)
        both = {"denser-shelf": "dense", "by-store": "control"}
        await noted(
            file, [answer(n, "dense", shopper=f"{n % 2:016x}", arms=both) for n in range(4)]
        )
        line = "INSERT INTO sale_lines VALUES ('t1', 1, ?, 1, 2.5, ?, ?, ?, 0)"
        day = (NOON - DAY).date().isoformat()
        await file.write(lambda db: db.execute(line, (GTIN, day, day, f"{1:016x}")).close())
        assert await tally_once(book, UTC, NOON) == 2
        by_shopper, by_store = await told(file)
        spend = by_shopper.arms[0].metrics["spend"]
        assert (spend.units, spend.total) == (2, 2.5)
        assert by_store.arms[0].metrics["tap_rate"].units == 1

    with_store(tmp_path, work)


def test_the_taps_on_a_shared_list_are_counted_by_arm(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        book = await ordered(file, EXPERIMENT.model_copy(update={"interleave": True}))
        one = answer(1, "dense", arms={"denser-shelf": "interleaved"})
        await noted(file, [one], [Feedback(one.answer, GTIN, "tapped", NOON)])
        assert await tally_once(book, UTC, NOON) == 1
        ((event),) = await told(file)
        wins = {
            arm.arm: arm.metrics["team_wins"].total
            for arm in event.arms
            if "team_wins" in arm.metrics
        }
        assert wins == {"control": 0.0, "dense": 1.0}

    with_store(tmp_path, work)


def test_nothing_is_told_of_what_is_over_not_begun_or_expired(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        later = EXPERIMENT.model_copy(update={"first": NOON})
        book = await ordered(file, later)
        await noted(file, [answer(1, "dense")])
        assert await tally_once(book, UTC, NOON) == 0
        book = await ordered(file, EXPERIMENT, counter=2)
        assert await tally_once(book, UTC, NOON + 30 * DAY) == 0
        book = await ordered(file, EXPERIMENT.model_copy(update={"last": NOON}), counter=3)
        assert await tally_once(book, UTC, NOON + 3 * DAY) == 0

    with_store(tmp_path, work)


def test_a_visit_sees_the_site_as_its_arm_sets_it(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        clock = FakeClock(NOON)
        trying = Trying(ExperimentTables(file, "s-0001", UTC), "s-0001", clock)
        site = FlatSite()
        before = await trying.visit(site, "visit", None, NOON)
        assert before.site is site
        await ordered(file, EXPERIMENT)
        clock.turn(FRESH)
        seen = [await trying.visit(site, f"visit {n}", None, NOON) for n in range(20)]
        assert {one.names["denser-shelf"] for one in seen} == {"control", "dense"}
        for one in seen:
            share = one.site.setting("shopper", "department_share", 0.5)
            assert share == (0.3 if one.names["denser-shelf"] == "dense" else 0.5)
            assert one.site.release == site.release
        assert json.dumps(dict(seen[0].names))

    with_store(tmp_path, work)
