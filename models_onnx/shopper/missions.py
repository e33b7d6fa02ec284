"""Made-up shopping missions over the sample catalogue: baskets to show a recommender with.

Nobody's purchases. A mission is what someone came for; a basket is one or two missions, a few
staples, and now and then something unrelated. Draws only from the generator it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Mission:
    """A reason to shop: how usual it is, and words that name the items it takes."""

    share: float
    items: tuple[str, ...]


MISSIONS = (
    Mission(3.0, ("Bananas", "Whole Milk", "White Sandwich Bread", "Large Eggs", "Salted Butter")),
    Mission(
        2.0, ("Corn Flakes", "Granola", "2% Reduced", "Blueberries", "Orange Juice", "Bananas")
    ),
    Mission(2.0, ("Spaghetti", "Marinara", "Parmesan", "Garlic Bread", "Olive Oil", "Fresh Basil")),
    Mission(
        1.0, ("Penne", "Diced Tomatoes", "Mozzarella", "Pork Sausage", "Yellow Onions", "Garlic")
    ),
    Mission(
        2.0,
        ("Tortillas", "Ground Beef", "Taco Seasoning", "Salsa", "Sour Cream", "Cilantro", "Limes"),
    ),
    Mission(
        1.0, ("Black Beans", "Long Grain Rice", "Avocados", "Salsa", "Limes", "Tortilla Chips")
    ),
    Mission(
        1.5,
        (
            "Hamburger Buns",
            "Ground Beef",
            "Ketchup",
            "Mustard",
            "Pickles",
            "Cheddar",
            "Potato Chips",
        ),
    ),
    Mission(1.0, ("Hot Dog Buns", "Beef Hot Dogs", "Ketchup", "Mustard", "Lager", "Potato Chips")),
    Mission(
        1.2,
        (
            "Flour",
            "Granulated Sugar",
            "Brown Sugar",
            "Vanilla Extract",
            "Chocolate Chips",
            "Unsalted",
        ),
    ),
    Mission(1.0, ("Pancake Mix", "Maple Syrup", "Smoked Bacon", "Large Eggs", "Strawberries")),
    Mission(
        1.5, ("Peanut Butter", "Strawberry Jam", "Whole Wheat Bread", "Gala Apples", "Carrots")
    ),
    Mission(1.2, ("Turkey", "Sliced Ham", "Whole Wheat Bread", "Mayonnaise", "Romaine", "Roma")),
    Mission(1.2, ("Romaine", "Cucumber", "Roma Tomatoes", "Ranch", "Bell Pepper", "Baby Spinach")),
    Mission(1.0, ("Chicken Noodle", "Chicken Broth", "Celery", "Carrots", "Lemons")),
    Mission(1.0, ("Chicken Breast", "Russet Potatoes", "Green Peas", "Butter", "Garlic")),
    Mission(0.8, ("Salmon", "Lemons", "Long Grain Rice", "Baby Spinach")),
    Mission(1.2, ("Ground Coffee", "Coffee Filters", "Oat Drink", "Plain Bagels", "Cream Cheese")),
    Mission(1.2, ("Cola", "Potato Chips", "Popcorn", "Cheese Pizza", "Vanilla Ice", "Cookies")),
    Mission(0.8, ("Sparkling Water", "Almonds", "Greek Yogurt", "Pretzels", "Spring Water")),
    Mission(0.8, ("Diapers", "Baby Wipes", "Banana Puree", "Whole Milk")),
    Mission(1.2, ("Paper Towels", "Toilet Paper", "Dish Soap", "Detergent", "Trash Bags", "Foil")),
    Mission(0.8, ("Toothpaste", "Shampoo", "Hand Soap", "Toilet Paper")),
    Mission(0.7, ("Dog Food", "Cat Litter", "Paper Towels")),
)
STAPLES = ("Bananas", "Whole Milk", "Large Eggs", "White Sandwich Bread", "Yellow Onions")

_TAKEN = 0.55
_STAPLE = 0.15
_SECOND_MISSION = 0.35
_UNRELATED = 0.8


def simulated_baskets(
    names: Mapping[str, str], number: int, rng: np.random.Generator
) -> list[frozenset[str]]:
    """Return `number` baskets of GTINs; `names` maps the catalogue's GTINs to names."""
    missions = [[_named(words, names) for words in mission.items] for mission in MISSIONS]
    staples = [_named(words, names) for words in STAPLES]
    shares = np.array([mission.share for mission in MISSIONS])
    gtins = sorted(names)
    return [_basket(missions, staples, gtins, shares / shares.sum(), rng) for _ in range(number)]


def _basket(
    missions: Sequence[Sequence[Sequence[str]]],
    staples: Sequence[Sequence[str]],
    gtins: Sequence[str],
    shares: np.ndarray,
    rng: np.random.Generator,
) -> frozenset[str]:
    """Return one basket; each item of a mission is taken or not, one variant of it."""
    chosen = rng.choice(len(missions), size=1 + int(rng.random() < _SECOND_MISSION), p=shares)
    wanted = [item for one in chosen for item in missions[one] if rng.random() < _TAKEN]
    wanted += [item for item in staples if rng.random() < _STAPLE]
    basket = {str(rng.choice(variants)) for variants in wanted}
    return frozenset(basket | {str(one) for one in rng.choice(gtins, rng.poisson(_UNRELATED))})


def _named(words: str, names: Mapping[str, str]) -> list[str]:
    """Return the GTINs whose name holds `words`.

    Raises:
        ValueError: none does: the catalogue and the missions went apart.
    """
    found = sorted(gtin for gtin, name in names.items() if words in name)
    if not found:
        raise ValueError(f"no product of the sample catalogue is called {words!r}")
    return found
