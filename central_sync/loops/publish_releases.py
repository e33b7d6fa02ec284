"""When the champions changed: compose a release and its way back, stage, sign and publish both.

Each step leaves a row or a file, and a pass begins where the last one stopped, so a crash between
any two costs nothing. Without targets keys at hand a release is built and waits for people to sign
it. The way back is a release with a higher number and the models that the fleet runs: signed with
the release, and wanted by no store unless its rollout is stopped, so that going back needs no
offline key. Which store wants what is advance_rollouts', and announce_releases tells them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from central_sync.core.releases import (
    ResearchOnlyError,
    Settings,
    changes,
    compose,
    is_due,
    kept_settings,
    must_be_for_business,
    next_number,
    no_longer_needed,
    reverted,
)
from central_sync.core.rollouts.succession import fleet_runs
from central_sync.ports.releases import (
    Assignments,
    ModelFiles,
    ReleaseRow,
    ReleaseShelf,
    ReleaseUnusableError,
    RepositoryStanding,
    Shortcuts,
    SignedReleases,
)
from endcap.plumbing.clock import Clock
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.release_paths import files_of, model_path, release_path

EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Publishing:
    """What publishing works with; `keys` is None when people sign by hand."""

    shelf: ReleaseShelf
    assignments: Assignments
    files: ModelFiles
    signed: SignedReleases
    shortcuts: Shortcuts
    keys: Path | None


def _to_nobody(_why: str) -> None:
    """Tell nobody why nothing is released."""


async def publish_releases(
    means: Publishing,
    clock: Clock,
    *,
    automatic: bool = True,
    every: timedelta = EVERY,
    tell: Callable[[str], None] = _to_nobody,
) -> None:
    """Renew the online signatures, and publish what is due, for ever; `tell` why it is refused.

    While a model is being trained nothing is published: one release carries what one night learned.
    Neither is it while a rollout is under way: its end says what the way back leads back to.
    """
    told = ""
    while True:
        await means.signed.refresh(clock.now())
        busy = await means.shelf.training_under_way() or await means.shelf.rollout_under_way()
        if automatic and not busy:
            refused = await _refused(means, clock.now())
            if refused and refused != told:
                tell(refused)
            told = refused
        await clock.sleep(every)


async def _refused(means: Publishing, at: datetime) -> str:
    """Publish what is due; return why a person must decide first, or an empty text."""
    try:
        await publish_once(means, at)
    except ResearchOnlyError as error:
        return str(error)
    return ""


async def publish_once(means: Publishing, at: datetime) -> int | None:
    """Bring the newest release as far as it can go now; return it when it is live."""
    newest = await _newest_or_due(means, at)
    if newest is None:
        return None
    if newest.signed_at is None:
        standing = await means.signed.standing()
        if newest.manifest.release not in standing.releases:
            standing = await _advance(means, newest.manifest, standing, at)
        if newest.manifest.release not in standing.releases:
            return None
        await note(means, standing, at)
    return newest.manifest.release


async def build(
    means: Publishing,
    at: datetime,
    notes: str = "",
    settings: Settings | None = None,
    *,
    allow_research: bool = False,
) -> ReleaseManifest:
    """Compose a release of the champions and stage it for signing.

    Without `settings` those of the newest live release go on.

    Raises:
        NothingToReleaseError: there is no champion.
        ResearchOnlyError: a champion is for research, and none of the live releases has it.
        SettingsUnusableError: a setting belongs to nothing in the release, or is out of bounds.
        ReleaseUnusableError: a champion's files are not the registered ones.
    """
    champions = {kind: one.manifest for kind, one in (await means.shelf.champions()).items()}
    rows = await means.shelf.releases()
    ways_back = set((await means.shelf.ways_back()).values())
    newest = next((one for one in _live(rows) if one.release not in ways_back), None)
    going_on = kept_settings(newest, champions) if settings is None else settings
    manifest = compose(_next(rows), champions, created=at, notes=notes, settings=going_on)
    if not notes:
        manifest = manifest.model_copy(update={"notes": "; ".join(changes(newest, manifest))})
    if not allow_research:
        must_be_for_business(manifest, _live(rows))
    return await _begin(means, rows, manifest, at)


async def revert(means: Publishing, to: int, at: datetime, reason: str = "") -> ReleaseManifest:
    """Compose a release with the models of an older one and stage it for signing.

    Raises:
        ReleaseUnusableError: there is no such release, or the repository lost its files.
        ResearchOnlyError: a model of it is for research, and none of the live releases has it.
    """
    rows = await means.shelf.releases()
    old = next((row.manifest for row in rows if row.manifest.release == to), None)
    if old is None:
        raise ReleaseUnusableError(f"there is no release {to}; see `release list`")
    manifest = reverted(old, _next(rows), created=at, reason=reason)
    must_be_for_business(manifest, _live(rows))
    return await _begin(means, rows, manifest, at)


async def revoke(means: Publishing, release: int, at: datetime) -> None:
    """Stage a change after which no store can install `release` any more.

    Raises:
        ReleaseUnusableError: it is not live, or a store should still want it.
    """
    rows = await means.shelf.releases()
    live = _live(rows)
    gone = next((one for one in live if one.release == release), None)
    if gone is None:
        raise ReleaseUnusableError(f"release {release} is not live; see `release list`")
    wanting = [one.store for one in await means.assignments.assignments() if one.release == release]
    if wanting:
        raise ReleaseUnusableError(
            f"{len(wanting)} stores should want release {release}; assign them another first"
        )
    await means.signed.stage({}, no_longer_needed(gone, [one for one in live if one != gone]), at)


async def note(means: Publishing, standing: RepositoryStanding, at: datetime) -> None:
    """Note which releases are live, and which are no more, after a change was published."""
    for row in await means.shelf.releases():
        live = row.manifest.release in standing.releases
        if live and row.signed_at is None:
            await means.shelf.keep(replace(row, signed_at=at))
        elif not live and row.signed_at is not None and row.revoked_at is None:
            await means.shelf.keep(replace(row, revoked_at=at))


async def _begin(
    means: Publishing, rows: tuple[ReleaseRow, ...], manifest: ReleaseManifest, at: datetime
) -> ReleaseManifest:
    """Keep and stage a new release; one that still waited for signatures is withdrawn."""
    at_hand = await _at_hand(means, manifest)
    manifest = await means.shortcuts.furnished(manifest, _live(rows), at_hand)
    for row in rows:
        if row.signed_at is None and row.revoked_at is None:
            await means.shelf.keep(replace(row, revoked_at=at))
    back = await _way_back(means, rows, manifest)
    await means.shelf.keep_new(ReleaseRow(manifest), None if back is None else ReleaseRow(back))
    await _stage(means, manifest, at)
    return manifest


async def _way_back(
    means: Publishing, rows: tuple[ReleaseRow, ...], manifest: ReleaseManifest
) -> ReleaseManifest | None:
    """Compose what leads back from a release to what the fleet runs; None when it runs nothing."""
    live = {one.release: one for one in _live(rows)}
    runs = fleet_runs([one.release for one in await means.assignments.assignments()], live)
    if not runs:
        return None
    why = f"the way back from release {manifest.release}"
    back = reverted(live[runs], manifest.release + 1, created=manifest.created, reason=why)
    return await means.shortcuts.furnished(
        back, (*live.values(), manifest), await _at_hand(means, manifest)
    )


async def _stage(means: Publishing, manifest: ReleaseManifest, at: datetime) -> None:
    """Stage a release and its way back: manifests, and files that no earlier release brought."""
    here = (await means.signed.standing()).files
    files = await _at_hand(means, manifest)
    missing = set(files_of(manifest)) - here - set(files)
    if missing:
        raise ReleaseUnusableError(
            f"release {manifest.release} needs {min(missing)}, which nobody has any more"
        )
    back = (await means.shelf.ways_back()).get(manifest.release)
    rows = await means.shelf.releases()
    manifests = [manifest, *(row.manifest for row in rows if row.manifest.release == back)]
    for one in manifests:
        deltas = await means.shortcuts.files(one, files)
        files |= {**deltas, release_path(one.release): one.model_dump_json().encode()}
    await means.signed.stage(files, (), at)


async def _at_hand(means: Publishing, manifest: ReleaseManifest) -> dict[str, bytes]:
    """Return the files of those champions that are in the release."""
    champions = await means.shelf.champions()
    wanted = {
        kind: one
        for kind, one in champions.items()
        if kind in manifest.models and model_path(manifest.models[kind]) == model_path(one.manifest)
    }
    return dict(await means.files.files(wanted))


def _live(rows: tuple[ReleaseRow, ...]) -> list[ReleaseManifest]:
    """Return the releases that stores may install, newest first."""
    return [row.manifest for row in rows if row.signed_at and not row.revoked_at]


def _next(rows: tuple[ReleaseRow, ...]) -> int:
    return next_number(row.manifest.release for row in rows)


async def _newest_or_due(means: Publishing, at: datetime) -> ReleaseRow | None:
    """Return the newest release that is not revoked, or a new one when the champions changed.

    Ways back do not count: they are published with what they lead back from.
    """
    back = set((await means.shelf.ways_back()).values())
    rows = [row for row in await means.shelf.releases() if row.manifest.release not in back]
    standing = [row for row in rows if row.revoked_at is None]
    newest = standing[0] if standing else None
    if newest is not None and newest.signed_at is None:
        return newest  # finish what was begun before beginning anew
    champions = await means.shelf.champions()
    since = max((one.since for one in champions.values()), default=at)
    models = {kind: one.manifest for kind, one in champions.items()}
    if not is_due(models, since, rows[0].manifest if rows else None):
        return newest
    return ReleaseRow(await build(means, at))


async def _advance(
    means: Publishing, manifest: ReleaseManifest, standing: RepositoryStanding, at: datetime
) -> RepositoryStanding:
    """Stage, sign and publish as far as the keys at hand allow."""
    if manifest.release not in standing.waiting:
        await _stage(means, manifest, at)
    if means.keys is not None:
        await means.signed.sign(means.keys)
    standing = await means.signed.standing()
    if standing.have < standing.need:
        return standing
    return await means.signed.publish(at)
