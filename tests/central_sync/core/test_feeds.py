"""What each store is told of the days to come: the narrower before the wider, bounded, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from central_sync.core.feeds import (
    KEEPS,
    MAX_BYTES,
    ROWS,
    Audience,
    FeedProblemError,
    StoreFeed,
    audiences,
    composed,
    digest_of,
    feed_of,
    word_to,
)
from endcap.wire.commands import Feed

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = AT.date()
MILK = "04006381333931"


def part(effect: float, day: date = TODAY, name: str = "Fair") -> Feed:
    return feed_of({"local_events": [{"day": day, "name": name, "effect": effect}]})


def test_a_store_gets_what_is_for_all_its_region_and_itself() -> None:
    assert audiences("s-0001", "north") == ("all", "region north", "store s-0001")
    assert audiences("s-0001", "") == ("all", "store s-0001")
    assert str(Audience()) == "all"


def test_the_narrower_goes_before_the_wider_row_by_row() -> None:
    whole = composed([part(0.1), part(0.2), part(0.5, name="Match")], TODAY)
    assert [(one.name, one.effect) for one in whole.local_events] == [("Fair", 0.2), ("Match", 0.5)]


def test_what_is_long_over_is_left_out() -> None:
    old = TODAY - KEEPS - timedelta(days=1)
    feed = feed_of(
        {
            "prices": [
                {"gtin": MILK, "price": 1, "since": f"{one}T00:00:00Z"} for one in (old, TODAY)
            ],
            "promotions": [{"gtin": MILK, "first": old, "last": one} for one in (old,)]
            + [{"gtin": MILK, "first": TODAY, "last": TODAY}],
            "weather": [{"day": one, "temperature": 1} for one in (old, TODAY)],
            "local_events": [{"day": one, "name": "Fair"} for one in (old, TODAY)],
            "calendar": [{"day": one, "kind": "closed"} for one in (old, TODAY)],
        }
    )
    whole = composed([feed], TODAY)
    assert [len(getattr(feed, name)) for name in ROWS] == [2] * 5
    assert [len(getattr(whole, name)) for name in ROWS] == [1] * 5


def test_parts_that_are_too_much_together_are_a_problem() -> None:
    days = [TODAY + timedelta(days=n) for n in range(61)]
    halves = [
        feed_of({"weather": [{"day": one, "temperature": 1} for one in some]})
        for some in (days[:31], days[31:])
    ]
    with pytest.raises(FeedProblemError, match="weather"):
        composed(halves, TODAY)


def test_a_feed_that_is_too_long_is_a_problem() -> None:
    days = [str(TODAY + timedelta(days=n)) for n in range(5000)]
    content = {
        "prices": [
            {"gtin": MILK, "price": 123456.789, "since": f"{one}T07:00:00Z"} for one in days
        ],
        "promotions": [
            {"gtin": MILK, "first": one, "last": one, "discount": 0.1234567890123456}
            for one in days
        ],
        "calendar": [{"day": one, "kind": "special", "name": "é" * 120} for one in days[:800]],
    }
    with pytest.raises(FeedProblemError, match=f"{MAX_BYTES} are allowed"):
        feed_of(content)
    assert len(feed_of({**content, "calendar": []}).prices) == 5000


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"wether": []}, "wether: no such field"),
        ({"weather": {}}, "weather: a list is wanted"),
        ({"weather": [{"day": "soon", "temperature": 1}]}, "weather 1: day"),
        ({"weather": [{"day": "2026-03-05", "temperature": 1, "rian": 2}]}, "weather 1: rian"),
        ({"prices": [{"gtin": "4711", "price": 1, "since": "2026-03-05T00:00:00Z"}]}, "prices 1"),
        ({"weather": [{"day": "2026-03-05", "temperature": 1}] * 61}, "weather"),
        ({"calendar": [7]}, "calendar 1"),
    ],
)
def test_what_a_person_wrote_wrong_is_told_by_row(content: dict[str, Any], why: str) -> None:
    with pytest.raises(FeedProblemError) as told:
        feed_of(content)
    assert told.value.problems[0].startswith(why)


def test_a_store_is_told_what_changed_once_under_a_higher_version() -> None:
    feed = part(0.1)
    digest = digest_of(feed)
    word = word_to(StoreFeed("s-0001"), feed, digest, AT, again=False)
    assert word is not None
    assert word.version == int(AT.timestamp())
    said = Feed.model_validate_json(word.payload)
    assert (said.version, digest_of(said)) == (word.version, digest)
    known = StoreFeed("s-0001", "", word.version, digest, told=True)
    assert word_to(known, feed, digest, AT, again=False) is None
    again = word_to(known, feed, digest, AT, again=True)
    assert again == word
    kept = StoreFeed("s-0001", "", word.version, digest)  # kept, and never said
    assert word_to(kept, feed, digest, AT, again=False) == word
    other = part(0.2)
    newer = word_to(known, other, digest_of(other), AT, again=False)
    assert newer is not None
    assert newer.version == word.version + 1


def test_a_store_that_was_told_nothing_is_not_told_that_there_is_nothing() -> None:
    nothing = Feed(version=1)
    digest = digest_of(nothing)
    assert word_to(StoreFeed("s-0001"), nothing, digest, AT, again=True) is None
    known = StoreFeed("s-0001", "", 7, "another", told=True)
    assert word_to(known, nothing, digest, AT, again=False) is not None
