"""Decides what a release is: models, settings, number, what changed, and when one is due.

Does not sign, store or announce anything. A release's number only grows: going back is a new
release with older models, because a store never accepts a lower number than it has had.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from endcap.models.site_settings import BOUNDS, bad_setting
from endcap.wire.manifest import ModelManifest, ReleaseManifest
from endcap.wire.release_paths import delta_path, files_of, release_path, signature_path

Settings = Mapping[str, Mapping[str, float]]
"""Numbers of a site by part: a model's kind, or SEARCH."""
SEARCH = "search"


class NothingToReleaseError(Exception):
    """No model is champion yet: a release of nothing would help no store."""


class ResearchOnlyError(Exception):
    """A model's terms keep it out of business, and nobody said that it may go to stores."""


class SettingsUnusableError(Exception):
    """A setting makes no sense, or belongs to nothing that a store with this release would read."""


def next_number(known: Iterable[int]) -> int:
    """Return the number of the next release; one that was ever used is never used again."""
    return max(known, default=0) + 1


def compose(
    number: int,
    champions: Mapping[str, ModelManifest],
    *,
    created: datetime,
    notes: str = "",
    settings: Settings | None = None,
) -> ReleaseManifest:
    """Return release `number` of the champions of every kind, and the site's settings.

    Raises:
        NothingToReleaseError: there is no champion.
        SettingsUnusableError: a setting is none of these models', nor the search's, or out of
            bounds.
    """
    if not champions:
        raise NothingToReleaseError("no model is champion yet; train and promote one first")
    _must_make_sense(settings or {}, champions)
    return ReleaseManifest(
        release=number,
        created=created,
        models=dict(sorted(champions.items())),
        notes=notes,
        settings={part: dict(numbers) for part, numbers in sorted((settings or {}).items())},
    )


def must_be_for_business(manifest: ReleaseManifest, live: Iterable[ReleaseManifest] = ()) -> None:
    """Refuse a release with a model that is for research, unless one of `live` brought it already.

    Raises:
        ResearchOnlyError: there is such a model; a person may allow it.
    """
    allowed = {one.model.sha256 for release in live for one in release.models.values()}
    for kind, one in manifest.models.items():
        if one.restriction and one.model.sha256 not in allowed:
            raise ResearchOnlyError(
                f"{kind} {one.version} is under the terms {one.restriction!r}: no release carries"
                " it; promote another version, or build with --allow-research"
            )


def kept_settings(
    newest: ReleaseManifest | None, champions: Mapping[str, ModelManifest]
) -> Settings:
    """Return the settings of the newest release that still mean something to these models."""
    if newest is None:
        return {}
    kept = {}
    for part, numbers in newest.settings.items():
        known = known_settings(part, champions)
        still = {name: value for name, value in numbers.items() if name in known}
        if still:
            kept[part] = still
    return kept


def known_settings(part: str, champions: Mapping[str, ModelManifest]) -> frozenset[str]:
    """Return the numbers of a part that a site may set: listed ones, and a model's thresholds."""
    if part != SEARCH and part not in champions:
        return frozenset()
    listed = {name for whose, name in BOUNDS if whose == part}
    return frozenset(listed.union(champions[part].thresholds if part in champions else ()))


def reverted(
    to: ReleaseManifest, number: int, *, created: datetime, reason: str = ""
) -> ReleaseManifest:
    """Return release `number` with the models and settings of the older release `to`."""
    notes = f"back to the models of release {to.release}" + (f": {reason}" if reason else "")
    return ReleaseManifest(
        release=number, created=created, models=to.models, notes=notes, settings=to.settings
    )


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
    return (*lines, *_moved(before.settings if before else {}, after.settings))


def no_longer_needed(
    gone: ReleaseManifest, remaining: Collection[ReleaseManifest]
) -> frozenset[str]:
    """Return the paths that only the revoked release `gone` needs."""
    kept = {path for release in remaining for path in _paths(release)}
    return frozenset({release_path(gone.release), *_paths(gone)} - kept)


def _paths(release: ReleaseManifest) -> set[str]:
    """Return every path that belongs to a release beside its manifest."""
    signatures = {signature_path(model) for model in release.models.values()}
    return {*files_of(release), *map(delta_path, release.deltas), *signatures}


def _must_make_sense(settings: Settings, champions: Mapping[str, ModelManifest]) -> None:
    """Refuse a setting that nothing in a store would read, or that a store would refuse."""
    for part, numbers in settings.items():
        known = known_settings(part, champions)
        if part != SEARCH and part not in champions:
            parts = ", ".join(sorted({*champions, SEARCH}))
            raise SettingsUnusableError(f"no part is called {part!r}; there are {parts}")
        for name in numbers:
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                raise SettingsUnusableError(f"{part} has no setting {name!r}; it has {there}")
    problem = bad_setting(settings)
    if problem:
        raise SettingsUnusableError(problem)


def _moved(before: Settings, after: Settings) -> list[str]:
    """Return what changes in the settings, a line a number."""
    lines = []
    for part in sorted({*before, *after}):
        old, new = before.get(part, {}), after.get(part, {})
        for name in sorted({*old, *new}):
            was, now = old.get(name, "the model's"), new.get(name, "the model's")
            if was != now:
                lines.append(f"{part}.{name} {was} -> {now}")
    return lines


def _contents(models: Mapping[str, ModelManifest]) -> dict[str, tuple[str, str]]:
    """Return what tells two sets of models apart."""
    return {kind: (one.model.sha256, one.golden.sha256) for kind, one in models.items()}


def champions_after(
    gone: ReleaseManifest, back: ReleaseManifest, champions: Mapping[str, str]
) -> dict[str, str]:
    """Return which models become champions when the fleet goes from `gone` back to `back`.

    Models are told by the hash of their file, `champions` too. Only those that `gone` brought give
    way: what was promoted since, or is the same in both, stays.
    """
    return {
        kind: back.models[kind].model.sha256
        for kind, bad in gone.models.items()
        if kind in back.models
        and champions.get(kind) == bad.model.sha256
        and back.models[kind].model.sha256 != bad.model.sha256
    }
