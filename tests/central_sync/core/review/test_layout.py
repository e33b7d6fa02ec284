"""A reviewed facing is a row with every column that is promised."""

from central_sync.core.review.layout import FACING_COLUMNS, LAYOUT, LICENCE, about, facing_row
from tests.fakes.questions import question


def test_a_row_has_every_column() -> None:
    asked = question(3, reason="random", empty=0.25, sampled=0.1)
    row = facing_row("s-0001", asked, "low", 2)
    assert row.keys() == set(FACING_COLUMNS)
    assert (row["state"], row["people"], row["empty"], row["gtin"]) == ("low", 2, 0.25, "")
    assert (row["x0"], row["y1"]) == (0.2, 0.8)


def test_the_data_says_whose_it_is() -> None:
    assert about("x") == {"layout": LAYOUT, "name": "x", "licence": LICENCE}
