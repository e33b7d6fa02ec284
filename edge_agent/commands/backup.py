"""`edge-agent backup CONFIG OUT` and `edge-agent restore BACKUP CONFIG`."""

import secrets
from pathlib import Path

import click

from edge_agent.adapters import backup_folder
from edge_agent.adapters.backup_folder import BackupError
from edge_agent.adapters.erasure_file import ErasureFile
from edge_agent.adapters.person_tables import erase_copy
from edge_agent.commands.reading import USAGE, config_argument, read_config, stop
from edge_agent.config import EdgeConfig
from edge_agent.ports.shoppers import ErasureError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import InUseError, held


@click.command("backup")
@config_argument
@click.argument("out", type=click.Path(path_type=Path))
def backup(config: Path, out: Path) -> None:
    """Copy CONFIG's store into the new folder OUT. The agent may run; no keys are copied."""
    found = read_config(config, check_files=False)
    at = SystemClock().now()
    try:
        backup_folder.make(found.storage.database, config, out, found.store.id, at)
    except BackupError as error:
        raise stop(str(error), code=1) from None
    click.echo(f"{out}: the store {found.store.id} as of {at:%Y-%m-%d %H:%M:%S} UTC")


@click.command("restore")
@click.argument("folder", metavar="BACKUP", type=click.Path(path_type=Path))
@config_argument
@click.option("--replace", is_flag=True, help="Put a database that is there aside.")
def restore(folder: Path, config: Path, *, replace: bool) -> None:
    """Put the store in BACKUP in the place that CONFIG names. Stop the agent first.

    Whoever was erased since is erased again.
    """
    found = read_config(config, check_files=False)
    try:
        label = backup_folder.read_label(folder)
        _refuse(found, label.store, replace=replace)
        with held(found.storage.folder):
            aside = backup_folder.restore(folder, found.storage.database, secrets.token_hex(8))
            erase_copy(found.storage.database, ErasureFile(found.storage.folder))
    except InUseError:
        advice = "stop it first: systemctl stop edge-agent"
        raise stop(f"the agent is running; {advice}", code=USAGE) from None
    except (BackupError, ErasureError, OSError) as error:
        raise stop(str(error), code=1) from None
    kept = f"; the old one is {aside}" if aside else ""
    click.echo(f"{found.storage.database}: restored as of {label.made:%Y-%m-%d %H:%M:%S} UTC{kept}")


def _refuse(config: EdgeConfig, store: str, *, replace: bool) -> None:
    """End the command when restoring would do harm."""
    if store != config.store.id:
        raise stop(f"the backup is of {store}, and this is {config.store.id}", code=USAGE)
    if config.storage.database.exists() and not replace:
        advice = "add --replace to put it aside"
        raise stop(f"{config.storage.database} exists; {advice}", code=USAGE)
