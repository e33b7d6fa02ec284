"""A report leaves the store without what may stand for a person, and never too large."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.core.bundle import LEFT_OUT, fitted, scrubbed


@pytest.mark.parametrize(
    "personal",
    ["4006381333931", "5412 7512 3456 7890", "9f86d081884c7d65", "+49 170 1234567", "a.b@c.org"],
)
def test_what_may_stand_for_a_person_is_taken_out(personal: str) -> None:
    assert scrubbed(f"row 3 says {personal}, and more") == "row 3 says #, and more"


@pytest.mark.parametrize(
    "plain",
    ["release 12 of 17", "at 2026-03-02 12:00:05", "camera.east-1", "127.0.0.1:8480", "0.9.1"],
)
def test_what_helps_stays(plain: str) -> None:
    assert scrubbed(plain) == plain


def test_the_newest_lines_are_kept() -> None:
    told = json.loads(fitted({"store": "s-1"}, [f"line {one}" for one in range(1000)], 2000))
    assert told["store"] == "s-1"
    assert told["log"][-1] == "line 999"
    assert 50 < len(told["log"]) < 1000
    assert json.loads(fitted({}, ["one", "two"]))["log"] == ["one", "two"]


def test_the_largest_section_gives_way() -> None:
    told = json.loads(fitted({"store": "s-1", "config": "x" * 5000}, ["line"], 2000))
    assert told == {"store": "s-1", "config": LEFT_OUT, "log": ["line"]}


@given(
    st.dictionaries(st.sampled_from("abcd"), st.text(max_size=300), max_size=4),
    st.lists(st.text(max_size=80), max_size=30),
)
def test_it_is_never_too_large(sections: dict[str, str], log: list[str]) -> None:
    assert len(fitted(sections, log, 400).encode()) <= 400
