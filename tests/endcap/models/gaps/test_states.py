"""The states of a facing: the order of the columns, and what a plain yes or no becomes."""

from dataclasses import asdict

import pytest

from endcap.models.gaps.states import STATES, Chances


def test_the_columns_are_the_fields_in_their_order() -> None:
    assert tuple(asdict(Chances.of_row([0.4, 0.3, 0.2, 0.1]))) == STATES
    assert asdict(Chances.of_row([0.4, 0.3, 0.2, 0.1]))["low"] == pytest.approx(0.3)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        Chances.of_row([0.5, 0.5])
