"""Candidates are examined on the store's own sales, once a closed day."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import numpy as np
import pytest

from edge_agent.adapters.basket_tables import BasketTables
from edge_agent.adapters.catalogue_tables import CatalogueTables
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.adapters.forecast_tables import ForecastTables
from edge_agent.adapters.sales_tables import DayTables
from edge_agent.adapters.score_tables import ScoreTables
from edge_agent.adapters.store_figures import FiguresOfStore
from edge_agent.adapters.trial_tables import TrialTables
from edge_agent.core.baskets import BasketRule
from edge_agent.core.feed.shelf import Item
from edge_agent.core.trial import Trial, TrialRules, verdict
from edge_agent.loops.examine_candidates import Exam, examine_once
from edge_agent.loops.tally_sales import Books, tally_once
from edge_agent.ports.models import Arrays
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.identifiers import check_digit
from tests.edge_agent.adapters.store_file import with_store
from tests.edge_agent.loops.test_make_forecasts import OPENING
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.flat_models import FlatSite
from tests.fakes.store_files import SALES_HEADER, dropped

ITEMS = [body + check_digit(body) for body in (f"0040000000{n:03d}" for n in range(30))]
KINDS = ("demand", "shopper")


@dataclass
class Pair:
    """Keeps the promises of edge_agent.ports.trials.Contenders."""

    pair: tuple[FlatSite, FlatSite] | None = None


class Recommending(FlatSite):
    """A site that also recommends: the items from `first` on; `broken` fails at all."""

    def __init__(
        self, release: int, *, factor: float = 1.0, first: int = 0, broken: bool = False
    ) -> None:
        super().__init__(release, factor=factor, kinds=KINDS)
        self.first, self.broken = first, broken

    def run(self, kind: str, feed: Arrays) -> Arrays:
        if self.broken:
            raise ModelUnusableError("it failed")
        if kind == "demand":
            return super().run(kind, feed)
        some = [int(gtin) for gtin in ITEMS[self.first : self.first + 10]]
        return {
            "items": np.array(some, dtype=np.int64),
            "scores": np.ones(len(some), dtype=np.float32),
        }


def exam(file: SqliteFile, pair: Pair) -> Exam:
    figures = FiguresOfStore(file, UTC, FakeClock())
    return Exam(pair, ForecastTables(file), ScoreTables(file), TrialTables(file), UTC, figures)


async def sell(file: SqliteFile, days: int = 60) -> None:
    """Sell two of each item a day, in baskets of three."""
    lines = []
    for day in (NOON.date() - timedelta(days=n) for n in range(1, days + 1)):
        for number, gtin in enumerate(ITEMS):
            lines.append(f"{day}-{number // 3},{number % 3 + 1},{gtin},2,4,{day}T10:00:00,,\n")
    content = dropped("till.csv", SALES_HEADER + "".join(lines))
    await SqliteIntake(file, UTC, CardReader(b"key")).take(content, NOON)
    books = Books(DayTables(file), BasketTables(file), ScoreTables(file))
    await tally_once(books, OPENING, BasketRule(2), NOON)


def test_nobody_is_examined_without_a_candidate_or_sales(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        pair = Pair()
        assert await examine_once(exam(file, pair), "", NOON) == ""
        pair.pair = Recommending(1), Recommending(2)
        assert await examine_once(exam(file, pair), "", NOON) == ""
        assert await TrialTables(file).truths(2) == {}

    with_store(tmp_path, work)


def test_both_are_asked_what_last_week_sold_and_what_baskets_hide(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file)
        pair = Pair((Recommending(1), Recommending(2, factor=3.0, first=20)))
        done = await examine_once(exam(file, pair), "", NOON)
        truths = await TrialTables(file).truths(2)
        demand, shopper = truths["demand"], truths["shopper"]
        assert (demand.count, demand.worse, demand.better) == (7 * len(ITEMS), len(ITEMS), 0)
        assert demand.error == pytest.approx(2.3)  # 3, 6 and 12 at .05, .5 and .95; 2 were sold
        assert demand.champion_error == pytest.approx(0.1)
        assert (shopper.count, shopper.better, shopper.worse) == (280, 84, 84)
        why = verdict(Trial(truths=truths), TrialRules())
        assert why.startswith("demand: mean error 2.3 against the champion's")
        pair.pair = Recommending(1), Recommending(3)
        again = await examine_once(exam(file, pair), done, NOON)
        assert again != done
        assert (await TrialTables(file).truths(3))["demand"].worse == 0
        assert await examine_once(exam(file, pair), again, NOON + timedelta(hours=1)) == again

    with_store(tmp_path, work)


def test_a_candidate_that_cannot_answer_what_the_champion_can_is_told(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file)
        pair = Pair((Recommending(1), Recommending(2, broken=True)))
        await examine_once(exam(file, pair), "", NOON)
        truths = await TrialTables(file).truths(2)
        assert truths["demand"].failed == 1
        assert truths["shopper"].failed == 280
        assert verdict(Trial(truths=truths), TrialRules())
        pair.pair = Recommending(1, broken=True), Recommending(3)
        await examine_once(exam(file, pair), "", NOON)
        assert await TrialTables(file).truths(3) == {}  # a champion that fails is no measure

    with_store(tmp_path, work)


class Ranking(Recommending):
    """A site that proposes every item, and ranks those with the highest (or lowest) GTIN first."""

    def __init__(self, release: int, *, upwards: bool) -> None:
        super().__init__(release)
        self._kinds, self.upwards = ("demand", "shopper", "shopper_ranker"), upwards

    def run(self, kind: str, feed: Arrays) -> Arrays:
        if kind == "shopper_ranker":
            order = np.arange(len(feed["features"]), dtype=np.float32)
            return {"scores": order if self.upwards else -order}
        if kind == "demand":
            return super().run(kind, feed)
        every = np.array([int(gtin) for gtin in ITEMS], dtype=np.int64)
        rest = every[~np.isin(every, feed["basket"])]
        return {"items": rest, "scores": np.ones(len(rest), dtype=np.float32)}


def test_rankers_are_asked_what_baskets_hide(tmp_path: Path) -> None:
    async def work(file: SqliteFile) -> None:
        await sell(file)
        await CatalogueTables(file).put([Item(gtin, gtin) for gtin in ITEMS])
        pair = Pair((Ranking(1, upwards=True), Ranking(2, upwards=False)))
        await examine_once(exam(file, pair), "", NOON)
        ranker = (await TrialTables(file).truths(2))["shopper_ranker"]
        assert ranker.count == 280
        assert ranker.better > 50
        assert ranker.worse > 50

    with_store(tmp_path, work)
