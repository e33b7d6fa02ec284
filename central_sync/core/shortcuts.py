"""Decides which shorter ways to its files a release names: pieces, and deltas from older models.

A store may always take the whole file; a delta is named only when it is much shorter. Makes no
delta: release_shortcuts does.
"""

import hashlib
from collections.abc import Iterable, Sequence

from endcap.wire.manifest import CHUNK, ModelManifest, ReleaseManifest

LOOK_BACK = 3
"""How many models of its kind back a store may be that is offered a delta; none when it is new."""
AT_MOST = 0.5
"""The longest a delta may be, as a share of the file it leads to."""


def pieces(content: bytes) -> tuple[str, ...]:
    """Return the SHA-256 of each CHUNK bytes of a file; nothing for one that is a single piece.

    >>> pieces(b"short")
    ()
    """
    if len(content) <= CHUNK:
        return ()
    starts = range(0, len(content), CHUNK)
    return tuple(hashlib.sha256(content[at : at + CHUNK]).hexdigest() for at in starts)


def bases(
    model: ModelManifest, live: Sequence[ReleaseManifest], packaged: Iterable[ModelManifest] = ()
) -> tuple[ModelManifest, ...]:
    """Return the models that stores may have in place of `model`, the newest first.

    `live` are the releases that stores may run, `packaged` the models that come with the program:
    a store that is new has nothing else. Models are told apart by content.
    """
    newest = sorted(live, key=lambda one: one.release, reverse=True)
    older = [one.models[model.kind] for one in newest if model.kind in one.models]
    factory = [one for one in packaged if one.kind == model.kind]
    found = [*_others(model, older)[:LOOK_BACK], *factory]
    return _others(model, found)


def _others(model: ModelManifest, among: Iterable[ModelManifest]) -> tuple[ModelManifest, ...]:
    """Return each model that is another than `model`, once, in their order."""
    found = {one.model.sha256: one for one in among if one.model.sha256 != model.model.sha256}
    return tuple(found.values())


def is_worth_it(delta: int, whole: int) -> bool:
    """Tell whether a delta of `delta` bytes is worth offering for a file of `whole` bytes."""
    return 0 < delta <= AT_MOST * whole
