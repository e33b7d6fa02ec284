import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from endcap.plumbing.text_index import EXACT, Entry, TextIndex

SHELF = (
    Entry("04006381333931", "Whole Milk", "Meadowbrook", "Dairy", "1/2 gal"),
    Entry("00000000000024", "2% Reduced Fat Milk", "Meadowbrook", "Dairy", "1/2 gal"),
    Entry("00000000000031", "1% Low Fat Milk", "Meadowbrook", "Dairy", "1/2 gal"),
    Entry("00000000000048", "Milk Chocolate Bar", "Sweet Street", "Snacks", "3.5 oz"),
    Entry("00000000000055", "Strawberry Jam", "Nutwell", "Pantry", "18 oz"),
    Entry("00000000000062", "Greek Yogurt Strawberry", "Alder Creek", "Dairy", "5.3 oz"),
)
WHOLE, TWO, ONE, BAR, JAM, YOGURT = (entry.id for entry in SHELF)


@pytest.fixture
def index() -> Iterator[TextIndex]:
    with closing(sqlite3.connect(":memory:")) as connection:
        made = TextIndex(connection)
        assert made.rebuild(SHELF) == len(SHELF)
        yield made


def ids(index: TextIndex, query: str) -> list[str]:
    return [id_ for id_, _ in index.search(query, 10)]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("2% milk half gallon", TWO),
        ("1% milk 64 fl oz", ONE),
        ("strawbery jam", JAM),
        ("jams", JAM),
        ("chocolat", BAR),
        ("sweet street", BAR),
        ("yoghurt", YOGURT),
    ],
)
def test_the_best_answer_comes_first(index: TextIndex, query: str, best: str) -> None:
    assert ids(index, query)[0] == best


def test_a_gtin_in_any_form_finds_its_product_alone(index: TextIndex) -> None:
    assert index.search("4006381333931", 10) == [(WHOLE, EXACT)]


def test_an_unknown_gtin_is_looked_for_as_a_word(index: TextIndex) -> None:
    assert index.search("96385074", 10) == []


def test_a_number_is_never_taken_for_its_neighbour(index: TextIndex) -> None:
    assert ONE not in ids(index, "2%")


def test_what_nobody_spells_is_rescued_by_its_letters(index: TextIndex) -> None:
    assert ids(index, "strawbrriesjm") != []


@pytest.mark.parametrize("query", ["", "   ", "???", '" OR --', "the", "*", "NEAR(", "\x00"])
def test_a_strange_query_is_answered_without_an_error(index: TextIndex, query: str) -> None:
    assert index.search(query, 5) == []


def test_suggestions_come_while_typing(index: TextIndex) -> None:
    assert [name for _, name in index.suggest("greek yo", 5)] == ["Greek Yogurt Strawberry"]
    assert {name for _, name in index.suggest("stra", 5)} == {
        "Strawberry Jam",
        "Greek Yogurt Strawberry",
    }
    assert index.suggest("", 5) == []


def test_limits_hold(index: TextIndex) -> None:
    assert len(index.search("milk", 2)) == 2
    assert len(index.suggest("m", 1)) == 1


def test_another_connections_rebuild_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path)) as other:
        writer, reader = TextIndex(one), TextIndex(other)
        writer.rebuild(SHELF)
        assert ids(reader, "strawbery jam")[0] == JAM
        writer.rebuild(SHELF[:2])
        assert ids(reader, "jam") == []


def test_an_index_survives_its_program(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        TextIndex(connection).rebuild(SHELF)
    with closing(sqlite3.connect(path)) as connection:
        assert ids(TextIndex(connection), "strawbery jam")[0] == JAM


def test_a_broken_rebuild_leaves_the_old_catalogue(index: TextIndex) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        index.rebuild((SHELF[0], SHELF[0]))
    assert ids(index, "jam")[0] == JAM
