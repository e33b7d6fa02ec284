"""Prices, promotions, calendar, weather, events, supply, deliveries, batches: a row of each."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed import days, goods
from edge_agent.core.feed.fields import Times
from edge_agent.core.feed.goods import Batch, DeliveryLine, Supply, added_to_stock
from edge_agent.core.feed.rows import Accepted, Refused, RowError, Shape, read_rows
from edge_agent.core.feed.sales import FIRST_SALE, SaleLine, VoidLine, sales_shape
from edge_agent.core.feed.sayings import Saying, Source, Subject, sayings
from endcap.wire.commands import Feed

T = TypeVar("T")

MILK = "04006381333931"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
TIMES = Times(BERLIN, FIRST_SALE, AT + timedelta(days=800))
ALL: list[Shape[Any]] = [
    days.prices_shape(TIMES),
    days.promotions_shape(TIMES),
    days.calendar_shape(TIMES),
    days.weather_shape(TIMES),
    days.events_shape(TIMES),
    goods.supply_shape(),
    goods.deliveries_shape(TIMES),
    goods.batches_shape(TIMES, AT),
    sales_shape(TIMES),
]


def read(content: str, shape: Shape[T]) -> tuple[list[T], list[str]]:
    rows = list(read_rows(content.encode().splitlines(keepends=True), shape))
    return (
        [row.value for row in rows if isinstance(row, Accepted)],
        [row.reason for row in rows if isinstance(row, Refused)],
    )


def test_a_price_counts_from_a_moment_or_a_day_of_the_store() -> None:
    said, refused = read(
        f'gtin,price,since\n{MILK},"1,49",2026-03-05\n{MILK},2,2026-03-05T07:00:00Z\n',
        days.prices_shape(TIMES),
    )
    assert not refused
    assert [one.key[1] for one in said] == [
        "2026-03-04T23:00:00+00:00",
        "2026-03-05T07:00:00+00:00",
    ]
    assert [one.values for one in said] == [(1.49,), (2.0,)]


def test_a_promotion_has_both_its_days_inside() -> None:
    said, refused = read(
        f"gtin,first,last,discount\n{MILK},2026-03-05,2026-03-07,20 %\n"
        f"{MILK},2026-03-09,2026-03-08,0.2\n{MILK},2026-03-10,2026-03-11,20\n",
        days.promotions_shape(TIMES),
    )
    key = (MILK, "2026-03-05")
    assert said == [Saying(Subject.PROMOTIONS, key, ("2026-03-07", 0.2), "2026-03-07")]
    assert refused == [
        "last: 2026-03-08 is before first, 2026-03-09; both days are inside",
        "discount: a number from 0 to 1 is allowed, not '20'",
    ]


def test_a_day_of_the_calendar_has_a_kind_that_is_known() -> None:
    said, refused = read(
        "day,kind,name\n2026-12-25,Holiday,Christmas\n2026-12-26,feast,\n",
        days.calendar_shape(TIMES),
    )
    assert said == [
        Saying(Subject.CALENDAR, ("2026-12-25", "holiday"), ("Christmas",), "2026-12-25")
    ]
    assert refused == ["kind: holiday, school, special, closed are allowed, not 'feast'"]


def test_weather_and_events() -> None:
    [said], _ = read("day;temperature;rain\n2026-03-05;-2,5;\n", days.weather_shape(TIMES))
    assert (said.key, said.values) == (("2026-03-05",), (-2.5, 0.0))
    found, refused = read(
        '{"day": "2026-03-05", "name": " Match  day", "effect": 0.3}\n'
        '{"day": "2026-03-06", "name": "Road closed"}\n'
        '{"day": "2026-03-07", "name": "Fair", "effect": "-30 %"}\n'
        '{"day": "2026-03-07", "name": "Fair", "effect": "-300 %"}\n'
        '{"day": "20260307", "name": ""}\n',
        days.events_shape(TIMES),
    )
    assert [(one.key, one.values) for one in found] == [
        (("2026-03-05", "Match day"), (0.3,)),
        (("2026-03-06", "Road closed"), (None,)),
        (("2026-03-07", "Fair"), (-0.3,)),
    ]
    assert refused == ["effect: a number from -100 to 1000 is allowed, not '-300'", "name is empty"]


def test_a_void_row_takes_back_what_its_key_said() -> None:
    [said], _ = read("day,temperature,void\n2026-03-05,,yes\n", days.weather_shape(TIMES))
    assert (said.key, said.values) == (("2026-03-05",), None)
    [gone], _ = read(f"gtin,first,last,void\n{MILK},2026-03-05,,1\n", days.promotions_shape(TIMES))
    assert gone.values is None


def test_a_day_must_be_near_enough() -> None:
    _, refused = read("day,temperature\n2099-01-01,1\nsoon,1\n", days.weather_shape(TIMES))
    assert refused == [
        "day: a day from 2000-01-01 to 2028-05-10 is allowed, not '2099-01-01'",
        "day: a day such as 2026-01-31 is allowed, not 'soon'",
    ]


def test_a_feed_says_the_same_as_files_do() -> None:
    feed = Feed.model_validate(
        {
            "version": 1,
            "weather": [{"day": "2026-03-05", "temperature": 7, "rain": 1}],
            "prices": [{"gtin": MILK, "price": 2, "since": "2026-03-05T07:00:00Z"}],
            "promotions": [{"gtin": MILK, "first": "2026-03-05", "last": "2026-03-06"}],
            "local_events": [{"day": "2026-03-05", "name": "Match"}],
            "calendar": [{"day": "2026-03-05", "kind": "closed"}],
        }
    )
    [weather], _ = read("day,temperature,rain\n2026-03-05,7,1\n", days.weather_shape(TIMES))
    assert weather in tuple(sayings(feed))
    assert {one.subject for one in sayings(feed)} == set(Subject)


def test_people_are_believed_before_files_before_the_centre_before_others() -> None:
    order = ["store", "file", "document", "centre", "provider"]
    assert [one.value for one in sorted(Source, key=lambda one: one.rank)] == order


def test_supply_has_a_usual_for_all_but_the_item() -> None:
    said, refused = read(
        "gtin,case_pack,lead_days,shelf_life_days,unit_cost,minimum_units,delivery_days,order_by\n"
        f"{MILK},12,2,7,0.6,24,wed mon fri,9:30\n00000012345670,,0,,,,,\n",
        goods.supply_shape(),
    )
    assert not refused
    assert said == [
        Supply(MILK, 12.0, 2, 7, 0.6, 24.0, "024", "09:30"),
        Supply("00000012345670", lead_days=0),
    ]
    for name, wrong in (("delivery_days", "daily"), ("order_by", "25:00"), ("lead_days", "-1")):
        _, refused = read(f"gtin,{name},void\n{MILK},{wrong},\n", goods.supply_shape())
        assert refused[0].startswith(name)
    [gone], _ = read(f"gtin,void\n{MILK},1\n", goods.supply_shape())
    assert not gone.listed
    [digits], _ = read(f"gtin,delivery_days\n{MILK},531\n", goods.supply_shape())
    assert digits.delivery_days == "135"


def test_deliveries_and_batches() -> None:
    lines, _ = read(
        "delivery,gtin,due,units,received_at,expires\n"
        f"d-1,{MILK},2026-03-03,24,2026-03-03T06:10:00,2026-03-12\nd-2,{MILK},2026-03-05,12,,\n",
        goods.deliveries_shape(TIMES),
    )
    came = datetime(2026, 3, 3, 5, 10, tzinfo=UTC)
    assert lines == [
        DeliveryLine("d-1", MILK, date(2026, 3, 3), 24.0, came, date(2026, 3, 12)),
        DeliveryLine("d-2", MILK, date(2026, 3, 5), 12.0),
    ]
    batches, _ = read(f"gtin,expires,units\n{MILK},2026-03-09,5\n", goods.batches_shape(TIMES, AT))
    assert batches == [Batch(MILK, date(2026, 3, 9), 5.0, AT)]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_delivery_adds_once_and_the_difference_when_corrected(hours: int) -> None:
    counted = AT
    due = DeliveryLine("d", MILK, AT.date(), 24)
    came = DeliveryLine("d", MILK, AT.date(), 24, AT + timedelta(hours=hours))
    less = DeliveryLine("d", MILK, AT.date(), 20, AT + timedelta(hours=hours))
    void = DeliveryLine("d", MILK, AT.date(), 20, AT + timedelta(hours=hours), void=True)
    steps = [None, due, came, came, less, void]
    added = [added_to_stock(*pair, counted) for pair in pairwise(steps)]
    assert added == ([0, 24, 0, -4, -20] if hours > 0 else [0, 0, 0, 0, 0])


def test_a_line_may_correct_or_void_what_was_told_of_it() -> None:
    sales, refused = read(
        "transaction_id,line,gtin,units,amount,sold_at,correction,void\n"
        f"t,1,{MILK},2,3,2026-03-01T10:00,1,\nt,2,,,,,,1\nt,x,,,,,,1\n",
        sales_shape(TIMES),
    )
    first, second = sales
    assert isinstance(first, SaleLine)
    assert first.correction
    assert second == VoidLine("t", 2)
    assert len(refused) == 1


def notes(content: str) -> list[str]:
    rows = read_rows(content.encode().splitlines(keepends=True), sales_shape(TIMES))
    return [row.note for row in rows if isinstance(row, Accepted)]


def test_hours_that_a_night_had_twice_or_not_at_all_are_noted() -> None:
    head = "transaction_id,line,gtin,units,amount,sold_at\n"
    body = "".join(
        f"t,{line},{MILK},1,1,{moment}\n"
        for line, moment in enumerate(
            (
                "2025-10-26T02:30:00",
                "2025-10-26T02:30:00+01:00",
                "2025-03-30T02:30:00",
                "2025-03-30T03:30:00",
            )
        )
    )
    twice, plain, over, after = notes(head + body)
    assert "02:30 came twice that night; taken as the first of them" in twice
    assert "02:30 was jumped over that night; taken as 03:30" in over
    assert (plain, after) == ("", "")
    assert notes("transaction_id,line,gtin,units,amount,sold_at,void\nt,1,,,,,1\n") == [""]
    sales, _ = read(head + body, sales_shape(TIMES))
    assert [one.sold_at.hour for one in sales if isinstance(one, SaleLine)] == [0, 1, 1, 1]


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([MILK, "1", "0", "2026-03-05", "-1", "1,5", "yes", "20 %", "2026-03-05T25:00"]),
)


@given(st.sampled_from(ALL), st.lists(st.lists(CELLS, max_size=9), max_size=8))
def test_junk_never_stops_a_file(shape: Shape[Any], rows: list[list[str]]) -> None:
    extra = ("void", "correction", "discount", "effect", "rain", "order_by", "delivery_days")
    head = ",".join((*shape.required, *(name for name in extra if name not in shape.required)))
    lines = [head.encode(), *(",".join(row).replace("\n", " ").encode() for row in rows)]
    found = list(read_rows(lines, shape))
    filled = sum(bool(line.decode().strip()) for line in lines[1:])
    assert len(found) == filled


@given(
    st.sampled_from(ALL),
    st.dictionaries(
        st.sampled_from(["gtin", "day", "since", "price", "units", "void", "due", "first", "last"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    ),
)
def test_any_json_value_is_read_or_refused(shape: Shape[Any], row: dict[str, Any]) -> None:
    with suppress(RowError):
        shape.make(row)
