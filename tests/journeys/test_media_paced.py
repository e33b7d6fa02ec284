"""A store plays a flight through its real tables, and comes close to the best plan in hindsight."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path

import numpy as np

from central_sync.trainers.media.optimum import hindsight_optimum
from edge_agent.adapters.media_lessons import MediaLessonTables
from edge_agent.adapters.media_reports import MediaReportTables
from edge_agent.core.media.attribution import Windows
from edge_agent.core.media.relevance import FIRST_GUESS, context_of
from edge_agent.loops.run_media import tell_once
from edge_agent.ports.media import PlaceAsk
from endcap.models.media.auction import open_prices
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.shopper_events import MediaPlayed
from tests.edge_agent.adapters.media_store import SLOT, desk, lease, order, stocked
from tests.edge_agent.adapters.store_file import rows, told, with_store
from tests.edge_agent.core.media.campaigns import DAY, MILK, NOON, OATS, campaign

PLACES, PAST = 400, 200
BIDS = {"oats": 1_000_000, "milk": 900_000}
ITEMS = {"oats": OATS, "milk": MILK}
STEP = timedelta(minutes=30)


def flight() -> list[Mapping[str, float]]:
    """Return how the recommender scores the two items at each place."""
    drawn = np.random.default_rng(9).random((PLACES, 2))
    return [dict(zip(ITEMS.values(), row.tolist(), strict=True)) | {"other": 1.0} for row in drawn]


def worth(scores: Mapping[str, float]) -> list[float]:
    """Return what a place is worth to each campaign before anything was learned."""
    return [FIRST_GUESS[context_of(scores[ITEMS[name]], 1.0)] * bid for name, bid in BIDS.items()]


def test_a_store_paces_its_leases_and_every_micro_is_in_a_told_play(tmp_path: Path) -> None:
    places = flight()
    values = np.array([worth(one) for one in places])
    first = values.argmax(axis=1)
    paid = open_prices(values, 0.0)[np.arange(PLACES), first]
    budgets = (0.6 * np.bincount(first, weights=paid, minlength=2)).astype(np.int64)
    ends = NOON + PLACES * STEP

    async def work(file: SqliteFile) -> None:
        both = [
            campaign(name, gtins=(ITEMS[name],), bid=bid, per_hour=1000)
            for name, bid in BIDS.items()
        ]
        leases = [
            lease(f"{name}-1", int(budget), ends)
            for name, budget in zip(BIDS, budgets, strict=True)
        ]
        await stocked(file, order(1, both, leases, floor=0))
        known = [((NOON - n * STEP * 2).strftime("%Y-%m-%dT%H"), 2) for n in range(1, PAST)]
        await file.write(lambda db: db.executemany("INSERT INTO media_hours VALUES (?, ?)", known))
        lessons = MediaLessonTables(file, UTC, Windows(DAY, DAY))
        player = desk(file)
        for n, scores in enumerate(places):
            if n % 10 == 0:
                await lessons.pace(NOON + n * STEP)
            await player.place(PlaceAsk(SLOT, scores=scores, house=(OATS,)), NOON + n * STEP)
        await tell_once(MediaReportTables(file), ends)
        plays = [
            one
            for event in await told(file)
            if isinstance(event, MediaPlayed)
            for one in event.plays
        ]
        spent = sum(one.price for one in plays)
        welfare = sum(one.relevance * BIDS[one.campaign] for one in plays if one.campaign)
        best = hindsight_optimum(values, budgets.astype(float)).welfare
        assert [(spent,)] == await rows(file, "SELECT sum(spent) FROM leases")
        assert 0.95 * budgets.sum() < spent <= budgets.sum()
        assert 0.93 * best < welfare < 1.02 * best  # two last plays cost what was left

    with_store(tmp_path, work)
