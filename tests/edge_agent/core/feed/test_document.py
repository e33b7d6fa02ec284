"""JSON feeds, ours and others': what can be read is read, and the rest is listed."""

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed.document import (
    FORMATS,
    MAX_DOCUMENT,
    read_document,
    read_open_meteo,
)
from edge_agent.core.feed.rows import RowError

MILK = "04006381333931"
DAY = "2026-03-05"
OPEN_METEO: dict[str, Any] = {  # in the form of the public API's answer
    "latitude": 48.2,
    "longitude": 16.36,
    "timezone": "Europe/Vienna",
    "daily_units": {"time": "iso8601", "temperature_2m_mean": "°C", "precipitation_sum": "mm"},
    "daily": {
        "time": [DAY, "2026-03-06", "2026-03-07"],
        "temperature_2m_mean": [4.2, -1.0, None],
        "precipitation_sum": [0.0, None, None],
    },
}


def said(**members: object) -> bytes:
    return json.dumps(members).encode()


def test_a_bad_row_is_listed_and_the_others_are_read() -> None:
    found = read_document(
        said(
            version=3,
            weather=[{"day": DAY, "temperature": 4}, {"day": "soon", "temperature": 4}, 7],
            prices=[{"gtin": "4711", "price": 1, "since": "2026-03-05T00:00:00Z"}],
            local_events={"day": DAY},
            calendar=[{"day": DAY, "kind": "closed", "name": "Stocktaking"}],
        )
    )
    assert (found.feed.version, found.accepted) == (3, 2)
    assert [one.line for one in found.refused] == [1, 2, 3, 4]
    assert [one.reason.partition(":")[0] for one in found.refused] == [
        "prices 1",
        "weather 2",
        "weather 3",
        "local_events",
    ]


def test_more_rows_than_a_feed_may_have_are_listed() -> None:
    days = [{"day": str(date.fromordinal(739_000 + n)), "temperature": 1} for n in range(62)]
    found = read_document(said(version=1, weather=days))
    assert (found.accepted, len(found.refused)) == (60, 2)
    assert found.refused[0].reason == "weather 61: 60 rows are allowed"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "a JSON object is wanted, not list"),
        (b'{"kind": "endcap.ack.v1"}', "'endcap.feed.v1' is allowed"),
        (b"{}", "version"),
        (b'{"version": 0}', "version"),
        (b" " * (MAX_DOCUMENT + 1), "longer than"),
    ],
)
def test_what_is_no_feed_is_refused_whole(content: bytes, why: str) -> None:
    with pytest.raises(RowError, match=why):
        read_document(content)


def test_a_feed_without_a_version_is_of_the_one_it_is_given() -> None:
    assert read_document(b"{}", 7).feed.version == 7
    assert read_document(b'{"version": 3}', 7).feed.version == 3


def test_open_meteo_tells_the_weather() -> None:
    found = read_open_meteo(json.dumps(OPEN_METEO).encode(), 9)
    assert not found.refused
    assert found.feed.version == 9
    assert [(str(one.day), one.temperature, one.rain) for one in found.feed.weather] == [
        (DAY, 4.2, 0.0),
        ("2026-03-06", -1.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"daily": None, "error": True, "reason": "Cannot initialize"}, "Cannot initialize"),
        ({"daily_units": {"temperature_2m_mean": "°F"}}, "°C is wanted, not °F"),
        ({"daily": {"time": [DAY], "temperature_2m_mean": []}}, "1 days, 0 temperatures"),
        ({"daily": {"time": [DAY]}}, "daily.temperature_2m_mean: a list is wanted"),
    ],
)
def test_what_open_meteo_does_not_say_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(RowError, match=why):
        read_open_meteo(json.dumps(OPEN_METEO | change).encode(), 1)


def test_open_meteo_without_rain_is_dry() -> None:
    daily = {"time": [DAY], "temperature_2m_mean": [1.5]}
    found = read_open_meteo(said(daily=daily), 1)
    assert found.feed.weather[0].rain == 0.0


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10) | st.sampled_from([DAY, MILK]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["weather", "prices", "daily", "time", "version", "day", "calendar"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
))  # fmt: skip
def test_any_document_is_read_or_refused(value: object) -> None:
    content = json.dumps(value).encode()
    for read in FORMATS.values():
        with suppress(RowError):
            assert read(content, 1).feed.version >= 1


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for read in FORMATS.values():
        with suppress(RowError):
            assert read(content, 1).feed.version >= 1
