"""Golden checks: a sound copy agrees, any other is named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endcap.models.golden import Arrays, case, disagreements, to_array, to_tensor
from endcap.wire.manifest import Golden


def halves(feed: Arrays) -> Arrays:
    return {"y": (feed["x"] / 2).astype(np.float32)}


GOLDEN = Golden(cases=(case({"x": np.arange(4, dtype=np.float32)}, halves),))


@given(
    st.sampled_from(["float32", "int64", "uint8", "bool"]),
    st.lists(st.integers(0, 1), max_size=6),
)
def test_an_array_comes_back_as_it_went(dtype: str, values: list[int]) -> None:
    array = np.array(values, dtype=dtype)
    back = to_array(to_tensor(array))
    assert back.dtype == array.dtype
    assert back.tolist() == array.tolist()


def test_a_sound_copy_agrees() -> None:
    assert disagreements(GOLDEN, halves) == ()
    assert disagreements(Golden.model_validate_json(GOLDEN.model_dump_json()), halves) == ()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({}, "missing"),
        ({"y": np.zeros(3, np.float32)}, "shape"),
        ({"y": np.full(4, np.nan, np.float32)}, "not finite"),
        ({"y": np.array([0, 0.5, 1, 9], np.float32)}, "off by up to 7.5"),
    ],
)
def test_another_copy_is_named(answer: Arrays, complaint: str) -> None:
    (line,) = disagreements(GOLDEN, lambda _: answer)
    assert complaint in line
