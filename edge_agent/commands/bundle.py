"""`edge-agent bundle CONFIG OUT`: a report of what is wrong, to send to who can help."""

from dataclasses import asdict
from pathlib import Path

import click

from edge_agent.adapters.store_bundle import Subject, bundle_of, read_journals
from edge_agent.commands.doctor import findings
from edge_agent.commands.reading import config_argument, read_config_at_work, stop
from edge_agent.config import EdgeConfig
from endcap import __version__
from endcap.plumbing.clock import Clock, SystemClock
from endcap.plumbing.files import write_atomically


@click.command("bundle")
@config_argument
@click.argument("out", type=click.Path(path_type=Path))
def bundle(config: Path, out: Path) -> None:
    """Write a report of CONFIG's store into OUT, for helpers.

    Nothing personal is in it, and no secret.
    """
    found, clock = read_config_at_work(config), SystemClock()
    content = bundle_of(
        subject_of(found),
        clock.now(),
        read_journals(found.storage.database),
        examined(found, clock),
    )
    try:
        write_atomically(out, content, mode=0o600)
    except OSError as error:
        raise stop(f"{out}: {error.strerror}", code=1) from None
    log = "the log is with journald: journalctl -u edge-agent"
    click.echo(f"{out}: {len(content)} bytes; {log}")


def subject_of(config: EdgeConfig) -> Subject:
    """Return whose report is made."""
    folder = config.storage.folder
    there = next(one for one in (folder, *folder.parents) if one.is_dir())
    settings = config.model_dump(mode="json")
    return Subject(config.store.id, __version__, settings, there)


def examined(config: EdgeConfig, clock: Clock) -> list[dict[str, str]]:
    """Return what the doctor finds, as JSON values."""
    return [asdict(one) for one in findings(config, clock)]
