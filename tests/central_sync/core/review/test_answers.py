"""Answers are settled by the most, and it is told how far people agree."""

import hashlib

import pytest

from central_sync.core.review.answers import (
    SECOND_OPINION,
    Agreement,
    Said,
    agreement,
    over,
    settled,
    wanted,
    worth,
)


@pytest.mark.parametrize(
    ("said", "at_least", "what"),
    [
        ([], 1, None),
        (["empty"], 1, "empty"),
        (["empty"], 2, None),
        (["unsure", "low"], 1, "low"),
        (["unsure", "unsure"], 1, None),
        (["empty", "full"], 1, None),
        (["empty", "full"], 2, None),
        (["empty", "full", "full"], 2, "full"),
        (["empty", "full", "low"], 2, None),
        (["occluded", "occluded"], 2, "occluded"),
    ],
)
def test_the_most_decide_and_the_unsure_do_not(
    said: list[Said], at_least: int, what: str | None
) -> None:
    assert settled(said, at_least) == what


def test_nobody_more_is_asked_when_it_is_settled_or_three_tried() -> None:
    assert over(["empty"], 1)
    assert not over(["empty"], 2)
    assert not over(["empty", "full"], 1)
    assert over(["empty", "full", "low"], 1)
    assert over(["unsure"] * 3, 1)


def test_a_fifth_is_for_two_people() -> None:
    pictures = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(2000)]
    share = sum(wanted(one) == 2 for one in pictures) / len(pictures)
    assert share == pytest.approx(SECOND_OPINION, abs=0.03)


def test_what_was_drawn_comes_first_then_what_teaches_most() -> None:
    order = [
        worth("random", 0.0, 0.5),
        worth("sold", 0.99, 0.5),
        worth("disputed", 0.5, 0.5),
        worth("uncertain", 0.5, 0.5),
        worth("uncertain", 0.6, 0.5),
    ]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == len(order)


def test_agreement_is_told_of_pictures_that_two_judged() -> None:
    assert agreement([["empty"], ["full", "unsure"]]) == Agreement(0, None, None)
    full = agreement([["empty", "empty"], ["full", "full"]])
    assert full == Agreement(2, 1.0, 1.0)
    assert agreement([["full", "full"]] * 3).alpha is None, "all the same says nothing of chance"
    mixed = agreement([["empty", "full"], ["full", "empty"]])
    assert mixed.alike == 0.0
    assert mixed.alpha is not None
    assert mixed.alpha < 0


def test_alpha_is_as_published() -> None:
    """Krippendorff's own example of two observers and two values (2011, part A): 0.095."""
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    names: tuple[Said, Said] = ("full", "empty")
    units = [[names[a], names[b]] for a, b in zip(first, second, strict=True)]
    assert agreement(units).alpha == pytest.approx(0.095, abs=5e-4)
