"""`central-sync keys init|show`: the keys of the signed repository.

`init` makes every key and begins the repository that trusts them; it never replaces either. Carry
the folder `offline` away afterwards, to several places; the centre needs only `online`.
"""

import asyncio
import json
from pathlib import Path

import click

from central_sync.adapters.signing_keys import (
    OFFLINE,
    ONLINE,
    load_signer,
    make_keys,
)
from central_sync.adapters.tuf_repository import TufRepository
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
def init(
    folder: Path,
    config: Path | None,
    repository: Path | None,
    targets_threshold: int,
    targets_keys: int | None,
    passphrase_file: Path | None,
) -> None:
    """Make every key in FOLDER and begin the repository that trusts them.

    Two of three root keys must sign a change of keys. FOLDER/root.json is what stores are given.
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
            targets_threshold=targets_threshold,
            targets_keys=targets_keys,
            passphrase=read_passphrase(passphrase_file),
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


@keys.command("show")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
def show(folder: Path, *, as_json: bool) -> None:
    """List the keys in FOLDER by their public identity. Nothing secret is shown."""
    rows = []
    for path in sorted((*folder.glob("*.pem"), *folder.glob("*/*.pem"))):
        row = {"file": str(path.relative_to(folder)), "role": path.stem.split("-")[0]}
        try:
            row["keyid"] = load_signer(path).public_key.keyid
        except RepositoryError as error:
            row["problem"] = str(error)
        rows.append(row)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['file']:28} {row.get('keyid', '')[:_SHORT] or row['problem']}")
    if not rows:
        raise stop(f"{folder} holds no keys", code=BAD)


def read_passphrase(path: Path | None) -> bytes | None:
    """Return the first line of a passphrase file, None without one; end the command on trouble."""
    if path is None:
        return None
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise stop(f"{path} cannot be read: {error.strerror}") from None
    if not lines or not lines[0]:
        raise stop(f"{path} holds no passphrase; write it in its first line")
    return lines[0]
