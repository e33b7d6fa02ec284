"""Whose purchases a store may remember, and by which name: decides from what people said.

A loyalty card is known by a pseudonym alone: the same each time in this store, worthless elsewhere.
Where consent and erasures are written down is not known here.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

PIECE = 32
"""The bytes of one piece of the store's key; each change of the key adds a piece."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """That somebody may be remembered: by which pseudonym, and from when on (None: all along)."""

    name: str
    since: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Tell whether what was bought at `at` may be remembered: consent is never backdated."""
        return self.since is None or self.since <= at


def pseudonyms(card: str, key: bytes) -> tuple[str, ...]:
    """Return every name that a card has had under `key`, the one that counts last.

    Each is a keyed BLAKE2b of 64 bits of the one before it, the first of the card; so names go on
    when a key is changed although the store keeps no card. `key` never leaves the store.
    """
    found, name = [], card
    for start in range(0, len(key), PIECE):
        name = renamed(name, key[start : start + PIECE])
        found.append(name)
    return tuple(found)


def pseudonym(card: str, key: bytes) -> str:
    """Return what the store keeps of a loyalty card."""
    return pseudonyms(card, key)[-1]


def renamed(name: str, piece: bytes) -> str:
    """Return the name that follows `name` under one more piece of the key."""
    return hashlib.blake2b(name.encode(), key=piece, digest_size=8).hexdigest()


def mark(name: str, key: bytes) -> str:
    """Return what is kept of a name that was erased: it tells nothing, but knows the name again."""
    return hashlib.blake2b(name.encode(), key=key, digest_size=16).hexdigest()


def agreed(
    name: str, said: datetime | None, *, programme: bool, erased: datetime | None
) -> Agreed | None:
    """Return whether `name` may be remembered, None when not.

    Args:
        name: the pseudonym.
        said: since when its holder has agreed, None when that was never recorded.
        programme: whether joining the loyalty programme is to agree, as the retailer declares.
        erased: when its holder was erased; what was agreed before, and joining, count no more.
    """
    if said is not None and (erased is None or said > erased):
        return Agreed(name, said)
    return Agreed(name) if programme and erased is None else None
