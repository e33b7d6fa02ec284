"""Every command says in one whole sentence what it does, in the 78 columns that click uses."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from central_sync.__main__ import main as central_sync
from edge_agent.__main__ import main as edge_agent


def groups(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Group]]:
    """Yield a group and every group below it."""
    if not isinstance(command, click.Group):
        return
    yield path, command
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from groups(below, *path, name)


ALL = [*groups(edge_agent, "edge-agent"), *groups(central_sync, "central-sync")]


@pytest.mark.parametrize("group", [one for _, one in ALL], ids=[" ".join(path) for path, _ in ALL])
def test_each_command_has_one_whole_sentence(group: click.Group) -> None:
    told = CliRunner().invoke(group, ["--help"], terminal_width=78)
    assert told.exit_code == 0
    _, _, listed = told.stdout.partition("Commands:\n")
    lines = listed.splitlines()
    assert lines
    for line in lines:
        name, _, sentence = line.strip().partition("  ")
        assert sentence.strip(), f"{name} says nothing"
        assert "..." not in sentence, f"{name} says too much"


@pytest.mark.parametrize("group", [one for _, one in ALL], ids=[" ".join(path) for path, _ in ALL])
def test_an_unknown_command_is_a_mistake_of_usage(group: click.Group) -> None:
    told = CliRunner().invoke(group, ["no-such-command"])
    assert told.exit_code == 2
    assert "Traceback" not in told.output
