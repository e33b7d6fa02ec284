"""`edge-agent stock`: what is proposed, in lines and as JSON, and decisions from a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_agent.commands.stock import stock
from tests.edge_agent.kiosk.corner_store import corner_store, nothing
from tests.edge_agent.kiosk.stocked_store import COUNT, MARKDOWN, ORDER, REFILL, fill_proposed
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.serving import served


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=fill_proposed)) as found:
        yield found


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(stock, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_it_lists_a_line_a_proposal(address: str) -> None:
    code, out, _ = run(address)
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines] == [COUNT, MARKDOWN, ORDER, REFILL]
    assert "12  Whole milk 1 l  because of order; " in lines[2]
    assert run("list", address) == (code, out, "")
    code, out, _ = run("list", address, "--what", "order", "--json")
    assert [one["id"] for one in json.loads(out)["proposals"]] == [ORDER]


def test_decisions_are_kept_by_the_agent(address: str) -> None:
    code, out, _ = run("accept", address, ORDER, "--reason", "of course")
    assert (code, "[accepted 12]" in out) == (0, True)
    code, out, _ = run("change", address, MARKDOWN, "1.8", "--json")
    assert (code, json.loads(out)["decided"]) == (0, 1.8)
    code, out, _ = run("reject", address, REFILL)
    assert (code, "[rejected]" in out) == (0, True)
    code, out, _ = run(address, "--day", "2026-03-02")
    assert (code, out.count("[")) == (0, 3)


def test_what_cannot_be_is_said_in_a_line(address: str) -> None:
    code, out, err = run("change", address, ORDER, "7")
    assert (code, out) == (1, "")
    assert "no whole number of cases of 6; say another amount" in err
    assert run(address, "--what", "guess")[0] == 1
    silent = f"http://127.0.0.1:{free_port()}"
    code, _, err = run(silent)
    assert (code, "is the agent running?" in err) == (1, True)
    assert run("accept", address)[0] == 2


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with served(lambda: corner_store(tmp_path, FakeClock(), fill_with=nothing)) as found:
        assert run(found) == (0, "nothing is proposed\n", "")
