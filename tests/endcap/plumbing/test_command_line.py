"""What was typed wrongly is told in one line, and that it is a mistake in typing."""

import click
import pytest
from click.testing import CliRunner

from central_sync.__main__ import main as central_sync
from edge_agent.__main__ import main as edge_agent


@pytest.mark.parametrize(
    ("program", "words", "told"),
    [
        (edge_agent, ["run"], "Missing argument 'CONFIG'; see: edge-agent run --help"),
        (edge_agent, ["--loud"], "No such option '--loud'; see: edge-agent --help"),
        (edge_agent, ["frob"], "No such command 'frob'; see: edge-agent --help"),
        (edge_agent, ["key", "frob"], "No such command 'frob'; see: edge-agent key --help"),
        (
            edge_agent,
            ["key", "new", "c", "n"],
            "Missing option '--role'. Choose from: ",
        ),
        (central_sync, ["fleet", "show"], "Missing argument 'CENTRE'; see: central-sync fleet"),
        (central_sync, ["release", "show", "c", "x"], "Invalid value for 'NUMBER': 'x' is not"),
    ],
)
def test_a_slip_is_one_line(program: click.Command, words: list[str], told: str) -> None:
    name = "edge-agent" if program is edge_agent else "central-sync"
    done = CliRunner().invoke(program, words, prog_name=name)
    assert (done.exit_code, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"Error: {told}")
    assert line.endswith("--help")


def test_help_stays_help() -> None:
    done = CliRunner().invoke(edge_agent, [], prog_name="edge-agent")
    assert "Commands:" in done.output
    assert CliRunner().invoke(central_sync, ["model", "--help"]).exit_code == 0
