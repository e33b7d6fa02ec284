"""What a person at a terminal gets to read, and to see, of what will sell."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_agent.commands.forecast import forecast
from tests.edge_agent.kiosk import selling_store
from tests.edge_agent.kiosk.corner_store import corner_store, gtin_of
from tests.edge_agent.kiosk.selling_store import MILK
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.serving import served

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("store")
    models = selling_store.models()
    with served(
        lambda: corner_store(folder, FakeClock(), fill_with=selling_store.fill, models=models)
    ) as found:
        yield found


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(forecast, [str(one) for one in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_without_an_item_tomorrows_items_are_listed_best_sellers_first(address: str) -> None:
    code, out, _ = run(address)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("2026-03-03")
    assert lines[1].endswith("Rye bread 500 g")
    assert f"{MILK}   11.3  6.2 to 18.1      Whole milk 1 l" in lines


def test_an_items_days_come_with_what_moves_one(address: str) -> None:
    code, out, _ = run(MILK.lstrip("0"), address, "--day", "2026-03-07")
    assert code == 0
    assert "Sat 2026-03-07    41.8  23.0 to 66.8     promotion, Match, Match: +30%" in out
    assert "what moves 2026-03-07:\n    12.7  a day on which nothing is special" in out
    assert "+9.6  weekday and day of the month (a Saturday)" in out
    assert "+8.3  price and promotion (a promotion, a price 20% lower than of late)" in out
    assert "    41.8  expected\n" in out
    assert "error of this item: 11%" in out
    assert "error of Dairy: 11%" in out


def test_an_item_may_be_called_by_words_of_its_name(address: str) -> None:
    assert run("whole", "milk", address)[1].startswith(f"{MILK}  Whole milk 1 l")


def test_words_that_fit_several_items_list_them(address: str) -> None:
    code, out, err = run("tomato", address)
    assert (code, out) == (2, "")
    assert 'err "tomato" may be one of these; give its GTIN:' in f"err {err}"
    assert f"{gtin_of(6)}  Tomatoes 500 g" in err
    assert f"{gtin_of(8)}  Tomato sauce 400 g" in err


def test_what_is_not_sold_is_said_so(address: str) -> None:
    code, _, err = run("xylophone", address)
    assert (code, err) == (1, 'no item is called "xylophone"\n')
    code, _, err = run("4006381333931", address)
    assert code == 1
    assert "no item 04006381333931 in this store's catalogue" in err


def test_an_item_without_a_forecast_has_none(address: str) -> None:
    code, out, _ = run(gtin_of(11), address)
    assert code == 0
    assert "no forecast: the item has too little history" in out
    assert run(address, "--day", "2026-05-01")[1].startswith("no forecast for that day")


def test_the_agents_own_answer_can_be_had(address: str) -> None:
    code, out, _ = run("whole milk", address, "--json")
    assert code == 0
    assert json.loads(out)["explanation"]["day"] == "2026-03-03"
    assert json.loads(run(address, "--json")[1])["known"] == 10


def test_an_agent_that_does_not_run_is_said_so() -> None:
    code, _, err = run(f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "is the agent running?" in err


@pytest.mark.parametrize(("item", "ending"), [(MILK, "png"), (MILK, "svg"), (gtin_of(11), "png")])
def test_an_items_days_are_drawn(address: str, tmp_path: Path, item: str, ending: str) -> None:
    pytest.importorskip("matplotlib", reason="endcap[plots] is not installed")
    picture = tmp_path / f"out.{ending}"
    code, _, err = run(item, address, "--plot", picture)
    assert (code, err) == (0, "")
    content = picture.read_bytes()
    assert len(content) > 5000
    assert content.startswith(PNG) == (ending == "png")
    if ending == "svg":
        assert content.count(b"Match") >= 1 or content.count(b"<path") > 50


def test_a_picture_that_cannot_be_drawn_is_said_so(address: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="endcap[plots] is not installed")
    code, _, err = run(MILK, address, "--plot", tmp_path / "out.docx")
    assert (code, err.count("\n")) == (1, 1)
    assert "out.docx cannot be drawn" in err


def test_a_picture_is_of_one_item(address: str, tmp_path: Path) -> None:
    code, _, err = run(address, "--plot", tmp_path / "out.png")
    assert (code, err) == (2, "--plot draws one item: name it before the configuration\n")


def test_without_matplotlib_it_is_said_what_to_install(address: str, tmp_path: Path) -> None:
    without = tmp_path / "matplotlib"
    without.mkdir()
    (without / "__init__.py").write_text("raise ImportError('no matplotlib here')")
    done = subprocess.run(
        [sys.executable, "-m", "edge_agent", "forecast", MILK, address, "--plot", "out.png"],
        env={"PYTHONPATH": f"{tmp_path}:{Path.cwd()}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "--plot needs matplotlib; install it with: pip install 'endcap[plots]'\n"
    )


def test_nothing_but_a_picture_brings_matplotlib(address: str) -> None:
    look = (
        "import sys; from edge_agent.__main__ import main\n"
        f"main(['forecast', '{MILK}', '{address}'], standalone_mode=False)\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
