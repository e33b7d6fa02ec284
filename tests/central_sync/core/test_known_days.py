"""The last word on a day counts, and stays when the day is over."""

from datetime import date, timedelta
from typing import Any

from central_sync.core.feeds import feed_of
from central_sync.core.known_days import KnownDay, known_days
from endcap.wire.commands import Feed

TODAY = date(2026, 3, 5)
NOTHING = Feed(version=1)


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def weather(ahead: int, temperature: float = 7.5, rain: float = 2.0) -> dict[str, Any]:
    return {"day": day(ahead), "temperature": temperature, "rain": rain}


def mark(ahead: int, kind: str) -> dict[str, Any]:
    return {"day": day(ahead), "kind": kind}


def feed(*rows: dict[str, Any]) -> Feed:
    return feed_of({
        "weather": [one for one in rows if "temperature" in one],
        "calendar": [one for one in rows if "kind" in one],
    })  # fmt: skip


def test_weather_and_marks_of_a_day_are_one_row() -> None:
    told = feed(weather(1), mark(1, "holiday"), mark(1, "closed"), mark(2, "school"))
    assert known_days({}, told, TODAY) == {
        day(1): KnownDay(7.5, 2.0, holiday=True, closed=True),
        day(2): KnownDay(special=True),
    }
    assert known_days({}, feed(mark(2, "special")), TODAY) == {day(2): KnownDay(special=True)}


def test_what_is_taken_back_before_its_day_is_over_was_never_so() -> None:
    before = known_days({}, feed(mark(0, "closed"), mark(3, "holiday"), weather(1)), TODAY)
    assert known_days(before, NOTHING, TODAY) == {}


def test_a_day_that_is_over_keeps_what_was_said_and_learns_what_is_said_later() -> None:
    before = known_days({}, feed(weather(0, 4.0), mark(0, "holiday")), TODAY)
    later = day(1)
    assert known_days(before, NOTHING, later) == before
    corrected = known_days(before, feed(weather(0, 9.0), mark(0, "closed")), later)
    assert corrected == {TODAY: KnownDay(9.0, 2.0, holiday=True, closed=True)}


def test_weather_counts_when_it_is_told_again_near_its_day() -> None:
    early = known_days({}, feed(weather(2), weather(3)), TODAY)
    assert list(early) == [day(2)]
    assert list(known_days(early, feed(weather(2), weather(3)), day(1))) == [day(2), day(3)]


def test_days_are_in_order() -> None:
    before = known_days({}, feed(mark(5, "holiday"), mark(2, "holiday")), TODAY)
    assert list(known_days(before, feed(mark(9, "holiday"), mark(7, "closed")), day(6))) == [
        day(2), day(5), day(7), day(9),
    ]  # fmt: skip
