"""What is left of a file that was read, and of a row that was refused: no loyalty card."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed.cards import without_cards
from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.rows import MAX_LINE, Refused, read_rows
from edge_agent.core.feed.sales import FIRST_SALE, sales_shape

HEADER = b"transaction_id;shopper;units\n"
SHAPE = sales_shape(Times(UTC, FIRST_SALE, datetime(2030, 1, 1, tzinfo=UTC)))
SALES = b"transaction_id,line,gtin,units,amount,sold_at,shopper\n"


def kept(*lines: bytes) -> list[bytes]:
    return list(without_cards(lines))


def test_the_column_of_cards_is_emptied_and_the_rest_stays() -> None:
    assert kept(HEADER, b"t1;4711;2\n", b'"t;2";"47""11";1\n') == [
        HEADER,
        b"t1;;2\n",
        b'"t;2";;1\n',
    ]


def test_lines_that_cannot_be_cut_are_emptied_and_still_count() -> None:
    lines = (HEADER, b"t1;2;4711;8\n", b't1;"4711\n', b"t2;4711;" + b"9" * MAX_LINE + b"\n")
    assert kept(*lines, b"\n", b"t3;4711\n") == [HEADER, b"\n", b"\n", b"\n", b"\n", b"t3;\n"]


def test_json_lines_lose_the_card_alone() -> None:
    lines = (b'{"line": 1, " Shopper": "4711"}\n', b'{"line": 2}\n', b'{"shopper": "47\n')
    assert kept(*lines, b'["shopper", "4711"]\n') == [
        b'{"line": 1, " Shopper": null}\n',
        b'{"line": 2}\n',
        b"\n",
        b"\n",
    ]


def test_a_file_without_that_column_stays_as_it_is() -> None:
    lines = [b"gtin;price\n", b"4006381333931;1,99;;\n", b'"open\n']
    assert kept(*lines) == lines


def test_nothing_is_kept_below_a_header_that_cannot_be_read() -> None:
    assert kept(b'a,"b\n', b"4711,1\n") == [b'a,"b\n', b"\n"]


@given(st.lists(st.binary(max_size=60).map(lambda part: part + b"\n"), max_size=6))
def test_whatever_a_file_holds_its_lines_keep_their_numbers(lines: list[bytes]) -> None:
    assert len(kept(SALES, *lines)) == 1 + len(lines)


@pytest.mark.parametrize(
    "lines",
    [
        (b"4711,a,b\n",),
        (SALES, b"t1,1,4711,1,1,2026-01-05,x\n"),
        (SALES, b"t1,1,4006381333931,1,1,2026-01-05,x,4711\n"),
        (b'{"transaction_id": "t", "line": "4711", "shopper": "x"}\n',),
    ],
    ids=["no header", "a slipped column", "a cell too many", "JSON"],
)
def test_a_refusal_does_not_repeat_what_may_be_a_card(lines: tuple[bytes, ...]) -> None:
    [refused] = read_rows(lines, SHAPE)
    assert isinstance(refused, Refused)
    assert refused.raw == ""
    assert "4711" not in refused.reason


def test_a_refusal_of_a_file_that_names_nobody_shows_the_line() -> None:
    lines = (SALES.replace(b",shopper", b""), b"t1,1,4711,1,1,2026-01-05\n")
    [refused] = read_rows(lines, SHAPE)
    assert isinstance(refused, Refused)
    assert (refused.raw, "4711" in refused.reason) == ("t1,1,4711,1,1,2026-01-05", True)
