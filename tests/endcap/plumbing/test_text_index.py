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
def index() -> TextIndex:
    made = TextIndex()
    assert made.rebuild(SHELF) == len(SHELF)
    return made


def ids(index: TextIndex, query: str) -> list[str]:
    return [id_ for id_, _ in index.search(query, 10).found]


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
    assert index.search("4006381333931", 10).found == ((WHOLE, EXACT),)


def test_an_unknown_gtin_is_looked_for_as_a_word(index: TextIndex) -> None:
    assert index.search("96385074", 10).found == ()


def test_a_number_is_never_taken_for_its_neighbour(index: TextIndex) -> None:
    assert ONE not in ids(index, "2%")


def test_what_nobody_spells_is_rescued_by_its_letters(index: TextIndex) -> None:
    assert ids(index, "strawbrriesjm") != []


@pytest.mark.parametrize("query", ["", "   ", "???", '" OR --', "the", "*", "NEAR(", "\x00"])
def test_a_strange_query_is_answered_without_an_error(index: TextIndex, query: str) -> None:
    assert index.search(query, 5).found == ()


def test_suggestions_come_while_typing(index: TextIndex) -> None:
    assert [name for _, name in index.suggest("greek yo", 5)] == ["Greek Yogurt Strawberry"]
    assert {name for _, name in index.suggest("stra", 5)} == {
        "Strawberry Jam",
        "Greek Yogurt Strawberry",
    }
    assert index.suggest("", 5) == []


def test_limits_hold(index: TextIndex) -> None:
    assert len(index.search("milk", 2).found) == 2
    assert len(index.suggest("m", 1)) == 1


def test_a_rebuild_is_seen_at_once(index: TextIndex) -> None:
    index.rebuild(SHELF[:2])
    assert ids(index, "jam") == []
    assert ids(index, "reduced fat")[0] == TWO


def test_a_broken_rebuild_leaves_the_old_catalogue(index: TextIndex) -> None:
    with pytest.raises(ValueError, match="the same id"):
        index.rebuild((SHELF[0], SHELF[0]))
    assert ids(index, "jam")[0] == JAM


def test_how_a_question_was_understood_is_told(index: TextIndex) -> None:
    found = index.search("strawbery jam", 10)
    assert (found.corrected, found.rescued) == ((("strawbery", "strawberry"),), False)
    assert index.search("strawbrriesjm", 10).rescued


def test_a_synonym_finds_what_is_called_otherwise(index: TextIndex) -> None:
    assert ids(index, "marmalade") == []
    index.rebuild(SHELF, {"marmalade": ("jam",)})
    assert ids(index, "marmalade") == [JAM]


def test_what_is_written_in_two_words_is_found_by_one() -> None:
    index = TextIndex()
    index.rebuild((Entry("1", "Shower Head"), Entry("2", "Showerhead"), Entry("3", "Soap")))
    assert set(ids(index, "showerhead")) == {"1", "2"}
    assert set(ids(index, "shower head")) == {"1", "2"}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("北海道牛乳", "牛乳"),
        ("Huile d'olive vierge", "olive"),
        ("L\u2019eau minerale", "eau"),
        ("Vollmilch Schokolade", "vollmilchschokolade"),
        ("Crème fraîche", "creme fraiche"),
    ],
)
def test_other_languages_are_read(name: str, query: str) -> None:
    index = TextIndex()
    index.rebuild((Entry("1", name), Entry("2", "Soap")))
    assert ids(index, query) == ["1"]
