"""How alike two answers are: by what each kind's answers are used for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.likeness import Answer, likeness


def shopper(*items: int) -> Answer:
    return Answer({"items": np.array(items, dtype=np.int64)})


def demand(*mean: float) -> Answer:
    return Answer({"mean": np.array(mean, dtype=np.float32)})


def facings(*empty: float, threshold: float = 0.5) -> Answer:
    """Return what a facing model says, columns full, low, empty, occluded."""
    return Answer({"states": np.array([(1 - p, 0, p, 0) for p in empty]).reshape(-1, 4)}, threshold)


def peaks(*places: tuple[int, int], size: tuple[int, int] = (9, 13)) -> Answer:
    centre = np.zeros((1, 1, *size), dtype=np.float32)
    for row, column in places:
        centre[0, 0, row, column] = 0.9
    return Answer({"centre": centre})


@pytest.mark.parametrize(
    ("kind", "one", "other", "alike"),
    [
        ("shopper", shopper(*range(20)), shopper(*range(20)), 1.0),
        ("shopper", shopper(*range(10)), shopper(*range(5, 15)), 0.5),
        ("shopper", shopper(), shopper(1), 0.0),
        ("shopper", shopper(), shopper(), 1.0),
        ("demand", demand(1.0, 3.0), demand(1.0, 3.0), 1.0),
        ("demand", demand(1.0, 1.0), demand(3.0, 3.0), 0.5),
        ("demand", demand(0.0), demand(0.0), 1.0),
        ("demand", demand(1.0), demand(1.0, 2.0), 0.0),
        ("demand", demand(-1.0), demand(1.0), 0.0),
        ("gaps", facings(0.9, 0.1, 0.9, 0.1), facings(0.6, 0.4, 0.1, 0.1), 0.75),
        ("gaps", facings(0.6), facings(0.6, threshold=0.7), 0.0),
        ("gaps", facings(), facings(), 1.0),
        ("gaps", facings(0.1), facings(0.1, 0.2), 0.0),
        ("gap_detector", peaks((0, 0), (8, 12)), peaks((1, 1), (8, 12)), 1.0),
        ("gap_detector", peaks((0, 0), (8, 12)), peaks((0, 0)), 2 / 3),
        ("gap_detector", peaks(), peaks(), 1.0),
        ("gap_detector", peaks(), peaks(size=(40, 40)), 0.0),
        ("other", demand(1.0), demand(1.001), 1.0),
        ("other", demand(1.0), demand(1.5), 0.0),
        ("other", demand(1.0), demand(1.0, 1.0), 0.0),
        ("other", demand(1.0), facings(1.0), 0.0),
        ("other", Answer({}), Answer({}), 1.0),
        ("gaps", demand(1.0), demand(1.0), 1.0),
        ("gaps", demand(1.0), facings(1.0), 0.0),
    ],
)
def test_likeness_is_by_kind(kind: str, one: Answer, other: Answer, alike: float) -> None:
    assert likeness(kind, one, other) == pytest.approx(alike)
    assert likeness(kind, other, one) == pytest.approx(alike)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9))
def test_likeness_is_a_share(values: list[float]) -> None:
    assert 0.0 <= likeness("demand", demand(*values), demand(*reversed(values))) <= 1.0
