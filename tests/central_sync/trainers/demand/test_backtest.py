"""Backtests know nothing later than their origin, however they are worked."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from central_sync.adapters.worker_processes import WorkerProcesses
from central_sync.commands.backtest import backtest as command
from central_sync.core.demand_metrics import wape
from central_sync.ports.executor import GroupFailedError
from central_sync.trainers.demand import DEMAND
from central_sync.trainers.demand.backtest import Plan, backtest
from central_sync.trainers.demand.contest import contest
from central_sync.trainers.demand.dataset import Cut
from central_sync.trainers.demand.forecasting import forecast, load
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.parts import parts_at
from central_sync.trainers.demand.scoring import counted
from central_sync.trainers.in_turn import InTurn
from endcap.plumbing.clock import SystemClock
from tests.central_sync.trainers.demand import folders


def quiet(line: str) -> None:
    """Take progress and say nothing."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.lake(tmp_path_factory.mktemp("lake"), items=16)


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    DEMAND.fit(data, out, seed=1, progress=quiet)
    return out


def test_an_earlier_data_set_is_what_was_known_then(data: Path) -> None:
    now, then = read(data), read(data, back=10)
    assert (then.horizon, then.panel.periods) == (now.horizon, now.panel.periods - 10)
    assert then.last_day == "2026-03-05"
    assert then.leads == now.leads
    np.testing.assert_array_equal(then.panel.units, now.panel.units[:, :-10])


def test_the_last_origin_is_what_evaluate_scores(data: Path, model: Path) -> None:
    found: Any = backtest(Plan(data, model, origins=1), InTurn(), quiet)
    scored = DEMAND.evaluate(data, model, baselines=False, progress=quiet).metrics
    sales = read(data)
    whole = wape(
        sales.test(sales.panel.units),
        forecast(sales, load(model, "day")).expected,
        counted(sales),
    )
    assert found["metrics"]["rows"] == scored["rows"]
    assert found["metrics"]["pinball"] == pytest.approx(scored["pinball"], abs=2e-5)
    assert found["metrics"]["coverage_90"] == pytest.approx(scored["coverage_90"], abs=2e-5)
    assert found["metrics"]["wape"] == pytest.approx(whole, abs=2e-5)
    assert found["origins"][0]["known"] == "2026-03-08"
    assert not found["refit"]


def test_nothing_later_than_an_origin_changes_its_figures(data: Path, tmp_path: Path) -> None:
    table = pq.read_table(data / "sales.parquet").to_pydict()
    late = [day.isoformat() > "2026-03-01" for day in table["day"]]
    table["units"] = [
        units * 9 if is_late else units for units, is_late in zip(table["units"], late, strict=True)
    ]
    folders.write(folders.describe(tmp_path, "endcap_sales", 7) / "sales.parquet", table)
    changed, given = (read(one, back=14) for one in (tmp_path, data))
    np.testing.assert_array_equal(changed.panel.units, given.panel.units)
    np.testing.assert_array_equal(changed.panel.price, given.panel.price)


def test_every_origin_is_fitted_anew_and_figures_are_parted(data: Path) -> None:
    said: list[str] = []
    found: Any = backtest(Plan(data, None, origins=2, every=10), InTurn(), said.append)
    assert found["refit"]
    assert [one["known"] for one in found["origins"]] == ["2026-03-08", "2026-02-26"]
    assert len(said) == 2
    kinds = [found["segments"][name]["rows"] for name in ("fast", "slow", "intermittent")]
    assert sum(kinds) == found["metrics"]["rows"]
    assert set(found["stores"]) == {"store-0", "store-1"}
    assert found["drawn"] == "items"
    low, high = found["metrics"]["intervals"]["wape"]
    assert low < found["metrics"]["wape"] < high


def test_processes_find_what_is_found_in_turn(data: Path, model: Path) -> None:
    plan = Plan(data, model, origins=2)
    with WorkerProcesses(2, SystemClock()) as crew:
        assert backtest(plan, crew, quiet) == backtest(plan, InTurn(), quiet)


def test_a_history_that_is_too_short_names_the_origin(data: Path, model: Path) -> None:
    with pytest.raises(GroupFailedError, match=r"origin 49 days back: .*at least"):
        backtest(Plan(data, model, origins=8), InTurn(), quiet)


def test_a_contest_s_origins_lie_in_the_held_out_tail(data: Path, model: Path) -> None:
    sales = read(data)
    cuts = sales.tail_cuts(3)
    assert [(cut.origin - sales.first_test, len(cut.leads)) for cut in cuts] == [
        (-1, 7),
        (1, 5),
        (3, 3),
    ]
    by = load(model, "day")
    found = contest(sales, by, by)
    assert list(found.origins) == ["7 days", "5 days", "3 days"]
    last = parts_at(sales, Cut(sales.panel.periods - 4, (1, 2, 3)), by)
    assert found.origins["3 days"][0].rows.sum() == last.whole.rows.sum()
    assert found.stores[0].loss.sum() == pytest.approx(found.whole[0].loss.sum())


def test_rolling_layouts_have_their_own_origins(tmp_path: Path) -> None:
    sales = read(folders.bakery(tmp_path))
    assert sales.tail_cuts(3) == sales.test_cuts()
    assert sales.earlier(5).leads == sales.leads


@pytest.mark.parametrize("layout", ["fresh", "m5"])
def test_layouts_that_know_regions_are_parted_by_them(layout: str, tmp_path: Path) -> None:
    sales = read(getattr(folders, layout)(tmp_path))
    assert len(sales.regions) == len(sales.stores)


def test_enough_stores_are_drawn_themselves(data: Path, model: Path) -> None:
    sales = read(data)
    many = replace(sales, stores=tuple(f"s-{code}" for code in range(12)))
    by = load(model, "day")
    assert len(parts_at(many, sales.test_cuts()[0], by).whole.rows) == 12
    assert len(parts_at(sales, sales.test_cuts()[0], by).whole.rows) == sales.panel.series


def test_the_command_tells_people_and_machines(data: Path, model: Path) -> None:
    words = ["demand", "--data", str(data), "--model", str(model), "--origins", "2"]
    said = CliRunner().invoke(command, words)
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-1] == "model 1.0.0; horizon 7, every 7"
    told = json.loads(CliRunner().invoke(command, [*words, "--segments", "--json"]).stdout)
    assert told["task"] == "demand"
    assert told["segments"]["fast"]["intervals"]["pinball"][0] > 0
    assert "segments" not in json.loads(CliRunner().invoke(command, [*words, "--json"]).stdout)


def test_data_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    said = CliRunner().invoke(command, ["demand", "--data", str(tmp_path)])
    assert (said.exit_code, said.stdout, len(said.stderr.splitlines())) == (2, "", 1)
    nothing = CliRunner().invoke(
        command, ["demand", "--data", str(tmp_path), "--model", str(tmp_path / "none")]
    )
    assert (nothing.exit_code, "no such model" in nothing.stderr) == (2, True)
