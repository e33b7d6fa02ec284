"""The four feeds: a row of each, and what each refuses."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.kinds import KEPT, FeedKind, Outcome, kind_of
from edge_agent.core.feed.rows import Accepted, Refused, Shape, read_rows
from edge_agent.core.feed.sales import FIRST_SALE, SaleLine, sales_shape
from edge_agent.core.feed.shelf import (
    Facing,
    Item,
    StockCount,
    catalogue_shape,
    planogram_shape,
    stock_shape,
)

T = TypeVar("T")

MILK = "04006381333931"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TIMES = Times(ZoneInfo("America/New_York"), FIRST_SALE, AT + timedelta(days=1))


def read(content: str, shape: Shape[T]) -> tuple[list[T], list[str]]:
    rows = list(read_rows(content.encode().splitlines(keepends=True), shape))
    return (
        [row.value for row in rows if isinstance(row, Accepted)],
        [row.reason for row in rows if isinstance(row, Refused)],
    )


def test_a_sale() -> None:
    sales, refused = read(
        "transaction_id,line,gtin,units,amount,sold_at,shopper,promotion\n"
        f't-1,1,{MILK},2,"1,98",2026-03-01T23:30:00,card-9,1\n',
        sales_shape(TIMES),
    )
    assert not refused
    assert sales == [
        SaleLine(
            transaction_id="t-1",
            line=1,
            gtin=MILK,
            units=2.0,
            amount=1.98,
            sold_at=datetime(2026, 3, 2, 4, 30, tzinfo=UTC),
            day=date(2026, 3, 1),
            shopper="card-9",
            promotion=True,
        )
    ]


def test_a_return_is_a_sale_below_zero_and_contradictions_are_refused() -> None:
    row = (
        '{{"transaction_id": 5, "line": 1, "gtin": "{}", "units": {}, "amount": {}, '
        '"sold_at": "2026-03-01T10:00"}}\n'
    )
    sales, refused = read(
        row.format(MILK, -1, -0.99) + row.format(MILK, -1, 0.99), sales_shape(TIMES)
    )
    [one] = sales
    assert isinstance(one, SaleLine)
    assert (one.transaction_id, one.units, one.shopper) == ("5", -1.0, None)
    assert refused == ["units -1 and amount 0.99 contradict: a return has both below zero"]


def test_a_sale_of_the_day_after_tomorrow_is_refused() -> None:
    _, refused = read(
        f"transaction_id,line,gtin,units,amount,sold_at\nt,1,{MILK},1,1,2026-03-05\n",
        sales_shape(TIMES),
    )
    assert refused == [
        "sold_at: a moment from 2000-01-01 to 2026-03-03T12:00Z is allowed, not '2026-03-05'"
    ]


def test_a_refusal_never_repeats_a_shoppers_card() -> None:
    _, refused = read(
        "transaction_id,line,gtin,units,amount,sold_at,shopper\n"
        f"t,1,{MILK},1,1,2026-03-01,=secret-card\n",
        sales_shape(TIMES),
    )
    assert refused == ["shopper: plain text of at most 80 characters is allowed"]


def test_the_catalogue_needs_a_gtin_and_a_name_only() -> None:
    items, refused = read(f"gtin,name\n{MILK},Milk\n{MILK},Milk again\n", catalogue_shape())
    assert items == [Item(MILK, "Milk")]
    assert refused == [f"{MILK} stands on line 2 already; once is allowed"]


def test_the_catalogue_takes_all_it_knows() -> None:
    items, _ = read(
        "gtin;name;brand;department;category;size;price\n"
        f"{MILK};Whole milk;Alp;Dairy;Milk;1 l;1,29\n",
        catalogue_shape(),
    )
    assert items == [Item(MILK, "Whole milk", "Alp", "Dairy", "Milk", "1 l", 1.29)]


def test_a_planogram_may_leave_the_item_open() -> None:
    facings, refused = read(
        f"camera,facing,gtin,x,y,w,h\naisle-1,a1,{MILK},0,0,0.5,1\naisle-1,a2,,0.5,0,0.5,1\n",
        planogram_shape(),
    )
    assert not refused
    assert facings == [
        Facing("aisle-1", "a1", MILK, 0.0, 0.0, 0.5, 1.0),
        Facing("aisle-1", "a2", None, 0.5, 0.0, 0.5, 1.0),
    ]


def test_a_rectangle_outside_the_picture_is_refused() -> None:
    rows = ("0.6,0,0.5,1", "0,0.6,1,0.5", "0,0,0,1", "0,0,1,0", "0,0,1.5,1")
    for row in rows:
        _, refused = read(f"camera,facing,x,y,w,h\nc-1,f-1,{row}\n", planogram_shape())
        assert len(refused) == 1


def test_a_count_of_stock_says_when_or_means_now() -> None:
    counts, _ = read(
        f"gtin,on_hand,counted_at\n{MILK},12,2026-03-01T08:00:00Z\n00000012345670,3,\n",
        stock_shape(TIMES, AT),
    )
    assert counts == [
        StockCount(MILK, 12.0, datetime(2026, 3, 1, 8, tzinfo=UTC)),
        StockCount("00000012345670", 3.0, AT),
    ]


def test_a_files_name_tells_its_kind() -> None:
    assert kind_of("PLANOGRAM.csv") is FeedKind.PLANOGRAM
    assert kind_of("catalogue-full.jsonl") is FeedKind.CATALOGUE
    assert kind_of("20260302.csv") is FeedKind.SALES


def test_an_outcome_counts_all_refusals_and_keeps_the_first() -> None:
    refusals = tuple(Refused(line, "why", "raw") for line in range(2, KEPT + 12))
    outcome = Outcome("f.csv", 0, 0).with_rows(1, refusals).with_rows(2, ())
    assert (outcome.accepted, outcome.refused, len(outcome.refusals)) == (3, KEPT + 10, KEPT)
    event = outcome.event()
    assert (event.accepted, event.refused, len(event.first_refusals)) == (3, KEPT + 10, 20)


def test_a_file_is_readable_when_it_gave_a_row_or_had_none() -> None:
    assert Outcome("f", 0, 0).readable
    assert Outcome("f", 1, 9).readable
    assert not Outcome("f", 0, 9).readable


def test_the_centre_is_told_no_value_of_a_refused_row() -> None:
    reason = "gtin: 'card 4711 0815' is no GTIN; \"it's\" is not one either"
    outcome = Outcome("till.csv", 0, 1, (Refused(3, reason, "card 4711 0815"),))
    [told] = outcome.event().first_refusals
    assert told.reason == "gtin: (a value) is no GTIN; (a value) is not one either"
    assert outcome.refusals[0].reason == reason


def test_a_catalogue_says_which_diets_an_item_suits_and_who_may_buy_it() -> None:
    header = b"gtin,name,diets,age\n"
    rows = [f"{MILK},Milk,Vegan; gluten free|halal,\n", f"{MILK},Beer,,18\n", f"{MILK},X,tasty,\n"]
    read = [next(iter(read_rows([header, row.encode()], catalogue_shape()))) for row in rows]
    items = [one.value if isinstance(one, Accepted) else one.reason for one in read]
    assert items[0] == Item(MILK, "Milk", diets="vegan gluten-free halal")
    assert items[1] == Item(MILK, "Beer", age=18)
    assert str(items[2]).startswith("diets: 'tasty' is no diet: vegan, ")
