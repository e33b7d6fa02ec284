r"""The client that the TUF project's conformance suite drives: a store's updater, as commands.

    tuf-conformance-client --metadata-dir D init ROOT
    tuf-conformance-client --metadata-url U --metadata-dir D refresh
    tuf-conformance-client --metadata-url U --metadata-dir D \
        --target-name N --target-dir T --target-base-url B download

It decides nothing: `edge_agent.adapters.tuf_client` is what a store runs. Two things differ from a
store, because the suite asks for them: delegated roles are followed, and the clock is believed
whatever it says. Exit status 0, or 1 with the reason in one line.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import click
import httpx
from tuf.api.exceptions import LengthOrHashMismatchError
from tuf.api.metadata import TargetFile

from edge_agent.adapters.downloads import Downloads, Limits
from edge_agent.adapters.tuf_client import Repository, SignedFiles, refreshed
from edge_agent.ports.updates import UpdateError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import write_atomically

_DELEGATIONS = 32
_FIRST_ROOT = "first_root"  # what a store has in its configuration; root.json is the newest


@dataclass(frozen=True, slots=True)
class Asked:
    """The options before the sub-command."""

    metadata_dir: Path
    metadata_url: str
    target_names: tuple[str, ...]
    target_dir: Path
    target_base_url: str


@click.group()
@click.option("--metadata-dir", type=click.Path(path_type=Path), required=True)
@click.option("--metadata-url", default="")
@click.option("--target-name", "target_names", multiple=True)
@click.option("--target-dir", type=click.Path(path_type=Path), default=Path())
@click.option("--target-base-url", default="")
@click.pass_context
def main(
    context: click.Context,
    metadata_dir: Path,
    metadata_url: str,
    target_names: tuple[str, ...],
    target_dir: Path,
    target_base_url: str,
) -> None:
    """Verify a TUF repository as a store does."""
    context.obj = Asked(metadata_dir, metadata_url, target_names, target_dir, target_base_url)


@main.command()
@click.argument("root", type=click.Path(path_type=Path, exists=True))
@click.pass_obj
def init(asked: Asked, root: Path) -> None:
    """Trust ROOT."""
    content = root.read_bytes()
    write_atomically(asked.metadata_dir / _FIRST_ROOT, content)
    write_atomically(asked.metadata_dir / "root.json", content)


@main.command()
@click.pass_obj
def refresh(asked: Asked) -> None:
    """Bring fresh metadata."""
    with httpx.Client() as client:
        _refreshed(asked, client)


@main.command()
@click.pass_obj
def download(asked: Asked) -> None:
    """Bring the targets that are named, one after the other."""
    with httpx.Client() as client:
        signed = _refreshed(asked, client)
        for name in asked.target_names:
            target = signed.find(name)
            if target is None:
                raise click.ClickException(f"{name} is not among the signed files")
            _bring(signed, target, asked.target_dir / quote(name, safe=""))


def _refreshed(asked: Asked, client: httpx.Client) -> SignedFiles:
    root = (asked.metadata_dir / _FIRST_ROOT).read_bytes()
    repository = Repository(asked.metadata_url, asked.target_base_url, root, _DELEGATIONS)
    clock = SystemClock()
    return refreshed(
        repository, asked.metadata_dir, Downloads(client, clock, Limits()), clock.now()
    )


def _bring(signed: SignedFiles, target: TargetFile, file: Path) -> None:
    """Bring `target` into `file`, unless it is there."""
    try:
        target.verify_length_and_hashes(file.read_bytes())
    except (OSError, LengthOrHashMismatchError):
        with tempfile.TemporaryDirectory() as folder:
            write_atomically(file, signed.bring(target, Path(folder) / "part"))


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except (UpdateError, OSError, click.ClickException) as error:
        sys.exit(f"tuf-conformance-client: {error}")
