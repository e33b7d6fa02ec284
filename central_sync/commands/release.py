"""`central-sync release ...`: build, sign, publish, list, show, revert, revoke, assign.

A release is built from the champions, signed with offline keys, one after another where two people
must agree, and published. Stores want it once it is assigned to them. All of it may be done while
the centre runs.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from central_sync.adapters.release_tables import ReleaseTables
from central_sync.adapters.schema import migrate
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.commands.centre_database import centre_that_ran, noted, ordered
from central_sync.commands.key_places import read_passphrase
from central_sync.commands.release_contents import read_settings, release_lines, release_values
from central_sync.commands.speaking import BAD, disk_trouble_told, read_config, stop
from central_sync.config import CentralConfig
from central_sync.core.releases import (
    NothingToReleaseError,
    ResearchOnlyError,
    SettingsUnusableError,
)
from central_sync.loops import publish_releases
from central_sync.loops.publish_releases import Publishing
from central_sync.ports.identity import By
from central_sync.ports.releases import (
    ReleaseRow,
    ReleaseUnusableError,
    RepositoryError,
    RepositoryStanding,
)
from central_sync.server import publishing
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.manifest import ReleaseManifest

T = TypeVar("T")

_config = click.argument("config", type=click.Path(path_type=Path))
_number = click.argument("number", type=click.IntRange(min=1))
_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")


@dataclass(frozen=True, slots=True)
class Bench:
    """What the commands work with, open."""

    publishing: Publishing
    tables: ReleaseTables
    repository: TufRepository
    file: SqliteFile
    by: By

    @property
    def at(self) -> datetime:
        """When it is done."""
        return self.by.at

    async def note(self, what: str) -> None:
        """Note in the audit log what was done to the signed repository."""
        await noted(self.file, self.by, what)


@click.group("release")
def release() -> None:
    """Make, sign and publish what stores install."""


@release.command("build")
@_config
@click.option("--notes", default="", help="Why; what changed, when nothing is said.")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="TOML with the site's numbers by part; those of the last release without it.",
)
@click.option("--allow-research", is_flag=True, help="Also with models that are for research.")
@_json
def build(
    config: Path, notes: str, settings_file: Path | None, *, allow_research: bool, as_json: bool
) -> None:
    """Compose a release of the champions and stage it for signing.

    Settings are numbers by model kind, or under [search]; they go before the models' own.
    A champion that is for research only, by its licence or its data's, is refused unless allowed
    here; later releases may go on with that very model.
    """
    settings = read_settings(settings_file)

    async def work(bench: Bench) -> ReleaseManifest:
        means, allowed = bench.publishing, allow_research
        made = await publish_releases.build(
            means, bench.at, notes, settings, allow_research=allowed
        )
        for kind, one in made.models.items():
            if allowed and one.restriction:
                what = f"release {made.release}: allowed {kind} {one.version}"
                await bench.note(f"{what} under the terms {one.restriction!r}")
        return made

    made = _run(config, work)
    _say(
        as_json,
        {"release": made.release, "notes": made.notes},
        f"release {made.release} waits for signatures: {made.notes or 'nothing changed'}",
    )


@release.command("sign")
@_config
@click.argument("key", type=click.Path(path_type=Path))
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="Of an encrypted key.")
@_json
def sign(config: Path, key: Path, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Sign what waits with the targets key, or the folder of keys, KEY."""
    passphrase = read_passphrase(passphrase_file)

    async def work(bench: Bench) -> RepositoryStanding:
        standing = await bench.repository.sign(key, passphrase)
        await bench.note(f"signed {_counted(standing)}")
        return standing

    standing = _run(config, work)
    _say(as_json, _waiting(standing), _signatures(standing))


@release.command("publish")
@_config
@_json
def publish(config: Path, *, as_json: bool) -> None:
    """Make what waits live, once enough keys have signed it."""
    standing = _run(config, _publish)
    _say(
        as_json,
        {"releases": list(standing.releases), "versions": dict(standing.versions)},
        f"live: releases {_live(standing)}",
    )


@release.command("list")
@_config
@_json
def list_(config: Path, *, as_json: bool) -> None:
    """List the releases, newest first, and what waits for signatures."""
    rows, standing = _at(centre_that_ran(config), _overview)
    summaries = [_summary(row) for row in rows]
    ends = standing.expires if standing else {}
    found = {
        "releases": summaries,
        "waiting": _waiting(standing) if standing else None,
        "expires": {role: at.isoformat() for role, at in ends.items()},
    }
    lines = [
        f"{one['release']:>4}  {one['standing']:9}  {one['created'][:16]}  {one['notes']}"
        for one in summaries
    ]
    if standing and standing.need:
        lines.append(_signatures(standing))
    _say(as_json, found, "\n".join(lines) or "no release yet; see `release build`")


@release.command("show")
@_config
@_number
@_json
def show(config: Path, number: int, *, as_json: bool) -> None:
    """Show a release: its models, and which stores should want it."""
    rows, stores = _at(centre_that_ran(config), _rows_and_stores)
    row = next((one for one in rows if one.manifest.release == number), None)
    if row is None:
        raise stop(f"there is no release {number}; see `release list`", code=BAD)
    wanting = [one.store for one in stores if one.release == number]
    lines = [f"release {number}, {_summary(row)['standing']}: {row.manifest.notes}"]
    lines += release_lines(row.manifest)
    lines.append(f"  wanted by {len(wanting)} stores")
    found = {**_summary(row), **release_values(row.manifest), "stores": wanting}
    _say(as_json, found, "\n".join(lines))


@release.command("revert")
@_config
@_number
@click.option("--reason", default="", help="Why; people read it.")
@_json
def revert(config: Path, number: int, reason: str, *, as_json: bool) -> None:
    """Stage a new release with the models of the old release NUMBER."""
    made = _run(
        config, lambda bench: publish_releases.revert(bench.publishing, number, bench.at, reason)
    )
    _say(
        as_json,
        {"release": made.release, "notes": made.notes},
        f"release {made.release} waits for signatures: {made.notes}",
    )


@release.command("revoke")
@_config
@_number
@_json
def revoke(config: Path, number: int, *, as_json: bool) -> None:
    """Stage the end of release NUMBER for signing. Once published, no store can install it."""

    async def work(bench: Bench) -> None:
        await publish_releases.revoke(bench.publishing, number, bench.at)
        await bench.note(f"release {number}: its end waits for signatures")

    _run(config, work)
    _say(as_json, {"revoking": number}, f"the end of release {number} waits for signatures")


@release.command("assign")
@_config
@_number
@click.option("--store", "stores", multiple=True, help="A store; may be given more than once.")
@click.option("--all", "everyone", is_flag=True, help="Every store that is known.")
@_json
def assign(
    config: Path, number: int, stores: tuple[str, ...], *, everyone: bool, as_json: bool
) -> None:
    """Let stores want release NUMBER; the centre tells them."""
    if bool(stores) == everyone:
        raise stop("say which stores: --store STORE, or --all")

    async def work(bench: Bench) -> int:
        standing = await bench.repository.standing()
        if number not in standing.releases:
            raise ReleaseUnusableError(f"release {number} is not live; publish it first")
        return await bench.tables.assign(number, None if everyone else stores, bench.at)

    count = _run(config, work)
    line = f"{count} stores want release {number} now"
    if not count:
        line = f"no store's wish changed; `release show CONFIG {number}` counts them"
    _say(as_json, {"release": number, "changed": count}, line)


async def _publish(bench: Bench) -> RepositoryStanding:
    """Sign with the keys at hand, publish, and note it."""
    if bench.publishing.keys is not None:
        await bench.repository.sign(bench.publishing.keys)
    standing = await bench.repository.publish(bench.at)
    await publish_releases.note(bench.publishing, standing, bench.at)
    await bench.note(f"published what waited; live: releases {_live(standing)}")
    return standing


async def _overview(bench: Bench) -> tuple[tuple[ReleaseRow, ...], RepositoryStanding | None]:
    standing = await bench.repository.standing() if bench.repository.exists else None
    return await bench.tables.releases(), standing


async def _rows_and_stores(bench: Bench) -> tuple[tuple[ReleaseRow, ...], tuple[Any, ...]]:
    return await bench.tables.releases(), await bench.tables.assignments()


def _run(config: Path, work: Callable[[Bench], Awaitable[T]]) -> T:
    """Do `work` at the centre that `config` describes; trouble ends the command in one line."""
    return _at(read_config(config, check_files=False), work)


def _at(found: CentralConfig, work: Callable[[Bench], Awaitable[T]]) -> T:
    """Do `work` at a centre, in the name of who is logged in."""
    by = ordered()

    async def run() -> T:
        async with open_sqlite(found.centre.database, migrate) as database:
            tables = ReleaseTables(database, found.centre.registry, by.who)
            means, repository = publishing(found, tables)
            return await work(Bench(means, tables, repository, database, by))

    try:
        with disk_trouble_told(found.centre.folder):
            return asyncio.run(run())
    except (
        RepositoryError,
        ReleaseUnusableError,
        NothingToReleaseError,
        ResearchOnlyError,
        SettingsUnusableError,
    ) as error:
        raise stop(str(error), code=BAD) from None


def _summary(row: ReleaseRow) -> dict[str, Any]:
    """Return a release as a few JSON values."""
    standing = "live" if row.signed_at else "waiting"
    if row.revoked_at:
        standing = "revoked" if row.signed_at else "withdrawn"
    return {
        "release": row.manifest.release,
        "standing": standing,
        "created": row.manifest.created.isoformat(),
        "notes": row.manifest.notes,
    }


def _waiting(standing: RepositoryStanding) -> dict[str, Any]:
    return {"releases": list(standing.waiting), "have": standing.have, "need": standing.need}


def _signatures(standing: RepositoryStanding) -> str:
    """Return how far the signing of what waits has come, and what to do."""
    advice = "publish it" if standing.have >= standing.need else "sign with another key"
    return f"{_counted(standing)}; {advice}"


def _counted(standing: RepositoryStanding) -> str:
    """Return how many have signed what waits."""
    what = "release " + ", ".join(map(str, standing.waiting)) if standing.waiting else "a change"
    return f"{what}: {standing.have} of {standing.need} signatures"


def _live(standing: RepositoryStanding) -> str:
    return ", ".join(map(str, standing.releases)) or "none"


def _say(as_json: bool, found: object, line: str) -> None:  # noqa: FBT001 - the commands' flag
    """Print what a command found, for machines or for people."""
    click.echo(json.dumps(found, indent=2) if as_json else line)
