import pytest

from edge_agent.core.offers.diets import DIETS, asked_mask, canonical, mask_of


def suits(item: str, asked: str) -> bool:
    wanted = asked_mask(asked.split())
    return mask_of(item.split()) & wanted == wanted


def test_an_item_suits_what_its_catalogue_says_and_what_follows_from_it() -> None:
    assert suits("vegan", "vegan vegetarian lactose-free")
    assert suits("halal gluten-free", "no-alcohol gluten-free")
    assert not suits("vegetarian", "vegan")


def test_what_is_not_known_does_not_suit() -> None:
    assert suits("", "")
    assert not any(suits("", diet) for diet in DIETS)


def test_nothing_suits_a_diet_that_nobody_knows() -> None:
    assert not suits(" ".join(DIETS), "moonlight")
    assert mask_of(["moonlight"]) == 0


def test_words_are_read_in_one_order_and_form() -> None:
    assert canonical(["Gluten free", " VEGAN", "gluten_free", ""]) == "vegan gluten-free"
    with pytest.raises(ValueError, match="'moonlight' is no diet: vegan, vegetarian"):
        canonical(["vegan", "moonlight"])
