"""Looks whether settings for stores have the shape of settings: sections with names and values.

Which settings there are, and which of them a store takes, is the store's to say: an order that it
cannot have is refused there, and told.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from endcap.wire.identifiers import NAME_PATTERN

MOST_SECTIONS = 50
MAX_BYTES = 100 * 1024
"""So that an order fits into what a store reads, signed and in base64."""


def problems(settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return what is wrong with the shape of `settings`, a line each."""
    found = [line for name, value in settings.items() for line in _section(name, value)]
    if len(settings) > MOST_SECTIONS:
        found.append(f"{len(settings)} sections; at most {MOST_SECTIONS} fit into an order")
    if not found and len(json.dumps(settings)) > MAX_BYTES:
        found.append(f"more than {MAX_BYTES // 1024} KB, which does not fit into an order")
    return tuple(found)


def _section(name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with one section."""
    if not re.fullmatch(NAME_PATTERN, name):
        yield f"{name[:60]!r} is no section's name"
    tables = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    if not all(isinstance(one, Mapping) for one in tables):
        yield f"{name}: must be a table: write [{name}], or [[{name}]] for each of several"
    elif not _is_plain(value):
        yield f"{name}: a date or a time is no setting: put it in quotes"


def _is_plain(value: object) -> bool:
    """Tell whether JSON can say a value."""
    if isinstance(value, Mapping):
        return all(_is_plain(one) for one in value.values())
    if isinstance(value, list):
        return all(_is_plain(one) for one in value)
    return isinstance(value, str | int | float | bool)


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """Return what changes from one order to the next, a line for each section.

    >>> changes({"log": {"level": "info"}}, {"models": {"threads": 2}})
    ('log: back to the file of the store', 'models: {"threads": 2}')
    """
    gone = [f"{name}: back to the file of the store" for name in before if name not in after]
    new = [f"{name}: {json.dumps(one)}" for name, one in after.items() if before.get(name) != one]
    return (*gone, *new)
