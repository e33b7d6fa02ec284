import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.adapters.media_orders import MediaOrderTables
from edge_agent.adapters.media_reads import MediaReadTables
from edge_agent.adapters.media_reports import MediaReportTables
from edge_agent.loops.run_media import tell_once
from edge_agent.ports.kiosk import StoreUnwritableError
from edge_agent.ports.media import PlaceAsk
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.media import Play
from endcap.wire.shopper_events import LeaseClosed, MediaPlayed
from tests.edge_agent.adapters.media_store import SLOT, desk, lease, order, stocked
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.edge_agent.core.media.campaigns import DAY, MILK, NOON, OATS, RICE, campaign

ASK = PlaceAsk(SLOT, house=(RICE, MILK))


async def spent(file: SqliteFile) -> list[tuple[Any, ...]]:
    return await rows(file, "SELECT lease, spent, plays FROM leases ORDER BY lease")


def test_a_play_is_written_and_paid_in_one_write(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        (placed,) = await desk(file).place(ASK, NOON)
        assert (placed.gtin, placed.policy) == (OATS, "auction")
        assert placed.campaign == campaign()
        assert await spent(file) == [("oats-1", 100_000, 1)]
        ((body,),) = await rows(file, "SELECT body FROM plays")
        play = Play.model_validate_json(body)
        assert (play.play, play.price, play.lease) == (placed.play, 100_000, "oats-1")

    with_store(tmp_path, work)


def test_without_campaigns_the_house_offers_and_nothing_is_written(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        placed = await desk(file).place(PlaceAsk(SLOT, limit=3, house=(RICE, MILK)), NOON)
        assert [(one.gtin, one.policy, one.play) for one in placed] == [
            (RICE, "house", None),
            (MILK, "house", None),
        ]
        assert await rows(file, "SELECT * FROM plays") == []

    with_store(tmp_path, work)


def test_a_page_never_shows_rivals_or_an_item_twice(tmp_path: Path) -> None:
    both = [
        campaign("oats", rival_group="x"),
        campaign("milk", rival_group="x", gtins=(MILK,), bid=900_000),
        campaign("more", gtins=(OATS,), bid=800_000),
    ]
    leases = [lease("oats-1"), lease("milk-1"), lease("more-1")]

    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, both, leases))
        placed = await desk(file).place(PlaceAsk(SLOT, limit=3, house=(OATS, MILK)), NOON)
        assert [(one.gtin, one.policy) for one in placed] == [(OATS, "auction"), (MILK, "house")]

    with_store(tmp_path, work)


_SINCE = "2026-03-02T11:00:00+00:00"


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("stock", (OATS, 0, _SINCE)),
        ("gaps", ("aisle-1", "f1", OATS, _SINCE, None, 0.9, None, None)),
    ],
)
def test_what_shelf_or_stock_lacks_is_not_advertised_from_that_moment(
    tmp_path: Path, table: str, values: tuple[object, ...]
) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, [campaign(gtins=(OATS, MILK))]))
        await file.write(lambda db: db.execute(_FACING, (OATS,)))
        (before,) = await desk(file).place(ASK, NOON)
        marks = ", ".join("?" * len(values))
        insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - constants
        await file.write(lambda db: db.execute(insert, values))
        (after,) = await desk(file).place(ASK, NOON)
        assert (before.gtin, after.gtin) == (OATS, MILK)
        assert after.campaign

    with_store(tmp_path, work)


_FACING = """
INSERT INTO facings (camera, facing, gtin, x, y, w, h) VALUES ('aisle-1', 'f1', ?, 0, 0, 1, 1)
"""


def test_what_only_older_people_may_buy_is_not_advertised(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, [campaign(gtins=(RICE,))]))
        (placed,) = await desk(file).place(ASK, NOON)
        assert placed.campaign is None

    with_store(tmp_path, work)


def test_categories_of_basket_and_page_count(tmp_path: Path) -> None:
    dairy = campaign(categories=("Dairy",))

    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, [dairy]))
        shown = [
            (await desk(file).place(ask, NOON))[0].policy
            for ask in (
                ASK,
                PlaceAsk(SLOT, basket=(MILK,), house=(RICE,)),
                PlaceAsk(SLOT, about=("DAIRY",), house=(RICE,)),
            )
        ]
        assert shown == ["house", "auction", "auction"]

    with_store(tmp_path, work)


def test_caps_hold_by_session_and_by_screen_and_hour(tmp_path: Path) -> None:
    capped = campaign(per_session=2, per_hour=3)

    async def played(file: SqliteFile, session: str, at: datetime) -> str:
        ask = PlaceAsk(SLOT, session=session, house=(RICE,))
        return (await desk(file, seed=at.minute).place(ask, at))[0].policy

    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, [capped]))
        minutes = [NOON + timedelta(minutes=n) for n in range(5)]
        shown = [
            await played(file, session, at)
            for session, at in zip(["a", "a", "a", "b", "c"], minutes, strict=True)
        ]
        assert shown == ["auction", "auction", "house", "auction", "house"]
        assert await played(file, "d", NOON + timedelta(minutes=62)) == "auction"

    with_store(tmp_path, work)


def test_a_missing_campaign_is_over_and_its_lease_goes_on(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        orders = MediaOrderTables(file)
        await orders.obey(order(2, [campaign("milk", gtins=(MILK,))], []))
        assert (await desk(file).place(ASK, NOON))[0].policy == "house"
        await orders.obey(order(3, [campaign()], []))
        assert (await desk(file).place(ASK, NOON))[0].policy == "auction"

    with_store(tmp_path, work)


def test_a_lease_that_comes_again_counts_once(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        await desk(file).place(ASK, NOON)
        await MediaOrderTables(file).obey(order(2, leases=[lease(amount=99_000_000)]))
        found = await rows(file, "SELECT amount, spent FROM leases")
        assert found == [(10_000_000, 100_000)]

    with_store(tmp_path, work)


def test_a_clock_that_was_set_back_or_never_set_spends_nothing_that_is_over(
    tmp_path: Path,
) -> None:
    async def work(file: SqliteFile) -> None:
        short = lease(until=NOON + timedelta(minutes=5))
        long = lease("milk-1")
        two = [campaign(), campaign("milk", gtins=(MILK,), bid=500_000)]
        await stocked(file, order(1, two, [short, long]))
        (late,) = await desk(file).place(ASK, NOON + timedelta(minutes=6))
        assert late.gtin == MILK
        (back,) = await desk(file, seed=2).place(ASK, NOON)
        assert back.gtin == MILK
        (unset,) = await desk(file, seed=3).place(ASK, datetime(1970, 1, 1, tzinfo=UTC))
        assert (unset.policy, unset.play) == ("house", None)

    with_store(tmp_path, work)


def test_the_floor_of_time_ends_leases(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        floor = (NOON + 2 * DAY).isoformat()
        await file.write(
            lambda db: db.execute("INSERT INTO meta VALUES ('time_floor', ?)", (floor,))
        )
        assert (await desk(file).place(ASK, NOON))[0].policy == "house"

    with_store(tmp_path, work)


def test_who_is_held_out_sees_the_house_and_the_withheld_play_is_kept(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, [campaign(holdout=1.0)]))
        (placed,) = await desk(file).place(PlaceAsk(SLOT, session="s", house=(RICE,)), NOON)
        assert placed.policy == "house"
        found = await rows(file, "SELECT policy, campaign, price, lease FROM plays ORDER BY policy")
        assert found == [("holdout", "oats", 0, None), ("house", None, 0, None)]
        assert await spent(file) == [("oats-1", 0, 0)]

    with_store(tmp_path, work)


def test_a_disk_that_refuses_plays_and_pays_nothing(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await stocked(file)
        await file.write(lambda db: db.execute(_REFUSE))
        with pytest.raises(StoreUnwritableError):
            await desk(file).place(ASK, NOON)
        assert await spent(file) == [("oats-1", 0, 0)]
        assert await rows(file, "SELECT * FROM plays") == []

    with_store(tmp_path, work)


_REFUSE = "ALTER TABLE media_hours RENAME COLUMN places TO gone"


@given(
    amounts=st.lists(st.integers(1, 500_000), min_size=1, max_size=3),
    steps=st.lists(st.sampled_from(["play", "tell", "order", "later"]), max_size=25),
    seed=st.integers(0, 999),
)
@settings(max_examples=25)
def test_money_adds_up_in_any_interleaving(amounts: list[int], steps: list[str], seed: int) -> None:
    """Never above a lease; what leases spent is what plays cost; every play is told once."""
    leases = [
        lease(f"oats-{n}", amount, NOON + timedelta(hours=n + 2))
        for n, amount in enumerate(amounts)
    ]
    rivals = [campaign(), campaign("milk", gtins=(MILK,), bid=300_000)]

    async def work(file: SqliteFile) -> None:
        await stocked(file, order(1, rivals, [*leases, lease("milk-1", 400_000)]))
        at, counter, plays = NOON, 1, desk(file, explore=0.3, seed=seed)
        for step in steps:
            if step == "play":
                asks = (PlaceAsk(SLOT, limit=2, house=(RICE,)), ASK, ASK)
                await asyncio.gather(*(plays.place(ask, at) for ask in asks))
            elif step == "tell":
                await tell_once(MediaReportTables(file), at)
            elif step == "order":
                counter += 1
                await MediaOrderTables(file).obey(order(counter, rivals, leases))
            else:
                at += timedelta(minutes=40)
        await tell_once(MediaReportTables(file), at + 3 * DAY)
        await check(file)

    with TemporaryDirectory() as folder:
        with_store(Path(folder), work)


async def check(file: SqliteFile) -> None:
    """Check that the ledger of plays adds up, to the end of its telling."""
    events = await told(file)
    plays = [one for event in events if isinstance(event, MediaPlayed) for one in event.plays]
    closed = [event for event in events if isinstance(event, LeaseClosed)]
    kept = await rows(file, "SELECT play FROM plays")
    assert sorted(one.play for one in plays) == sorted(name for (name,) in kept)
    for name, amount, gone, number in await rows(
        file, "SELECT lease, amount, spent, plays FROM leases"
    ):
        own = [one.price for one in plays if one.lease == name]
        assert (sum(own), len(own)) == (gone, number)
        assert gone <= amount
        assert [(one.spent, one.plays) for one in closed if one.lease == name] == [(gone, number)]
    standing = await MediaReadTables(file).media(NOON)
    assert standing.untold == 0
    assert sum(one.spent for one in standing.campaigns) == sum(one.price for one in plays)
