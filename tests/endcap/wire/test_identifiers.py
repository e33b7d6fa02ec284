"""Names on the wire: what is taken in, in which form, and what is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from endcap.wire.identifiers import Finite, Gtin, StoreId, check_digit, normalise_gtin

MILK = "04006381333931"


@pytest.mark.parametrize(
    "text",
    [
        "4006381333931",
        "04006381333931",
        " 4006381333931 ",
        "4-006381-333931",
        "4006381 333931",
        "(01)04006381333931(17)261231",
        "0104006381333931",
        "https://id.example.com/01/04006381333931/10/ABC",
        "https://id.example.com/gtin/4006381333931?x=1",
    ],
)
def test_every_form_of_a_gtin_is_the_same_item(text: str) -> None:
    assert normalise_gtin(text) == MILK


def test_a_gtin_12_and_a_gtin_8_are_padded() -> None:
    assert normalise_gtin("036000291452") == "00036000291452"
    assert normalise_gtin("40170725") == "00000040170725"


def test_zeros_that_a_spreadsheet_dropped_come_back() -> None:
    assert normalise_gtin("36000291452") == "00036000291452"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("4006381333930", "check digit 0, which should be 1"),
        ("4.00638E+12", "a spreadsheet turned it into a number"),
        ("milk", "is no GTIN"),
        ("", "is no GTIN"),
        ("123", "has 3 digits"),
        ("123456789012345", "has 15 digits"),
        ("\uff14006381333931", "is no GTIN"),  # a full-width digit
        (4006381333931, "is text"),
        (True, "is text"),
    ],
)
def test_what_is_no_gtin_is_refused_with_its_reason(text: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        normalise_gtin(text)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_the_check_digit_finds_every_wrong_digit(body: str, place: int, shift: int) -> None:
    right = body + check_digit(body)
    wrong_digit = str((int(right[place]) + shift) % 10)
    wrong = right[:place] + wrong_digit + right[place + 1 :]
    assert TypeAdapter(Gtin).validate_python(right) == right
    with pytest.raises(ValidationError):
        TypeAdapter(Gtin).validate_python(wrong)


@pytest.mark.parametrize("store", ["s-0001", "abc", "0-0", "a" * 41])
def test_a_store_is_named_so(store: str) -> None:
    assert TypeAdapter(StoreId).validate_python(store) == store


@pytest.mark.parametrize("store", ["ab", "A-1x", "a/b1", "a+b", "a#b", "-abc", "a" * 42, "ab\0c"])
def test_a_store_is_not_named_so(store: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(StoreId).validate_python(store)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_is_finite(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        TypeAdapter(Finite).validate_python(value)
