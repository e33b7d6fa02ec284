"""What stores learn of plays, and what the centre hears of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.adapters.answer_tables import FeedbackTables
from edge_agent.adapters.media_lessons import MediaLessonTables
from edge_agent.adapters.media_orders import MediaOrderTables
from edge_agent.adapters.media_reads import MediaReadTables
from edge_agent.adapters.media_reports import MediaReportTables
from edge_agent.core.media.attribution import Windows
from edge_agent.loops.run_media import MediaHouse, learn_once, tell_once
from edge_agent.ports.answers import Feedback
from edge_agent.ports.media import PlaceAsk
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.shopper_events import LeaseClosed, MediaAnswered, MediaPlayed
from tests.edge_agent.adapters.media_store import SLOT, desk, lease, order, stocked
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.edge_agent.core.media.campaigns import DAY, MILK, NOON, OATS, RICE, campaign

WINDOWS = Windows(shopper=DAY, store=timedelta(minutes=15))
ASK = PlaceAsk(SLOT, house=(RICE,))
MINUTE = timedelta(minutes=1)
HOUSE = MediaHouse(UTC, 30 * DAY)


def lessons(file: SqliteFile) -> MediaLessonTables:
    return MediaLessonTables(file, UTC, WINDOWS)


async def sold(
    file: SqliteFile, line: int, at: datetime, gtin: str = OATS, shopper: str | None = None
) -> None:
    values = ("t1", line, gtin, 2.0, 3.98, at.isoformat(), at.date().isoformat(), shopper)
    await file.write(
        lambda db: db.execute("INSERT INTO sale_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", values)
    )


async def outcomes(file: SqliteFile) -> list[tuple[object, ...]]:
    return await rows(file, "SELECT play, what, units, amount FROM play_outcomes ORDER BY what")


def test_a_tap_and_the_sale_that_followed_belong_to_the_play_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        (placed,) = await desk(file).place(ASK, NOON)
        play = placed.play or ""
        tap = Feedback(play, OATS, "tapped", NOON + MINUTE)
        other = Feedback(play, MILK, "tapped", NOON + MINUTE)
        await FeedbackTables(file).take([tap, other])
        await sold(file, 1, NOON + 2 * MINUTE)
        await sold(file, 2, NOON + 3 * MINUTE)
        assert await lessons(file).match(NOON + 5 * MINUTE) == 2
        assert await lessons(file).match(NOON + 6 * MINUTE) == 0
        assert await outcomes(file) == [(play, "bought", 2.0, 3_980_000), (play, "tapped", 0.0, 0)]

    with_store(tmp_path, work)


def test_a_shopper_who_agreed_has_longer(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        await desk(file).place(PlaceAsk(SLOT, shopper="p-1"), NOON)
        await sold(file, 1, NOON + 60 * MINUTE, shopper="p-2")
        assert await lessons(file).match(NOON + 90 * MINUTE) == 0
        await sold(file, 2, NOON + 80 * MINUTE, shopper="p-1")
        assert await lessons(file).match(NOON + 90 * MINUTE) == 1

    with_store(tmp_path, work)


def test_the_centre_hears_of_plays_before_outcomes_and_of_leases_last(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, leases=[lease(until=NOON + MINUTE), lease("oats-2", 100_000)]))
        for seed in range(2):
            await desk(file, seed=seed).place(ASK, NOON + seed * 2 * MINUTE)
        await sold(file, 1, NOON + 3 * MINUTE)
        await lessons(file).match(NOON + 4 * MINUTE)
        reports = MediaReportTables(file)
        assert await reports.outcomes(NOON) == 0
        assert await reports.leases(NOON + 4 * MINUTE) == 0
        await tell_once(reports, NOON + 4 * MINUTE)
        await tell_once(reports, NOON + 5 * MINUTE)
        played, answered, *closed = await told(file)
        assert isinstance(played, MediaPlayed)
        assert isinstance(answered, MediaAnswered)
        assert answered.outcomes[0].play == played.plays[1].play
        assert [
            (one.lease, one.spent, one.plays) for one in closed if isinstance(one, LeaseClosed)
        ] == [("oats-1", 100_000, 1), ("oats-2", 100_000, 1)]

    with_store(tmp_path, work)


def test_a_closed_lease_is_spent_no_more_even_when_it_is_ordered_again(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        short = lease(until=NOON + MINUTE)
        await stocked(file, order(1, leases=[short]))
        await tell_once(MediaReportTables(file), NOON + 2 * MINUTE)
        await MediaOrderTables(file).obey(order(2, leases=[short]))
        await file.write(lambda db: db.execute("DELETE FROM media_order"))  # forgets the time
        assert (await desk(file).place(ASK, NOON))[0].policy == "house"
        await tell_once(MediaReportTables(file), NOON + 3 * MINUTE)
        assert len(await told(file)) == 2  # the lease, and the house's play

    with_store(tmp_path, work)


def test_pacing_makes_scarce_money_dear_and_plenty_cheap(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        rivals = [campaign(), campaign("milk", gtins=(MILK,), bid=900_000)]
        leases = [
            lease("oats-1", 3_000_000, NOON + 10 * DAY),
            lease("milk-1", 9_000_000_000, NOON + 10 * DAY),
        ]
        await stocked(file, order(1, rivals, leases))
        asked = desk(file)
        for n in range(60):
            await asked.place(ASK, NOON + n * MINUTE)
        await lessons(file).pace(NOON + 60 * MINUTE)
        paces = dict(await rows(file, "SELECT campaign, shadow FROM media_paces"))
        assert paces["oats"] > 0.1
        assert paces["milk"] < 0.01
        (placed,) = await asked.place(ASK, NOON + 61 * MINUTE)
        assert placed.gtin == MILK

    with_store(tmp_path, work)


def test_a_store_that_knows_its_weeks_expects_them_again(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, leases=[lease(amount=24 * 7_000_000, until=NOON + 7 * DAY)]))
        hours = [
            ((NOON - n * timedelta(hours=1)).strftime("%Y-%m-%dT%H"), 7) for n in range(1, 999)
        ]
        await file.write(lambda db: db.executemany("INSERT INTO media_hours VALUES (?, ?)", hours))
        await lessons(file).pace(NOON)
        ((rate,),) = await rows(file, "SELECT rate FROM media_paces")
        assert abs(rate / (24 * 7_000_000 / (7 * 24 * 7)) - 1) < 0.05

    with_store(tmp_path, work)


def test_what_was_answered_is_learned_when_a_day_has_ended(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, leases=[lease(amount=900_000_000)]))
        asked = desk(file)
        for n in range(40):
            (placed,) = await asked.place(PlaceAsk(SLOT, scores={OATS: 1.0}), NOON + n * MINUTE)
            if n % 2:
                tap = Feedback(placed.play or "", OATS, "tapped", NOON + n * MINUTE)
                await FeedbackTables(file).take([tap])
        learned = await learn_once(lessons(file), HOUSE, NOON + DAY, None)
        assert learned == (NOON + DAY).date()
        assert await rows(file, "SELECT * FROM media_tallies") == [("oats", 3, 40, 20)]
        assert (
            await learn_once(lessons(file), HOUSE, datetime(1970, 1, 1, tzinfo=UTC), None) is None
        )

    with_store(tmp_path, work)


def test_only_what_was_told_is_forgotten_and_leases_never(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        await desk(file).place(ASK, NOON)
        late = NOON + 60 * DAY
        assert await lessons(file).forget(late) == 0
        await tell_once(MediaReportTables(file), late)
        assert await lessons(file).forget(late) == 1
        assert await rows(file, "SELECT * FROM plays") == []
        assert len(await rows(file, "SELECT * FROM leases")) == 1

    with_store(tmp_path, work)


def test_how_media_stands_adds_up(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        both = [campaign(), campaign("milk", gtins=(MILK,), holdout=1.0, bid=2_000_000)]
        await stocked(file, order(1, both, [lease(), lease("milk-1")]))
        await desk(file).place(PlaceAsk(SLOT, session="a"), NOON)
        await sold(file, 1, NOON + MINUTE)
        await lessons(file).match(NOON + 2 * MINUTE)
        found = await MediaReadTables(file).media(NOON)
        milk, oats = found.campaigns
        assert (milk.plays, milk.held_out, milk.spent, milk.left) == (0, 1, 0, 10_000_000)
        assert (oats.plays, oats.bought, oats.spent) == (1, 1, 100_000)
        assert oats.left == 10_000_000 - 100_000
        assert (found.untold, len(found.leases)) == (2, 2)

    with_store(tmp_path, work)
