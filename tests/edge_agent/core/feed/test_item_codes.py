"""Codes of tills, scales and spreadsheets: whatever comes is one item's GTIN, or is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.feed.item_codes import (
    PLAIN,
    InStoreCode,
    ItemCodes,
    Scanned,
    expand_upc_e,
)
from endcap.wire.identifiers import check_digit

MILK = "04006381333931"
SCALES = ItemCodes(
    (
        InStoreCode("21", "weight", decimals=3),
        InStoreCode("28", "price", digits=4, decimals=2),  # a price check digit stands before it
    )
)


def ean(body: str) -> str:
    return body + check_digit(body)


def base(body: str) -> str:
    return ean(body).zfill(14)


@pytest.mark.parametrize(
    "written",
    ["4006381333931", " 4006381333931 ", "'4006381333931", "4006381333931.0", 4006381333931.0],
)
def test_what_spreadsheets_make_of_a_gtin_is_read(written: object) -> None:
    assert PLAIN.read(written) == Scanned(MILK)


@pytest.mark.parametrize("written", ["4006381333931.5", 4006381333931.5, "4.006E+12", True, None])
def test_what_lost_digits_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="GTIN"):
        PLAIN.read(written)


@pytest.mark.parametrize(
    ("short", "whole"),
    [  # one for each rule of where zeros were left out
        ("04252614", "00042100005264"),
        ("01234531", "00012300000451"),
        ("01234541", "00012340000051"),
        ("01234565", "00012345000065"),
    ],
)
def test_upc_e_is_the_item_it_stands_for(short: str, whole: str) -> None:
    digits = short[:7]
    expanded = whole[2:13]
    code = digits + check_digit(expanded)
    assert expand_upc_e(code) == expanded.zfill(13) + check_digit(expanded)


def test_upc_e_is_read_where_no_gtin_8_has_that_check_digit() -> None:
    assert PLAIN.read("04252614").gtin == "00042100005264"
    assert PLAIN.read(4252614).gtin == "00042100005264"  # its first zero is gone


def test_a_code_that_is_both_is_what_the_store_says() -> None:
    both = next(
        code
        for code in (f"0{n:07}" for n in range(10_000_000))
        if expand_upc_e(code) and check_digit(code[:7]) == code[7] and n_is_long(code)
    )
    assert PLAIN.read(both).gtin == both.zfill(14)
    assert ItemCodes(upc_e=True).read(both).gtin == expand_upc_e(both)


def n_is_long(code: str) -> bool:
    return expand_upc_e(code) != code.zfill(14)


def test_a_scales_code_is_its_item_and_a_weight_or_a_price() -> None:
    assert SCALES.read(ean("210012301234")) == Scanned(base("210012300000"), weight=1.234)
    assert SCALES.read(ean("280012370599")) == Scanned(base("280012300000"), price=5.99)
    assert SCALES.read(ean("210012300000")) == Scanned(base("210012300000"))
    assert SCALES.read(MILK) == Scanned(MILK)


def test_a_scales_code_with_a_wrong_digit_is_refused() -> None:
    code = ean("210012301234")
    with pytest.raises(ValueError, match="check digit"):
        SCALES.read(code[:-1] + str((int(code[-1]) + 1) % 10))


@given(st.integers(0, 99_999), st.integers(0, 99_999), st.integers(1, 99_999))
def test_all_weights_of_an_item_are_one_item(item: int, first: int, second: int) -> None:
    codes = [ean(f"21{item:05}{value:05}") for value in (first, second)]
    assert len({SCALES.read(code).gtin for code in codes}) == 1


@given(st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_code_is_read_or_refused(code: object) -> None:
    for codes in (PLAIN, SCALES, ItemCodes(upc_e=True)):
        with contextlib.suppress(ValueError):
            gtin = codes.read(code).gtin
            assert (len(gtin), check_digit(gtin[:-1])) == (14, gtin[-1])
