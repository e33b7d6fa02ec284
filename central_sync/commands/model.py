"""`central-sync model`: the models of a centre, which of them serve, and how they came to."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from central_sync.adapters.model_registry import ModelRegistry
from central_sync.adapters.model_signatures import verify_model
from central_sync.adapters.registry_reads import RegistryReads
from central_sync.adapters.schema import migrate
from central_sync.commands.centre_database import centre_that_ran, ordered
from central_sync.commands.speaking import BAD, disk_trouble_told, stop
from central_sync.config import CentralConfig
from central_sync.ports.releases import RepositoryError
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite

_config = click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="The centre's file."
)
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
_kind = click.argument("kind")
_version = click.argument("version")


@click.group("model")
def model() -> None:
    """List, compare, promote and reject the models of a centre."""


@model.command("list")
@_config
@_json
def list_models(config: Path, *, as_json: bool) -> None:
    """List every version of every kind, the newest first."""
    found = _ask(config, lambda file: RegistryReads(file).versions())
    if as_json:
        click.echo(json.dumps({"models": [one.told() for one in found]}))
        return
    for one in found:
        terms = f"{one.licence}{'  NOT FOR BUSINESS' if one.restriction else ''}"
        alias = one.alias or "-"
        click.echo(f"{one.kind:<15} {one.version:<8} {alias:<10} {one.created:.16}  {terms}")


@model.command("show")
@_kind
@_version
@_config
@_json
def show_model(kind: str, version: str, config: Path, *, as_json: bool) -> None:
    """Show one version: its manifest and the training it came from."""
    found = _ask(config, lambda file: RegistryReads(file).version(kind, version))
    if found is None:
        raise stop(f"there is no {kind} {version}; see: central-sync model list", code=BAD)
    if as_json:
        click.echo(json.dumps(found))
        return
    manifest, training = found["manifest"], found["training"]
    click.echo(f"{kind} {version}  sha256 {manifest['model']['sha256']}")
    click.echo(f"licence   {manifest['licence']}")
    for data in manifest["training_data"]:
        click.echo(f"data      {data['name']}: {data['licence']}")
    for metric in manifest["metrics"]:
        click.echo(f"metric    {metric['name']} {metric['value']:.6g} on {metric['data']}")
    if training:
        click.echo(f"training  {training['outcome']}: {training['reason']}")
        click.echo(f"because   {training['cause'] or 'not told'}")


@model.command("compare")
@_kind
@_version
@_config
@_json
def compare_model(kind: str, version: str, config: Path, *, as_json: bool) -> None:
    """Show a version against the champion of its day, part by part.

    Parts are segments, origins and stores. The figures are of the same held-out rows. The change
    is relative, below 0 is better; the interval is of that change, from 5 to 95 %.
    """
    found = _ask(config, lambda file: RegistryReads(file).version(kind, version))
    if found is None or found["training"] is None:
        what = f"no training of {kind} {version} is known; see: central-sync model list"
        raise stop(what, code=BAD)
    training, parts = found["training"], found["parts"]
    if as_json:
        click.echo(json.dumps({"training": training, "parts": parts}))
        return
    click.echo(f"{kind} {version}  {training['outcome']}: {training['reason']}")
    click.echo(_COMPARED.format("by", "part", "rows", "share", "candidate", "champion", "change"))
    for one in parts:
        click.echo(_compared(one))


_COMPARED = "{:<8} {:<20} {:>9} {:>6} {:>9} {:>9}  {}"


def _compared(one: Mapping[str, Any]) -> str:
    """Return a part of a comparison as a line."""
    champion, change = one["champion"], "-"
    if champion:
        change = f"{one['candidate'] / champion - 1.0:+.1%}"
    if one["low"] is not None and one["high"] is not None:
        change += f" ({one['low']:+.1%} to {one['high']:+.1%})"
    old = "-" if champion is None else f"{champion:.4f}"
    figures = (f"{one['rows']:,}", f"{one['share']:.0%}", f"{one['candidate']:.4f}", old, change)
    return _COMPARED.format(one["by"], one["name"][:20], *figures)


@model.command("promote")
@_kind
@_version
@_config
@click.option("--allow-research", is_flag=True, help="Also a model that is for research.")
def promote_model(kind: str, version: str, config: Path, *, allow_research: bool) -> None:
    """Make a version the champion of its kind. The next release carries it.

    One that is for research only, by its licence or its data's, is refused unless allowed.
    """
    if not allow_research:
        _must_be_for_business(config, kind, version)
    _change(config, kind, version, lambda registry, by: registry.promote(kind, version, by))
    click.echo(f"{kind} {version} is champion")


@model.command("reject")
@_kind
@_version
@_config
def reject_model(kind: str, version: str, config: Path) -> None:
    """Take the candidate's name from a version. A champion goes only when another is promoted."""
    _change(config, kind, version, lambda registry, by: registry.reject(kind, version, by))
    click.echo(f"{kind} {version} is no candidate")


@model.command("verify")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--key", type=click.Path(path_type=Path), required=True, help="Public key, PEM.")
def verify(folder: Path, key: Path) -> None:
    """Verify the OpenSSF signature (model.sig) of the model in FOLDER.

    The public key is the file trust/model-signing.pem of the signed repository. The same with the
    library's own program: model_signing verify key FOLDER --signature FOLDER/model.sig
    --public_key KEY
    """
    try:
        verify_model(folder, key)
    except RepositoryError as error:
        raise stop(str(error), code=BAD) from None
    click.echo(f"{folder}: every file is what was signed")


def _must_be_for_business(config: Path, kind: str, version: str) -> None:
    """End the command when a version's terms keep it out of business."""
    found = _ask(config, lambda file: RegistryReads(file).versions())
    one = next((one for one in found if (one.kind, one.version) == (kind, version)), None)
    if one is not None and one.restriction:
        what = f"{kind} {version} is under the terms {one.restriction!r}: no store may run it in"
        raise stop(f"{what} business; to promote it all the same: --allow-research", code=BAD)


def _ask(config: Path, question: Callable[[SqliteFile], Any]) -> Any:  # noqa: ANN401 - the question's answer
    """Return the answer to a question to the centre's database."""

    async def ask(settings: CentralConfig) -> Any:  # noqa: ANN401 - likewise
        async with open_sqlite(settings.centre.database, migrate) as file:
            return await question(file)

    settings = centre_that_ran(config)
    with disk_trouble_told(settings.centre.database):
        return asyncio.run(ask(settings))


def _change(config: Path, kind: str, version: str, change: Callable[..., Any]) -> None:
    """Change a registered model, or say why that cannot be."""
    settings = centre_that_ran(config)

    async def apply() -> None:
        async with open_sqlite(settings.centre.database, migrate) as file:
            if await RegistryReads(file).version(kind, version) is None:
                raise DataUnusableError(f"there is no {kind} {version}")
            await change(ModelRegistry(file, settings.centre.registry), ordered())

    try:
        with disk_trouble_told(settings.centre.database):
            asyncio.run(apply())
    except DataUnusableError as error:
        raise stop(f"{error}; see: central-sync model list", code=BAD) from None
