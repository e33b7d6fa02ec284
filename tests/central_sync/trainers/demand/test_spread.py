"""What is learned of a forecast's centre and of the spread about it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from central_sync.trainers.demand.centre import STEADY, YEARS, Centre, steadiness, with_years
from central_sync.trainers.demand.effort import LARGE, MEDIUM, SMALL, effort_for
from central_sync.trainers.demand.forgetting import DATES, GROUPS, SHARE, forgetful
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.levels import LEVELS, MEDIAN
from central_sync.trainers.demand.sample import Rows, split, training_rows
from central_sync.trainers.demand.spread import calibrated, fit_spread
from central_sync.trainers.demand.trees import bounded_share, holds
from endcap.models.demand.features import FEATURES
from endcap.models.demand.recent import UNKNOWN
from tests.central_sync.trainers.demand import folders


class Always:
    """A booster that always answers the same."""

    def __init__(self, answer: float) -> None:
        self.answer = answer

    def predict(self, features: np.ndarray, num_threads: int) -> np.ndarray:
        return np.full(len(features) * num_threads, self.answer)


def noisy(rng: np.random.Generator, width: float, rows: int = 4_000) -> Rows:
    """Return rows whose truth lies about 1 in a bell of this width."""
    return Rows(
        features=rng.random((rows, 20)).astype(np.float32),
        target=np.maximum(rng.normal(1.0, width, rows), 0.0),
        level=np.ones(rows),
        series=np.arange(rows),
        period=np.arange(rows) // 100,
        real=np.ones(rows, dtype=np.bool_),
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    data = folders.lake(tmp_path_factory.mktemp("lake"))
    return training_rows(read(data), most=4_000, rng=np.random.default_rng(0))


def test_the_median_counts_only_where_items_sell_daily() -> None:
    features = np.zeros((4, len(FEATURES)), dtype=np.float32)
    features[:, STEADY] = (0.0, 0.125, 0.5, UNKNOWN)
    np.testing.assert_allclose(steadiness(features), (1.0, 0.5, 0.0, 1.0))
    centre = Centre(mean=Always(2.0), median=Always(1.0), share=0.5)
    np.testing.assert_allclose(centre.predict(features), (1.5, 1.75, 2.0, 1.5))


def yearly(shape: float) -> Rows:
    """Return rows that sold 1, of which every other knows this shape of the year."""
    rows = noisy(np.random.default_rng(2), 0.0, rows=100)
    features = np.full((100, len(FEATURES)), UNKNOWN, dtype=np.float32)
    features[::2, YEARS] = shape
    return replace(rows, features=features)


def test_the_year_counts_as_far_as_it_errs_less() -> None:
    trees = Centre(mean=Always(2.0), median=Always(2.0), share=0.4)
    right, wrong = yearly(1.0), yearly(3.0)
    drawn = with_years(trees, right)
    assert drawn.years == 0.5
    np.testing.assert_allclose(drawn.predict(right.features), np.tile((1.5, 2.0), 50))
    assert with_years(trees, wrong).years == 0.0
    assert with_years(drawn, yearly(UNKNOWN)).years == 0.0


def test_a_median_holds_on_later_weeks_but_for_chance() -> None:
    late, centre = yearly(UNKNOWN), np.full(100, 1.2)
    assert holds(late, centre, np.ones(100))
    assert holds(late, centre, np.full(100, 0.7995))
    assert not holds(late, centre, np.full(100, 0.79))


def test_a_point_forecast_takes_of_the_median_what_leaves_its_sum_near_the_means() -> None:
    rows, mean, centre = yearly(UNKNOWN), np.ones(100), np.full(100, 0.99)
    assert bounded_share(rows, mean, centre, np.full(100, 0.94)) == pytest.approx(0.1)
    assert bounded_share(rows, mean, centre, np.full(100, 0.986)) == 1.0
    assert bounded_share(rows, mean, np.full(100, 0.98), np.full(100, 0.94)) == 0.0
    assert bounded_share(rows, mean, centre, np.full(100, 1.01)) == 1.0
    assert bounded_share(rows, mean, centre, np.full(100, 1.03)) == 0.0


def test_a_week_of_luck_does_not_move_the_share_of_the_median() -> None:
    rows, mean, median = yearly(UNKNOWN), np.ones(100), np.full(100, 0.9)
    lucky = replace(rows, target=1.1 * rows.target)
    shares = [bounded_share(one, mean, mean, median) for one in (rows, lucky)]
    assert shares[0] == shares[1] == pytest.approx(0.15)


def test_a_spread_covers_what_it_names_on_the_weeks_it_was_calibrated_on() -> None:
    rng = np.random.default_rng(4)
    earlier, later = noisy(rng, 0.1), noisy(rng, 0.14)
    ones = np.ones(len(earlier))
    narrow = fit_spread(earlier, ones, SMALL, seed=1)
    wide = calibrated(narrow, later, ones)

    def covered(quantiles: np.ndarray) -> float:
        return float(
            ((later.target >= quantiles[:, 0]) & (later.target <= quantiles[:, -1])).mean()
        )

    assert covered(narrow.ratios(later.features)) < 0.84
    assert covered(wide.ratios(later.features)) == pytest.approx(0.9, abs=0.02)
    above = (later.target <= wide.ratios(later.features)[:, LEVELS.index(0.9)]).mean()
    assert above == pytest.approx(0.9, abs=0.02)
    np.testing.assert_allclose(
        wide.ratios(later.features)[:, MEDIAN], narrow.ratios(later.features)[:, MEDIAN], rtol=1e-3
    )


def test_too_few_rows_calibrate_nothing() -> None:
    rng = np.random.default_rng(4)
    spread = fit_spread(noisy(rng, 0.1), np.ones(4_000), SMALL, seed=1)
    assert calibrated(spread, noisy(rng, 0.5, rows=50), np.ones(50)) is spread


def test_each_group_is_forgotten_as_a_whole_in_a_share_of_the_rows(rows: Rows) -> None:
    known = split(rows, np.ones(len(rows), dtype=np.bool_))
    known.features[:] = np.maximum(known.features, 0.0)
    known.features[:, FEATURES.index("year_known")] = 1.0
    partly = forgetful(known, np.random.default_rng(0)).features
    for columns in GROUPS.values():
        gone = partly[:, columns] == UNKNOWN
        assert (gone.all(axis=1) == gone.any(axis=1)).all()
        assert gone.all(axis=1).mean() == pytest.approx(SHARE, abs=0.03)
    others = sorted(set(range(len(FEATURES))) - {place for c in GROUPS.values() for place in c})
    np.testing.assert_array_equal(partly[:, others], known.features[:, others])


def test_the_time_of_the_year_is_forgotten_until_a_year_was_seen(rows: Rows) -> None:
    young = replace(rows, features=np.ones_like(rows.features))
    old = replace(rows, features=np.ones_like(rows.features))
    young.features[:, FEATURES.index("year_known")] = 0.0
    short, longer = (forgetful(one, np.random.default_rng(0)).features for one in (young, old))
    assert (short[:, DATES] == UNKNOWN).all()
    assert (short[:, FEATURES.index("temperature_change")] == 1.0).any()
    assert (longer[:, DATES] == 1.0).any()


def test_a_row_knows_the_period_that_was_forecast(tmp_path: Path) -> None:
    sales = read(folders.lake(tmp_path, stores=1, items=3, days=40))
    rows = training_rows(sales, most=4_000, rng=np.random.default_rng(0))
    truth = sales.panel.units[rows.series, rows.period]
    np.testing.assert_allclose(rows.target * rows.level, truth)
    assert rows.period.max() == sales.first_test - 1


def test_many_series_are_worth_as_much_as_many_days() -> None:
    assert effort_for(80_000) is SMALL
    assert effort_for(400_000) is MEDIUM
    assert effort_for(2_000_000) is LARGE
    assert effort_for(400_000, series=5_500) is LARGE
