"""Which of the lake's files count: where one file holds what others hold, the larger one.

A file's name says which arrivals at the centre it holds, of one epoch of one store and kind:
`{epoch}-{first}-{last}.parquet`. Files of the same place never overlap but where one was joined
from others, which may lie beside it for a while. Which kinds grow old is told here, too. Reads
nothing.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from endcap.wire.events import ItemsDescribed

AGELESS = frozenset({ItemsDescribed.kind})
"""Kinds that stay however old: a store describes its items anew only when they change."""

_OURS = re.compile(r"^([0-9a-f]{16})-(\d{19})-(\d{19})\.parquet$")


def file_name(epoch: str, first: int, last: int) -> str:
    """Return the name of the file that holds the arrivals from `first` to `last`."""
    return f"{epoch}-{first:019}-{last:019}.parquet"


def standing(names: Iterable[str]) -> list[str]:
    """Return the names of files that count, in order: ours, that lie within no other."""
    found: list[str] = []
    longest_first = sorted(filter(is_ours, names), key=_span)
    for _, same in groupby(longest_first, key=lambda name: _span(name)[0]):
        upto = 0
        for name in same:
            last = -_span(name)[2]
            if last > upto:
                found.append(name)
                upto = last
    return found


def is_ours(name: str) -> bool:
    """Tell whether a name is one that `file_name` gives."""
    return _OURS.match(name) is not None


def _span(name: str) -> tuple[str, int, int]:
    """Return epoch, first and negated last arrival: the longer of two that begin alike is first."""
    epoch, first, last = name.removesuffix(".parquet").split("-")
    return epoch, int(first), -int(last)
