"""What counts in the order of what was found, and when two words are one. Finds nothing itself."""

from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts in the order of what was found; a release may set each (`settings.search`).

    `name` to `size` weigh the words of an item's fields. `said` is the bonus for a word that stands
    in the name as it was said and not only in another form, `neighbours` for two words that stand
    beside each other as they were asked, `nearly` for one word between them, `head` for an item
    that is the kind of thing asked for. `sold` lifts what sells here now, as a share of an
    item's score; what is not to be had keeps the share `gone` of its own.
    """

    name: float = 1.0
    brand: float = 0.8
    department: float = 0.3
    size: float = 0.6
    said: float = 1.0
    neighbours: float = 0.3
    nearly: float = 0.05
    head: float = 0.1
    sold: float = 0.1
    gone: float = 0.5

    @classmethod
    def set_by(cls, setting: Callable[[str, str, float], float]) -> "Weights":
        """Return the weights as `setting` has them: it takes a part, a name, and what is usual."""
        return cls(**{name: setting("search", name, usual) for name, usual in _USUALLY.items()})

    @property
    def fields(self) -> tuple[float, float, float, float]:
        """Return the weights of the fields: name, brand, department, size."""
        return self.name, self.brand, self.department, self.size


USUAL = Weights()
_USUALLY = asdict(USUAL)


def root(word: str) -> str:
    """Return `word` without a plural's s: enough to see the same word twice.

    >>> root("eggs"), root("glass"), root("gas")
    ('egg', 'glass', 'gas')
    """
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word  # noqa: PLR2004 - "gas" keeps its s
