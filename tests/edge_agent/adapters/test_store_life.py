"""Who the store is, how often it started, what fails, and what the centre told of the future."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from edge_agent.adapters.feed_tables import FeedTables
from edge_agent.adapters.store_life import HealthTable, Identity, begin_life
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.commands import Feed, LocalEvent, PriceChange, Promotion, Weather
from endcap.wire.events import HealthChanged, StoreStarted
from tests.edge_agent.adapters.store_file import told, with_store

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = AT.date()
DAY = timedelta(days=1)
MILK = "04006381333931"


def random_bytes(size: int) -> bytes:
    return bytes(range(size))


async def begin(file: SqliteFile) -> Identity:
    return await begin_life(file, "0.1.0", "x86_mini", AT, random_bytes)


def failing(part: str = "camera.a", code: str = "no-link") -> HealthChanged:
    return HealthChanged(part=part, ok=False, code=code, detail="no answer")


def test_a_store_keeps_its_identity_and_counts_its_starts(tmp_path: Path) -> None:
    first = with_store(tmp_path, begin)
    second = with_store(tmp_path, begin)
    assert first == Identity("0001020304050607", 1, random_bytes(32))
    assert second == Identity(first.epoch, 2, first.shopper_key)
    assert [one.starts for one in with_store(tmp_path, told) if isinstance(one, StoreStarted)] == [
        1,
        2,
    ]


def test_the_shoppers_key_is_not_shown() -> None:
    assert "key" not in repr(Identity("00" * 8, 1, b"secret"))


def test_a_failure_is_told_once_at_each_end(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        health = HealthTable(file)
        well = HealthChanged(part="camera.a", ok=True, code="recovered")
        for change in (failing(), failing(), failing(code="dark"), well, well):
            await health.record(change, AT)
        assert await told(file) == [failing(), failing(code="dark"), well]
        await health.record(failing("broker"), AT)
        assert await health.failing() == ("broker",)

    with_store(tmp_path, work)


def test_a_start_ends_the_failures_of_the_run_before(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await HealthTable(file).record(failing(), AT)
        await begin(file)
        assert await HealthTable(file).failing() == ()
        assert await told(file) == [
            failing(),
            StoreStarted(agent="0.1.0", device="x86_mini", starts=1),
            HealthChanged(part="camera.a", ok=True, code="started-anew"),
        ]

    with_store(tmp_path, work)


def feed(version: int, *days: date, price: float = 1.0) -> Feed:
    return Feed(
        version=version,
        prices=tuple(
            PriceChange(gtin=MILK, price=price, since=datetime(d.year, d.month, d.day, tzinfo=UTC))
            for d in days
        ),
        promotions=tuple(Promotion(gtin=MILK, first=d, last=d, discount=0.2) for d in days),
        weather=tuple(Weather(day=d, temperature=20.0, rain=1.5) for d in days),
        local_events=tuple(LocalEvent(day=d, name="match") for d in days),
    )


def test_a_feed_is_kept_as_it_was_said(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        tables = FeedTables(file)
        assert (await tables.outlook()).version == 0
        said = feed(3, TODAY + DAY)
        assert await tables.take(said, AT)
        outlook = await tables.outlook()
        assert outlook.version == 1  # what is known has changed once
        assert outlook.prices == said.prices
        assert outlook.promotions == said.promotions
        assert outlook.weather == said.weather
        assert outlook.local_events == said.local_events

    with_store(tmp_path, work)


def test_a_newer_feed_replaces_the_future_and_keeps_the_past(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        tables = FeedTables(file)
        await tables.take(feed(3, TODAY - DAY, TODAY + DAY), AT)
        assert not await tables.take(feed(3, TODAY + 2 * DAY), AT)
        assert not await tables.take(feed(2, TODAY + 2 * DAY), AT)
        assert await tables.take(feed(4, TODAY + 3 * DAY), AT)
        outlook = await tables.outlook()
        days = [TODAY - DAY, TODAY + 3 * DAY]
        assert [one.since.date() for one in outlook.prices] == days
        assert [one.first for one in outlook.promotions] == days
        assert [one.day for one in outlook.weather] == days
        assert [one.day for one in outlook.local_events] == days

    with_store(tmp_path, work)
