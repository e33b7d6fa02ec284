import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.searches import (
    Asked,
    Filters,
    Listing,
    facets,
    in_store_order,
    keep,
    tally_searches,
    team_draft,
    wish_of,
)
from endcap.models.search.ranking import USUAL

WHOLE = Listing("00000000000017", "Whole Milk", "Alder", "Dairy", "Milk", "1 l", 1.2)
OAT = Listing("00000000000024", "Oat Drink", "Nutwell", "Dairy", "Milk", "1 l", 2.6)
TEA = Listing("00000000000031", "Black Tea", "Nutwell", "Pantry", "Tea", "", 3.0)
ODD = Listing("00000000000048", "Odd Thing")
FOUND = [(WHOLE, 4.0), (OAT, 3.9), (TEA, 1.0), (ODD, 0.5)]


@pytest.mark.parametrize(
    ("text", "words", "low", "high", "cheapest"),
    [
        ("milk under 3 euros", "milk", None, 3.0, False),
        ("milk under $2.50", "milk", None, 2.5, False),
        ("Milch unter 1,50 €", "milch", None, 1.5, False),
        ("lait moins de 2 euros", "lait", None, 2.0, False),
        ("wine over 10 dollars under 20", "wine", 10.0, 20.0, False),
        ("cheapest rice", "rice", None, None, True),
        ("2% milk half gallon", "2% milk half gallon", None, None, False),
        ("shelf under 3 ft", "shelf under 3 ft", None, None, False),
        ("from 5 grain", "from 5 grain", None, None, False),
        ("7 up to 12", "7 up to 12", None, None, False),
    ],
)
def test_what_a_question_says_of_prices_is_no_word(
    text: str, words: str, low: float | None, high: float | None, *, cheapest: bool
) -> None:
    wish = wish_of(text)
    assert (wish.words, wish.price_min, wish.price_max, wish.cheapest) == (
        words,
        low,
        high,
        cheapest,
    )


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(), [WHOLE, OAT, TEA, ODD]),
        (Filters(department="dairy"), [WHOLE, OAT]),
        (Filters(brand="Nutwell", category="Tea"), [TEA]),
        (Filters(price_max=2.6), [WHOLE, OAT]),
        (Filters(price_min=2.0), [OAT, TEA]),
        (Filters(price_min=2.0, price_max=2.9), [OAT]),
        (Filters(price="2-5"), [OAT, TEA]),
        (Filters(size="1 l"), [WHOLE, OAT]),
        (Filters(in_stock=True), [WHOLE, TEA, ODD]),
    ],
)
def test_filters_keep_what_passes_in_its_order(filters: Filters, left: list[Listing]) -> None:
    assert [one for one, _ in keep(FOUND, filters, {OAT.gtin})] == left


def test_what_sells_here_comes_earlier_and_what_is_gone_later_but_is_never_hidden() -> None:
    usual = in_store_order(FOUND, {}, (), USUAL)
    assert [one for one, _ in usual] == [WHOLE, OAT, TEA, ODD]
    selling = in_store_order(FOUND, {OAT.gtin: 90.0, ODD.gtin: 900.0}, (), USUAL)
    assert [one for one, _ in selling] == [OAT, WHOLE, TEA, ODD]
    without = in_store_order(FOUND, {}, {WHOLE.gtin}, USUAL)
    assert [one for one, _ in without] == [OAT, WHOLE, TEA, ODD]


def test_the_cheapest_of_what_fits_comes_first() -> None:
    found = [(OAT, 4.0), (WHOLE, 3.9), (ODD, 3.8), (TEA, 1.0)]
    cheap = in_store_order(found, {}, (), USUAL, cheapest=True)
    assert [one for one, _ in cheap] == [WHOLE, OAT, ODD, TEA]
    assert in_store_order([], {}, (), USUAL, cheapest=True) == []


def test_facets_count_values_and_leave_out_what_tells_nothing_apart() -> None:
    told = facets([WHOLE, OAT, TEA, ODD])
    assert told["department"] == {"Dairy": 2, "Pantry": 1}
    assert list(told["price"].items()) == [("1-2", 1), ("2-5", 2)]
    assert "size" not in told
    assert facets([]) == {}
    dear, cheap = Listing("1", "a", price=900.0), Listing("2", "b", price=0.5)
    assert list(facets([dear, cheap])["price"]) == ["0-1", "500-"]


ITEMS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(ITEMS, ITEMS, st.booleans())
def test_a_draft_holds_every_item_once_and_is_fair(
    one: list[str],
    other: list[str],
    coin: bool,  # noqa: FBT001 - a drawn case
) -> None:
    drafted = team_draft(one, other, lambda: coin)
    items = [item for item, _ in drafted]
    assert sorted(items) == sorted(set(one) | set(other))
    for side, order in enumerate((one, other)):
        assert [item for item, whose in drafted if whose == side] == [
            item for item in order if (item, side) in drafted
        ]
    if one and other:
        assert drafted[0] == ((one[0], 0) if coin else (other[0], 1))


def asked(query: str, session: str | None, found: int = 0, *, tapped: bool = False) -> Asked:
    return Asked(query, session, found, rescued=False, tapped=tapped)


def test_a_miss_is_told_where_enough_sessions_share_it() -> None:
    day = [asked("Kimchi", f"s{n}") for n in range(5)] + [asked("kimchi ", "s0")]
    day += [asked("my secret", "s1"), asked("milk", "s2", 9, tapped=True)]
    told = tally_searches(day, 5, ())
    assert (told.searches, told.empty, told.tapped, told.suppressed) == (8, 7, 1, 1)
    assert [(miss.query, miss.searches, miss.empty) for miss in told.misses] == [
        ("kimchi", 6, True)
    ]


def test_searches_without_a_session_are_one() -> None:
    assert tally_searches([asked("kimchi", None)] * 9, 2, ()).misses == ()


def test_what_was_found_but_never_tapped_is_a_miss_too() -> None:
    (miss,) = tally_searches([asked("tofu", f"s{n}", 3) for n in range(5)], 5, ()).misses
    assert not miss.empty


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("call 0171 555 1234", False),
        ("4006381333931", True),
        ("4006381333948", False),
        ("12345", False),
        ("size 1234", True),
        ("x" * 81, False),
        ("1-2-3-4-5", False),
    ],
)
def test_a_long_number_is_told_only_as_a_gtin_of_the_catalogue(query: str, *, told: bool) -> None:
    day = [asked(query, f"s{n}") for n in range(5)]
    assert bool(tally_searches(day, 5, {"04006381333931"}).misses) == told
