"""Two makings against what happened, and baskets with one item hidden."""

from datetime import date

from edge_agent.core.demand import Forecast
from edge_agent.core.exam import Making, basket_truths, forecast_truths, hide_one
from edge_agent.core.scoring import Sold
from edge_agent.core.trial import Truths

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def expecting(*units: tuple[str, date, float]) -> Making:
    """Forecasts that are sure of one figure: their loss is the absolute error."""
    return Making(
        (0.5,), [Forecast(gtin, day, expected, (expected,)) for gtin, day, expected in units]
    )


def test_an_item_counts_once_and_its_days_each() -> None:
    sold = {MONDAY: {"a": Sold(4.0, 1.0)}, TUESDAY: {"a": Sold(4.0, 1.0), "b": Sold(9.0, 1.0)}}
    mine = expecting(("a", MONDAY, 3.0), ("a", TUESDAY, 4.0), ("b", TUESDAY, 0.0))
    its = expecting(("a", MONDAY, 4.0), ("a", TUESDAY, 2.0), ("b", TUESDAY, 9.0))
    assert forecast_truths(mine, its, sold) == Truths(3, 10 / 3, 2 / 3, better=1, worse=1)


def test_what_is_not_among_the_sales_sold_nothing() -> None:
    mine, its = expecting(("a", MONDAY, 1.0)), expecting(("a", MONDAY, 2.0))
    assert forecast_truths(mine, its, {MONDAY: {}}) == Truths(1, 1.0, 2.0, better=1)


def test_what_was_missing_tells_nothing_of_its_demand() -> None:
    mine, its = expecting(("a", MONDAY, 1.0)), expecting(("a", MONDAY, 2.0))
    assert forecast_truths(mine, its, {MONDAY: {"a": Sold(0.0, 0.2)}}) == Truths()


def test_who_says_too_little_of_a_slow_item_is_not_the_better_one() -> None:
    days = [date(2026, 3, day) for day in range(1, 11)]
    sold = {day: {"slow": Sold(3.0 if day.day > 7 else 0.0, 1.0)} for day in days}
    levels = (0.1, 0.5, 0.9)
    honest = Making(levels, [Forecast("slow", day, 0.9, (0.0, 0.0, 3.0)) for day in days])
    low = Making(levels, [Forecast("slow", day, 0.0, (0.0, 0.0, 0.0)) for day in days])
    found = forecast_truths(honest, low, sold)
    assert found.error < found.champion_error


def test_models_without_a_quantile_in_common_are_not_compared() -> None:
    mine, its = Making((0.4,), ()), Making((0.5,), ())
    assert forecast_truths(mine, its, {}) == Truths()


def test_one_item_of_a_basket_is_hidden_always_the_same() -> None:
    assert hide_one(["c", "a", "b", "a"]) == (frozenset({"a", "c"}), "b")
    assert hide_one(["b", "a"]) == (frozenset({"a"}), "b")


def test_the_error_of_a_recommender_is_the_share_it_missed() -> None:
    found = [(True, True), (False, True), (False, False), (True, False)]
    assert basket_truths(found) == Truths(4, 0.5, 0.5, better=1, worse=1)
