"""The store's catalogue in arrays: a row is an item, in the order of its GTIN as a number."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from endcap.models.shopper.figures import Kinds
from endcap.models.shopper.habits import places

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def among(some: Ids, asked: Ids) -> Mask:
    """Return which of `asked` are among `some`, which are sorted: np.isin would sort both again."""
    found: Mask = places(some, asked) < len(some)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """The catalogue; `discount` is of today, 0 for none, `suits` bits of offers/diets.

    `age` is the least age of who may buy it. All have a row for each of `kinds.items`.
    """

    kinds: Kinds
    names: tuple[str, ...]
    price: Floats
    discount: Floats
    suits: NDArray[np.int32]
    age: NDArray[np.int16]

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.kinds.items)

    def rows(self, items: Ids) -> Ids:
        """Return the row of each item, -1 where the store does not sell it."""
        return self.kinds.rows(items)

    def like_group(self, row: int) -> Ids:
        """Return the rows of its category, or, where that is not said, of its department."""
        category = int(self.kinds.category[row])
        if category >= 0:
            return np.flatnonzero(self.kinds.category == category)
        return np.flatnonzero(self.kinds.department == self.kinds.department[row])
