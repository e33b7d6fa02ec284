"""When the champions changed: compose a release, stage it, sign it, publish it, assign it.

Each step leaves a row or a file, and a pass begins where the last one stopped, so a crash between
any two costs nothing. Without targets keys at hand a release is built and waits for people to sign
it. Does not tell the stores: announce_releases does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from central_sync.core.releases import changes, compose, is_due, next_number
from central_sync.ports import (
    Assignments,
    ModelFiles,
    ReleaseRow,
    ReleaseShelf,
    RepositoryStanding,
    SignedReleases,
)
from endcap.plumbing.clock import Clock
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.release_paths import model_path, release_path

EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Publishing:
    """What publishing works with; `keys` is None when people sign by hand."""

    shelf: ReleaseShelf
    assignments: Assignments
    files: ModelFiles
    signed: SignedReleases
    keys: Path | None


async def publish_releases(
    means: Publishing, clock: Clock, *, automatic: bool = True, every: timedelta = EVERY
) -> None:
    """Renew the online signatures, and publish what is due, for ever."""
    while True:
        await means.signed.refresh(clock.now())
        if automatic:
            await publish_once(means, clock.now())
        await clock.sleep(every)


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
        await means.shelf.keep(replace(newest, signed_at=at))
        await means.assignments.assign(newest.manifest.release, None, at)
    await means.assignments.assign_new(newest.manifest.release, at)
    return newest.manifest.release


async def build(means: Publishing, at: datetime, notes: str = "") -> ReleaseManifest:
    """Compose a release of the champions and stage it for signing.

    Raises:
        NothingToReleaseError: there is no champion.
        ReleaseUnusableError: a champion's files are not the registered ones.
    """
    champions = {kind: one.manifest for kind, one in (await means.shelf.champions()).items()}
    rows = await means.shelf.releases()
    manifest = compose(
        next_number(row.manifest.release for row in rows), champions, created=at, notes=notes
    )
    newest = _newest_live(rows)
    if not notes:
        lines = changes(newest.manifest if newest else None, manifest)
        manifest = manifest.model_copy(update={"notes": "; ".join(lines)})
    await means.shelf.keep(ReleaseRow(manifest))
    await stage(means, manifest, at)
    return manifest


async def stage(means: Publishing, manifest: ReleaseManifest, at: datetime) -> None:
    """Stage a release's manifest and those of its files that the registry holds.

    Files that an earlier release brought are in the repository already.
    """
    champions = await means.shelf.champions()
    wanted = {
        kind: one
        for kind, one in champions.items()
        if kind in manifest.models and model_path(manifest.models[kind]) == model_path(one.manifest)
    }
    content = manifest.model_dump_json().encode()
    files = await means.files.files(wanted)
    await means.signed.stage({**files, release_path(manifest.release): content}, (), at)


async def _newest_or_due(means: Publishing, at: datetime) -> ReleaseRow | None:
    """Return the newest release that is not revoked, or a new one when the champions changed."""
    rows = await means.shelf.releases()
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
        await stage(means, manifest, at)
    if means.keys is not None:
        await means.signed.sign(means.keys)
    standing = await means.signed.standing()
    if standing.have < standing.need:
        return standing
    return await means.signed.publish(at)


def _newest_live(rows: tuple[ReleaseRow, ...]) -> ReleaseRow | None:
    """Return the newest release that is signed and not revoked."""
    return next((row for row in rows if row.signed_at and not row.revoked_at), None)
