import pytest

from endcap.models.search.postings import Postings
from endcap.models.search.question import Lexicon, completions, rescue, understand
from endcap.models.search.ranking import root
from endcap.models.search.speller import Speller
from endcap.models.search.words import words

NAMES = (
    *("whole milk", "oat milk", "chocolate milk", "milk chocolate bar"),
    *("bed bug spray", "bed bug trap", "bath rug", "wool rug", "red rug", "hall rug"),
    *("outdoor chair", "wooden door", "slide rack", "shelf board", "rheum root", "rheem heater"),
    *("water heater valve", "rheem pump", "soda sparkling", *["rheem water heater"] * 40),
)


def lexicon(synonyms: dict[str, tuple[str, ...]] | None = None) -> Lexicon:
    rows = [words(name) for name in NAMES]
    counts: dict[str, int] = {}
    for row in rows:
        counts |= {word: counts.get(word, 0) + 1 for word in set(row)}
    names = [list(map(root, row)) for row in rows]
    postings = Postings.of([[name] for name in names], (1.0,), ["" for _ in rows], names)
    return Lexicon(postings, Speller.of(counts), root, synonyms or {})


SHOP = lexicon()


def best(text: str, shop: Lexicon = SHOP) -> list[str]:
    return [part[0][0] for part in understand(text, shop).parts]


def test_a_known_word_is_taken_as_it_is_in_any_form() -> None:
    assert understand("Milks", SHOP).corrected == ()
    assert best("Milks") == ["milk"]


def test_a_slip_is_corrected_and_told() -> None:
    found = understand("chocolat mlik", SHOP).corrected
    assert found == (("chocolat", "chocolate"), ("mlik", "milk"))


def test_the_words_around_a_slip_say_what_was_meant() -> None:
    assert best("wool gug") == ["wool", "rug"]
    assert best("bed gug") == ["bed", "bug"]


def test_a_rare_word_that_hides_a_neighbour_does_not_hide_it() -> None:
    parts = understand("rheum water heater", SHOP).parts
    assert [term for term, _ in parts[0]] == ["rheum", "rheem"]
    assert [term for term, _ in understand("rheum root", SHOP).parts[0]] == ["rheum"]


def test_all_that_a_word_may_mean_counts_as_said_but_no_number() -> None:
    said = understand("rheum water heaters 40 gal", SHOP).said
    assert said == ("rheum", "rheem", "water", "heater")


def test_neighbours_are_also_looked_for_as_one_word() -> None:
    assert all("outdoor" in dict(part) for part in understand("out door", SHOP).parts[1:])


def test_one_word_that_is_two_is_split() -> None:
    assert best("sliderack") == ["slide", "rack"]


def test_an_unfinished_word_is_completed() -> None:
    assert best("choco") == ["chocolate"]


def test_synonyms_stand_in_with_less_weight_after_correction() -> None:
    (part,) = understand("cmilk", lexicon({"milk": ("soda",)})).parts
    assert part[0] == ("milk", 1.0)
    assert 0 < dict(part)["soda"] < 1


@pytest.mark.parametrize("text", ["2% milk", "1% milk", "12 milk", "0.5 milk"])
def test_numbers_stand_for_themselves_alone(text: str) -> None:
    numbers = [part for part in understand(text, SHOP).parts if not part[0][0].isalpha()]
    assert numbers
    assert all(len(part) == 1 for part in numbers)


def test_a_word_nobody_knows_stays_until_the_rescue() -> None:
    assert best("zzyzzx") == ["zzyzzx"]
    found = rescue("choclatemlk", SHOP)
    assert found.rescued
    assert found.parts


@pytest.mark.parametrize("nothing", ["", "  ", "!!", "the of"])
def test_a_question_without_words_asks_nothing(nothing: str) -> None:
    assert understand(nothing, SHOP).parts == ()
    assert completions(nothing, SHOP) == ()


def test_what_is_being_typed_may_end_in_many_ways() -> None:
    assert dict(completions("milk choc", SHOP)[-1]) == {"chocolate": 1.0}
    assert [part[0][0] for part in completions("mlik ", SHOP)] == ["milk"]
    assert {"rug", "red"} & dict(completions("bath r", SHOP)[-1]).keys()
