"""What is told of two looks at the store."""

from dataclasses import replace

from edge_agent.core.changes import NAMED, Change, Look, changes

BEFORE = Look(gaps={"a": "aisle-1/f1"}, stock={"a": 3.0, "b": 0.0}, prints={"prices": "1"})


def test_the_same_again_is_no_change() -> None:
    assert changes(BEFORE, replace(BEFORE, stock=dict(BEFORE.stock))) == ()


def test_items_are_named_by_what_became_of_them() -> None:
    after = replace(BEFORE, gaps={"c": "aisle-2/f0"}, stock={"a": 2.0, "b": 0.0, "d": 1.0})
    assert changes(BEFORE, after) == (Change("shelves", ("a", "c")), Change("stock", ("a", "d")))


def test_a_new_planogram_is_a_change_of_every_shelf() -> None:
    before = replace(BEFORE, prints={"shelves": "ok"})
    after = Look(gaps={}, stock=BEFORE.stock, prints={"shelves": "missing", "models": "3"})
    assert changes(before, after) == (Change("shelves"), Change("models"))


def test_too_many_items_are_not_named() -> None:
    after = replace(BEFORE, stock={str(n): 1.0 for n in range(NAMED)})
    assert changes(BEFORE, after) == (Change("stock", None),)
