import numpy as np

from endcap.models.shopper.figures import (
    Figures,
    Receipts,
    figures_of,
    lately,
    no_kinds,
    of_one_store,
)

MONDAY, THURSDAY = 20_006.0, 20_009.0


def receipts(*rows: tuple[int, int, float, float]) -> Receipts:
    """Return receipts of (visit, item, day, price), each by a shopper of its own."""
    visit, item, day, price = zip(*rows, strict=True)
    shopper = np.array(visit, dtype=np.int64)
    return Receipts(
        shopper, np.array(item), np.array(day), shopper, np.array(price, dtype=np.float32)
    )


def sold() -> Receipts:
    """Item 1 is in each of 40 baskets of the month; 2 is new on Tuesday, at 3 a piece."""
    usual = [(visit, 1, MONDAY - 0.5 - visit / 2, 2.0) for visit in range(40)]
    return receipts(*usual, (100, 2, MONDAY + 1.2, 3.0), (101, 2, MONDAY + 1.4, 3.0))


def chain() -> Figures:
    return figures_of(sold(), no_kinds(np.array([1, 2])), MONDAY)


def test_what_sells_of_late_is_as_of_the_moment_and_the_rest_stays() -> None:
    monday = chain()
    thursday = lately(monday, sold(), THURSDAY)
    assert monday.week.tolist() == [1.0, 0.0]
    assert np.isclose(thursday.week[1], 0.2)
    assert thursday.week[1] > thursday.month[1] > 0
    assert np.isnan(monday.paid[1])
    assert np.isclose(thursday.paid[1], 3.0)
    assert thursday.again is monday.again
    assert thursday.share is monday.share


def test_what_is_lately_made_anew_equals_what_was_made_at_once() -> None:
    at_once = figures_of(sold(), no_kinds(np.array([1, 2])), THURSDAY)
    later = lately(chain(), sold(), THURSDAY)
    for name in ("month", "week", "paid"):
        assert np.array_equal(getattr(later, name), getattr(at_once, name), equal_nan=True)


def test_a_stores_month_is_its_own_as_far_as_it_sold_enough() -> None:
    whole = chain()
    few = of_one_store(whole, receipts((7, 2, MONDAY - 1, 3.0)))
    many = of_one_store(whole, receipts(*((n, 2, MONDAY - 1, 3.0) for n in range(1000))))
    nothing = of_one_store(whole, sold().before(0.0))
    assert 0 < few.month[1] < 0.05
    assert many.month[1] > 0.9
    assert np.array_equal(nothing.month, whole.month)
    assert few.week is whole.week
