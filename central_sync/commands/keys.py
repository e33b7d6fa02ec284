"""`central-sync keys init|show`: the keys of the signed repository; key_ceremony changes them.

`init` makes every key and begins the repository that trusts them; it never replaces either. Carry
the folder `offline` away afterwards, to several places; the centre needs only `online`.
"""

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.key_changes import ROLES, RoleKeys
from central_sync.adapters.signing_keys import (
    CONTROL,
    MODELS,
    OFFLINE,
    ONLINE,
    key_files,
    load_signer,
    make_keys,
)
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.commands.key_ceremony import publish, renew, rotate, sign
from central_sync.commands.key_places import find_place, read_passphrase
from central_sync.commands.speaking import BAD, read_config, stop
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import write_atomically

ROOT_FILE = "root.json"
_SHORT = 12


@click.group("keys")
def keys() -> None:
    """Make and show the keys that sign releases."""


@keys.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--config", type=click.Path(path_type=Path), help="The centre to begin releases at.")
@click.option(
    "--repository", type=click.Path(path_type=Path), help="Begin the repository here instead."
)
@click.option(
    "--targets-threshold",
    type=click.IntRange(1, 9),
    default=1,
    show_default=True,
    help="How many targets keys must sign each release.",
)
@click.option(
    "--targets-keys", type=click.IntRange(1, 9), help="How many to make; as many as must sign."
)
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path), help="Encrypts the offline keys."
)
@click.option(
    "--token",
    "tokens",
    multiple=True,
    help="Take a key that lies in a token: root=hsm:ID?label=TOKEN, or targets=...",
)
def init(folder: Path, config: Path | None, repository: Path | None, **rest: Any) -> None:  # noqa: ANN401 - click's
    """Make every key in FOLDER and begin the signed repository.

    It trusts these keys and no others; two of three root keys must sign a change of them.
    FOLDER/root.json is what stores are given.
    """
    if (config is None) == (repository is None):
        raise stop("say where the repository is: --config CONFIG or --repository FOLDER")
    place = repository or read_config(config or Path(), check_files=False).centre.tuf
    tuf = TufRepository(place, folder / ONLINE)
    try:
        if tuf.exists:
            raise stop(f"{place} already holds a signed repository; its keys stay", code=BAD)
        ring = make_keys(
            folder,
            targets_threshold=rest["targets_threshold"],
            targets_keys=rest["targets_keys"],
            passphrase=read_passphrase(rest["passphrase_file"]),
            tokens=_by_role(rest["tokens"]),
        )
        asyncio.run(tuf.create(ring, SystemClock().now()))
        write_atomically(folder / ROOT_FILE, tuf.root())
    except RepositoryError as error:
        raise stop(str(error), code=BAD) from None
    except OSError as error:
        raise stop(str(error)) from None
    click.echo(f"{place}: a signed repository, without a release yet, ready")
    click.echo(f"{folder / ROOT_FILE}: give it to every store (updates.root)")
    click.echo(
        f"{folder / OFFLINE}: carry it away, to several places; the centre needs only online"
    )


def _by_role(tokens: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the tokens' URIs by the role they are for."""
    found: dict[str, list[str]] = {}
    for one in tokens:
        role, _, uri = one.partition("=")
        if role not in ("root", "targets") or not uri:
            raise stop(f"--token {one}: write root=hsm:ID?label=TOKEN or targets=hsm:...")
        found.setdefault(role, []).append(uri)
    return found


@keys.command("show")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--config", type=click.Path(path_type=Path), help="The centre they sign for.")
@click.option("--repository", type=click.Path(path_type=Path), help="Or its repository.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
def show(folder: Path, config: Path | None, repository: Path | None, *, as_json: bool) -> None:
    """List the keys in FOLDER by their public identity. Nothing secret is shown.

    With the repository: which of them count, how many must sign, and when signatures end.
    """
    rows = _rows(folder)
    if not rows:
        raise stop(f"{folder} holds no keys", code=BAD)
    trusted = None
    if config or repository:
        place = find_place(config, repository, folder)
        try:
            trusted, others = place.changes.roles(), place.changes.others()
        except RepositoryError as error:
            raise stop(str(error), code=BAD) from None
        _judge(rows, {**{role: one.keyids for role, one in trusted.items()}, **others})
    if as_json:
        click.echo(json.dumps({"keys": rows, "roles": _roles(trusted)} if trusted else rows))
        return
    for row in rows:
        identity = row.get("keyid", "")[:_SHORT] or row["problem"]
        click.echo(f"{row['file']:28} {identity}  {row.get('counts', '')}".rstrip())
    for role, one in (trusted or {}).items():
        left = one.expires - SystemClock().now()
        click.echo(
            f"{role:10} version {one.version}: {one.threshold} of {len(one.keyids)} keys must sign;"
            f" good until {one.expires:%Y-%m-%d %H:%M}, {left.days} days"
        )


def _rows(folder: Path) -> list[dict[str, str]]:
    """Return every key file in a folder, with its public identity or why it cannot be told."""
    found = []
    for place in (folder, folder / OFFLINE, folder / ONLINE):
        for role in (*ROLES, CONTROL, MODELS):
            for path in key_files(place, role):
                row = {"file": str(path.relative_to(folder)), "role": role}
                try:
                    row["keyid"] = load_signer(path).public_key.keyid
                except RepositoryError as error:
                    row["problem"] = str(error)
                found.append(row)
    return sorted(found, key=lambda row: row["file"])


def _judge(rows: list[dict[str, str]], trusted: Mapping[str, Collection[str]]) -> None:
    """Say of each key whether the repository trusts it."""
    for row in rows:
        if "keyid" in row:
            counts = row["keyid"] in trusted[row["role"]]
            row["counts"] = "counts" if counts else "counts for nothing; destroy it"


def _roles(trusted: Mapping[str, RoleKeys]) -> dict[str, dict[str, object]]:
    """Return what the roles trust, as JSON can say it."""
    return {
        role: {**asdict(one), "expires": one.expires.isoformat()} for role, one in trusted.items()
    }


for _command in (rotate, renew, sign, publish):
    keys.add_command(_command)
