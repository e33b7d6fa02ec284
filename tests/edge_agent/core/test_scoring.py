"""Scores: on items that were there, of the release that forecast most."""

from datetime import date

from edge_agent.core.scoring import MOST_GROUPS, Expected, Sold, score
from endcap.wire.events import ForecastScored, GroupScore

DAY = date(2026, 3, 2)


def test_errors_are_added_up_over_items_in_stock() -> None:
    expected = [
        Expected("sold", 5.0, 3, "1.0.0"),
        Expected("unsold", 2.0, 3, "1.0.0"),
        Expected("missing", 9.0, 3, "1.0.0"),
    ]
    sold = {"sold": Sold(8.0, 1.0), "missing": Sold(0.0, 0.4)}
    assert score(DAY, expected, sold) == ForecastScored(
        day=DAY, release=3, model="1.0.0", items=2, units=8.0, absolute_error=5.0, error=-1.0
    )


def test_the_release_with_the_most_items_is_scored() -> None:
    expected = [
        Expected("a", 1.0, 1, "1.0.0"),
        Expected("b", 1.0, 2, "1.1.0"),
        Expected("c", 1.0, 2, "1.1.0"),
    ]
    scored = score(DAY, expected, {})
    assert scored is not None
    assert (scored.release, scored.model, scored.items) == (2, "1.1.0", 2)


def test_nothing_expected_is_not_scored() -> None:
    assert score(DAY, [], {"a": Sold(1.0, 1.0)}) is None


def test_what_lay_in_the_interval_is_counted_by_category_too() -> None:
    expected = [
        Expected("a", 3.0, 1, "1.0.0", 1.0, 5.0, "dairy"),
        Expected("b", 3.0, 1, "1.0.0", 1.0, 5.0, "dairy"),
        Expected("c", 9.0, 1, "1.0.0", 6.0, 12.0, "bread"),
    ]
    scored = score(DAY, expected, {"a": Sold(5.0, 1.0), "c": Sold(13.0, 1.0)})
    assert scored is not None
    assert scored.covered == 1
    assert scored.groups == (
        GroupScore(group="bread", items=1, covered=0, units=13, absolute_error=4, error=-4),
        GroupScore(group="dairy", items=2, covered=1, units=5, absolute_error=5, error=1),
    )


def test_without_an_interval_nothing_is_covered_or_not() -> None:
    scored = score(DAY, [Expected("a", 3.0, 1, "1.0.0")], {})
    assert scored is not None
    assert scored.covered is None
    assert scored.groups == ()


def test_of_very_many_categories_those_that_sold_most_are_told() -> None:
    many = [Expected(f"{n}", 1.0, 1, "1.0.0", 0.0, 2.0, f"c{n}") for n in range(MOST_GROUPS + 9)]
    sold = {f"{n}": Sold(float(n), 1.0) for n in range(MOST_GROUPS + 9)}
    scored = score(DAY, many, sold)
    assert scored is not None
    assert len(scored.groups) == MOST_GROUPS
    assert scored.groups[0].group == f"c{MOST_GROUPS + 8}"
