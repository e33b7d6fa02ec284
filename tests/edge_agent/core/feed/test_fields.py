"""Field by field: what shops really write, and what is refused with the reason."""

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed import fields
from edge_agent.core.feed.rows import RowError

MILK = "04006381333931"
SPAN = fields.Span(-10, 1000)
TIMES = fields.Times(
    ZoneInfo("Europe/Berlin"),
    datetime(2000, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 3, tzinfo=UTC),
)


def number(value: object) -> float:
    return fields.number({"units": value}, "units", SPAN)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2", 2.0),
        ("1.99", 1.99),
        (" 1,99 ", 1.99),
        ("-1", -1.0),
        (3, 3.0),
        (0.5, 0.5),
        ("0,454", 0.454),
    ],
)
def test_numbers_shops_write(written: object, meant: float) -> None:
    assert number(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("", "1.234,56", "1e3", "nan", "inf", "=1+1", "1_0", "0x10", "1 000", "1001"),
        *(None, True, [], {}, 10**400, float("inf")),
    ],
)
def test_what_is_no_number_is_refused_with_what_is_allowed(written: object) -> None:
    with pytest.raises(RowError, match=r"units: a number .* is allowed, not"):
        number(written)


def test_an_optional_number_may_be_absent_but_not_wrong() -> None:
    assert fields.optional_number({}, "price", SPAN) is None
    assert fields.optional_number({"price": " "}, "price", SPAN) is None
    assert fields.optional_number({"price": "1,5"}, "price", SPAN) == 1.5
    with pytest.raises(RowError, match="price"):
        fields.optional_number({"price": "cheap"}, "price", SPAN)


def test_whole_numbers() -> None:
    assert fields.whole({"line": " 7 "}, "line", SPAN) == 7
    assert fields.whole({"line": 7}, "line", SPAN) == 7
    wrongs: list[object] = ["7.0", 7.0, True, None, "", "seven", 2000]
    for wrong in wrongs:
        with pytest.raises(RowError, match="line: a whole number from -10 to 1000"):
            fields.whole({"line": wrong}, "line", SPAN)


def test_gtins_in_the_forms_they_come_in() -> None:
    for written in ("4006381333931", " 4006381333931 ", 4006381333931, "(01)04006381333931"):
        assert fields.gtin({"gtin": written}) == MILK


@pytest.mark.parametrize("written", ["", None, "4006381333932", "4.00638E+12", "abc", 1.5, True])
def test_what_is_no_gtin_is_refused(written: object) -> None:
    with pytest.raises(RowError, match=r"^gtin: "):
        fields.gtin({"gtin": written})


def test_text_is_trimmed_and_bounded() -> None:
    assert fields.text({"name": "  Milk "}, "name", 10) == "Milk"
    assert fields.text({"name": 17}, "name", 10) == "17"
    assert fields.text({}, "name", 10) == ""
    wrongs: tuple[object, ...] = ("=SUM(A1)", "@cmd", "a\x00b", "x" * 11, 1.5, True, [])
    for wrong in wrongs:
        with pytest.raises(RowError, match="name: "):
            fields.text({"name": wrong}, "name", 10)
    with pytest.raises(RowError, match="name is empty"):
        fields.present({"name": " "}, "name", 10)


def test_names_are_safe_in_a_topic() -> None:
    assert fields.name_of({"camera": "Aisle-1"}, "camera") == "aisle-1"
    with pytest.raises(RowError, match="camera: lower-case letters"):
        fields.name_of({"camera": "aisle/1"}, "camera")


def test_a_moment_without_a_zone_is_the_stores_own() -> None:
    ten = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for written in ("2026-01-05T10:00:00", "2026-01-05 10:00", "2026-01-05T09:00:00Z"):
        assert fields.moment({"at": written}, "at", TIMES) == ten


@pytest.mark.parametrize(
    "written",
    [
        *("", None, 17, "yesterday", "2026-13-01", "1999-12-31", "2026-03-04", "0001-01-01"),
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_absurd_moments_are_refused(written: object) -> None:
    with pytest.raises(RowError, match="at: a moment"):
        fields.moment({"at": written}, "at", TIMES)


def test_yes_and_no() -> None:
    assert [fields.yes({"p": said}, "p") for said in ("1", "TRUE", "y", True, 1)] == [True] * 5
    assert [fields.yes({"p": said}, "p") for said in ("", "0", "No", False, 0, None)] == [False] * 6
    with pytest.raises(RowError, match="p: 1, 0, true"):
        fields.yes({"p": "perhaps"}, "p")


@given(
    st.datetimes(
        min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - the zone is the store's
        max_value=datetime(2026, 3, 2),  # noqa: DTZ001 - likewise
        timezones=st.sampled_from([UTC, ZoneInfo("Europe/Berlin")]),
    )
)
def test_a_moment_reads_back(moment: datetime) -> None:
    read = fields.moment({"at": moment.isoformat()}, "at", TIMES)
    assert abs(read - moment) < timedelta(microseconds=1)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_value_is_read_or_refused(value: object) -> None:
    row = {"f": value}
    for read in (
        lambda: fields.text(row, "f", 20),
        lambda: number(value),
        lambda: fields.gtin(row, "f"),
        lambda: fields.moment(row, "f", TIMES),
        lambda: fields.yes(row, "f"),
        lambda: fields.whole(row, "f", SPAN),
    ):
        with contextlib.suppress(RowError):
            read()
