"""central-sync: what a person or systemd types.

Commands that load trainers are imported when they are asked for, so that the others start at once.
"""

import importlib

import click

from endcap import __version__
from endcap.plumbing.command_line import Program

_COMMANDS = {
    "check": "central_sync.commands.check",
    "serve": "central_sync.commands.serve",
    "train": "central_sync.commands.train",
    "evaluate": "central_sync.commands.evaluate",
    "model": "central_sync.commands.model",
    "backtest": "central_sync.commands.backtest",
    "drift": "central_sync.commands.drift",
    "searches": "central_sync.commands.searches",
    "review": "central_sync.commands.review",
    "keys": "central_sync.commands.keys",
    "release": "central_sync.commands.release",
    "authority": "central_sync.commands.authority",
    "enrol": "central_sync.commands.enrol",
    "rollout": "central_sync.commands.rollout",
    "fleet": "central_sync.commands.fleet",
    "feed": "central_sync.commands.feed",
    "experiment": "central_sync.commands.experiment",
    "campaign": "central_sync.commands.campaign",
    "media": "central_sync.commands.media",
    "audit": "central_sync.commands.audit",
    "ledger": "central_sync.commands.ledger",
    "deadletter": "central_sync.commands.deadletter",
    "simulate": "fleet_simulator.command",  # stands on both programs: never imported from here
}


class _Lazy(Program):
    """A group whose commands are found by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return every command's name, in the order of a day at the centre."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or None when there is none of that name."""
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        try:
            found = getattr(importlib.import_module(module), cmd_name)
        except ModuleNotFoundError as error:
            package = module.partition(".")[0]
            if error.name != package:
                raise
            return _absent(cmd_name, package)
        return found if isinstance(found, click.Command) else None


def _absent(name: str, package: str) -> click.Command:
    """Return what stands for a command whose package is not installed here."""
    what = f"{name} needs the package {package}, which is not installed here"

    def tell() -> None:
        raise click.ClickException(what)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=tell, help=f"{what}.", context_settings=anything)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="central-sync")
def main() -> None:
    """The centre: takes in what the stores learned, retrains, and sends back signed models."""


if __name__ == "__main__":
    main()
