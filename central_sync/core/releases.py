"""Decides what a release is: which models, which number, what changed, and when one is due.

Does not sign, store or announce anything. A release's number only grows: going back is a new
release with older models, because a store never accepts a lower number than it has had.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from endcap.wire.manifest import ModelManifest, ReleaseManifest
from endcap.wire.release_paths import files_of, release_path


class NothingToReleaseError(Exception):
    """No model is champion yet: a release of nothing would help no store."""


def next_number(known: Iterable[int]) -> int:
    """Return the number of the next release; one that was ever used is never used again."""
    return max(known, default=0) + 1


def compose(
    number: int, champions: Mapping[str, ModelManifest], *, created: datetime, notes: str = ""
) -> ReleaseManifest:
    """Return release `number` of the champions of every kind.

    Raises:
        NothingToReleaseError: there is no champion.
    """
    if not champions:
        raise NothingToReleaseError("no model is champion yet; train and promote one first")
    return ReleaseManifest(
        release=number, created=created, models=dict(sorted(champions.items())), notes=notes
    )


def reverted(
    to: ReleaseManifest, number: int, *, created: datetime, reason: str = ""
) -> ReleaseManifest:
    """Return release `number` with the models of the older release `to`."""
    notes = f"back to the models of release {to.release}" + (f": {reason}" if reason else "")
    return ReleaseManifest(release=number, created=created, models=to.models, notes=notes)


def is_due(
    champions: Mapping[str, ModelManifest], since: datetime, newest: ReleaseManifest | None
) -> bool:
    """Tell whether the champions, the youngest of them champion since `since`, want a release.

    Models are told apart by content: a champion that was only renamed changes no store. Champions
    older than the newest release are no reason either: someone went back from them on purpose.
    """
    if not champions:
        return False
    if newest is None:
        return True
    return since >= newest.created and _contents(champions) != _contents(newest.models)


def changes(before: ReleaseManifest | None, after: ReleaseManifest) -> tuple[str, ...]:
    """Return what `after` changes, a line a kind, for people to read before they sign."""
    old = before.models if before else {}
    lines = []
    for kind in sorted({*old, *after.models}):
        was, now = old.get(kind), after.models.get(kind)
        if was is None and now is not None:
            lines.append(f"{kind} {now.version}, new")
        elif now is None and was is not None:
            lines.append(f"{kind} {was.version} withdrawn")
        elif was is not None and now is not None and was.model.sha256 != now.model.sha256:
            lines.append(f"{kind} {was.version} -> {now.version}")
    return tuple(lines)


def no_longer_needed(
    gone: ReleaseManifest, remaining: Collection[ReleaseManifest]
) -> frozenset[str]:
    """Return the paths that only the revoked release `gone` needs."""
    kept = {path for release in remaining for path in files_of(release)}
    return frozenset({release_path(gone.release), *files_of(gone)} - kept)


def _contents(models: Mapping[str, ModelManifest]) -> dict[str, tuple[str, str]]:
    """Return what tells two sets of models apart."""
    return {kind: (one.model.sha256, one.golden.sha256) for kind, one in models.items()}
