import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper import SHOPPER
from central_sync.trainers.shopper.baskets import read_baskets
from central_sync.trainers.shopper.questions import next_basket_queries, next_item_queries
from central_sync.trainers.tables import read_settings
from endcap.models.golden import disagreements
from endcap.models.shopper.history import FADING
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden
from tests.central_sync.trainers.shopper.samples import gtin, write_baskets, write_counts


def silent(_: str) -> None:
    """Say nothing."""


def test_a_model_of_counts_knows_what_goes_together(tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = SHOPPER.fit(write_counts(tmp_path / "data"), out, seed=1, progress=silent)
    session = open_session((out / "model.onnx").read_bytes())
    asked = {
        "basket": np.array([int(gtin(3))]),
        "history": np.empty(0, np.int64),
        "history_weight": np.empty(0, np.float32),
    }
    assert session.run(asked)["items"][0] == int(gtin(4))
    assert (manifest.kind, manifest.parameters["items"]) == ("shopper", 11)
    assert manifest.created.isoformat() == "2026-01-12T00:00:00+00:00"


def test_a_models_folder_is_whole_and_its_golden_cases_hold(tmp_path: Path) -> None:
    manifest = SHOPPER.fit(
        write_counts(tmp_path / "data"), tmp_path / "out", seed=1, progress=silent
    )
    content = (tmp_path / "out" / manifest.model.file).read_bytes()
    golden = (tmp_path / "out" / manifest.golden.file).read_bytes()
    assert manifest.model.sha256 == hashlib.sha256(content).hexdigest()
    assert manifest.golden.sha256 == hashlib.sha256(golden).hexdigest()
    cases = Golden.model_validate_json(golden)
    assert len(cases.cases) >= 2
    assert disagreements(cases, open_session(content).run) == ()
    session = open_session(content)
    assert {one.name for one in manifest.inputs} == set(session.inputs)
    assert {one.name for one in manifest.outputs} == set(session.outputs)


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    data = write_counts(tmp_path / "data")
    one, other = (
        SHOPPER.fit(data, tmp_path / name, seed=1, progress=silent) for name in ("one", "other")
    )
    assert one == other


def test_counts_are_scored_by_partners_of_the_last_period(tmp_path: Path) -> None:
    found = SHOPPER.evaluate(write_counts(tmp_path / "data"), None, baselines=True, progress=silent)
    assert found.metrics["hr_at_10"] > 0.9
    assert found.metrics["n"] > 0
    assert set(found.baselines) == {"popularity"}


def test_baskets_are_scored_as_documented(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    found = SHOPPER.evaluate(data, None, baselines=True, progress=silent)
    wanted = {"hr_at_10", "ndcg_at_10", "hr_at_50", "recall_at_10", "n", "ms_p50", "ms_p99"}
    assert wanted <= set(found.metrics)
    assert found.metrics["ndcg_at_10"] > found.baselines["popularity"]["ndcg_at_10"]
    assert json.loads(json.dumps(found.metrics)) == found.metrics


def test_a_data_set_without_test_weeks_has_next_baskets_only(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data", task="next_basket", fit_weeks=None, test_weeks=None)
    found = SHOPPER.evaluate(data, None, baselines=False, progress=silent)
    assert found.metrics["hr_at_10"] is None
    assert found.metrics["recall_at_10"] > 0
    assert found.metrics["households"] == 20


def test_the_better_model_is_promoted_and_the_reason_says_both_figures(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    good, poor = tmp_path / "good", tmp_path / "poor"
    SHOPPER.fit(data, good, seed=1, progress=silent)
    SHOPPER.fit(write_counts(tmp_path / "elsewhere"), poor, seed=1, progress=silent)
    better = SHOPPER.compare(data, good, poor)
    assert better.promote
    assert f"{better.candidate:.4f}" in better.reason
    assert "champion 0.0000" in better.reason
    assert f"over {better.rows} " in better.reason
    assert not SHOPPER.compare(data, poor, good).promote
    assert not SHOPPER.compare(data, good, good).promote
    first = SHOPPER.compare(data, poor, None)
    assert (first.promote, first.champion) == (True, None)


def test_a_bare_onnx_file_can_be_scored(tmp_path: Path) -> None:
    data = write_counts(tmp_path / "data")
    SHOPPER.fit(data, tmp_path / "out", seed=1, progress=silent)
    found = SHOPPER.evaluate(
        data, tmp_path / "out" / "model.onnx", baselines=False, progress=silent
    )
    assert found.model_name == "model"
    assert found.metrics["hr_at_10"] > 0.9


def test_the_hidden_item_is_drawn_as_documented(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    baskets = read_baskets(data, read_settings(data))
    rows = pq.read_table(data / "baskets.parquet", columns=["basket_id", "item_id", "week"])
    test: dict[int, list[int]] = {}
    for row in rows.to_pylist():
        if row["week"] >= 9:
            test.setdefault(row["basket_id"], []).append(row["item_id"])
    order = [sorted(items) for _, items in sorted(test.items()) if len(items) >= 3]
    rng = np.random.default_rng(3)
    hidden = [items[rng.integers(len(items))] for items in order]
    assert [one for _, one in next_item_queries(baskets)] != []
    assert [one for _, one in next_item_queries(baskets)] == hidden


def test_a_query_knows_the_households_past_and_nothing_later(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data", number=60, households=3)
    baskets = read_baskets(data, read_settings(data))
    rows = pq.read_table(data / "baskets.parquet").to_pylist()
    *_, (query, held) = next_basket_queries(baskets)
    last = max(rows, key=lambda row: row["at"])
    mine = [row for row in rows if row["household_id"] == last["household_id"]]
    past = [(str(r["item_id"]), r["at"]) for r in mine if r["basket_id"] != last["basket_id"]]
    wanted: dict[str, float] = {}
    for item, when in past:
        wanted[item] = wanted.get(item, 0.0) + np.exp(-((last["at"] - when) / FADING))
    assert sorted(held.tolist()) == sorted(
        r["item_id"] for r in mine if r["basket_id"] == last["basket_id"]
    )
    assert query.basket.tolist() == []
    got = dict(zip(map(str, query.history.tolist()), query.history_weight.tolist(), strict=True))
    assert got == pytest.approx(wanted, rel=1e-5)


def test_nothing_a_task_hides_is_trained_on(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    baskets = read_baskets(data, read_settings(data))
    hidden = baskets.in_test_weeks() | baskets.last_of_household()
    assert not (baskets.training_part() & hidden).any()
    assert baskets.last_of_household().sum() == 20


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: (d / "dataset.json").unlink(), "cannot be read"),
        (lambda d: (d / "dataset.json").write_text("[]"), "names its"),
        (lambda d: (d / "dataset.json").write_text('{"layout": "x"}'), "is not known"),
        (lambda d: (d / "baskets.parquet").unlink(), "is missing"),
        (lambda d: (d / "baskets.parquet").write_bytes(b"PAR1"), "no readable Parquet"),
        (lambda d: pq.write_table(pa.table({"week": [1]}), d / "baskets.parquet"), "lacks the col"),
    ],
)
def test_unusable_baskets_are_refused_with_what_is_wrong(
    tmp_path: Path, spoil: object, message: str
) -> None:
    data = write_baskets(tmp_path / "data", number=30)
    assert callable(spoil)
    spoil(data)
    with pytest.raises(DataUnusableError, match=message):
        SHOPPER.evaluate(data, None, baselines=False, progress=silent)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fit_weeks": [1]}, "first, last"),
        ({"min_item_baskets": "many"}, "many"),
        ({"fit_weeks": [90, 99]}, "holds no item"),
    ],
)
def test_strange_settings_are_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    data = write_baskets(tmp_path / "data", 30, 20, **settings)
    with pytest.raises(DataUnusableError, match=message):
        SHOPPER.fit(data, tmp_path / "out", seed=1, progress=silent)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("item_id", pa.array([1, None]), "whole numbers"),
        ("item_id", pa.array(["1", "2"]), "whole numbers"),
        ("at", pa.array([1, 2]), "timestamps"),
    ],
)
def test_columns_of_another_kind_are_refused(
    tmp_path: Path, column: str, values: "pa.Array[pa.Scalar[pa.DataType]]", message: str
) -> None:
    data = write_baskets(tmp_path / "data", number=30)
    table = pq.read_table(data / "baskets.parquet").slice(0, 2)
    at = table.schema.get_field_index(column)
    pq.write_table(table.set_column(at, column, values), data / "baskets.parquet")
    with pytest.raises(DataUnusableError, match=message):
        read_baskets(data, read_settings(data))


def test_no_rows_are_refused(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data", number=30)
    pq.write_table(pq.read_table(data / "baskets.parquet").slice(0, 0), data / "baskets.parquet")
    with pytest.raises(DataUnusableError, match="no rows"):
        read_baskets(data, read_settings(data))


@pytest.mark.parametrize(
    ("periods", "holdout", "message"),
    [(1, 1, "wait for another"), (2, -1, "from 0"), (2, "one", "from 0"), (2, True, "from 0")],
)
def test_too_few_periods_are_refused(
    tmp_path: Path, periods: int, holdout: object, message: str
) -> None:
    data = write_counts(tmp_path / "data", periods=periods, number=30, holdout=holdout)
    with pytest.raises(DataUnusableError, match=message):
        SHOPPER.fit(data, tmp_path / "out", seed=1, progress=silent)


def test_every_period_is_learned_from_when_none_is_held_out(tmp_path: Path) -> None:
    data = write_counts(tmp_path / "data", periods=1, holdout=0)
    assert SHOPPER.fit(data, tmp_path / "out", seed=1, progress=silent).parameters["items"] == 11
    found = SHOPPER.evaluate(data, tmp_path / "out", baselines=False, progress=silent)
    assert (found.metrics["n"], found.metrics["hr_at_10"]) == (0, 0.0)


def test_counts_in_part_files_are_learned_from_alike(tmp_path: Path) -> None:
    data = write_counts(tmp_path / "data")
    whole = SHOPPER.fit(data, tmp_path / "whole", seed=1, progress=silent)
    for name in ("items", "pairs", "totals"):
        rows = pq.read_table(data / f"{name}.parquet")
        (data / f"{name}.parquet").unlink()
        (data / f"{name}.parquet").mkdir()
        for part, first in enumerate(range(0, rows.num_rows, 5)):
            path = data / f"{name}.parquet" / f"part-{part:05}.parquet"
            pq.write_table(rows.slice(first, 5), path)
    parts = SHOPPER.fit(data, tmp_path / "parts", seed=1, progress=silent)
    assert parts.model == whole.model


def test_gtins_that_are_none_and_periods_that_are_no_dates_are_refused(tmp_path: Path) -> None:
    data = write_counts(tmp_path / "data")
    items = pq.read_table(data / "items.parquet")
    strange = pa.array(["x"] * items.num_rows)
    pq.write_table(items.set_column(2, "gtin", strange), data / "items.parquet")
    with pytest.raises(DataUnusableError, match="must be GTINs"):
        SHOPPER.fit(data, tmp_path / "out", seed=1, progress=silent)
    totals = pq.read_table(data / "totals.parquet")
    weeks = pa.array(range(totals.num_rows))
    pq.write_table(totals.set_column(1, "period", weeks), data / "totals.parquet")
    with pytest.raises(DataUnusableError, match="must be dates"):
        SHOPPER.fit(data, tmp_path / "out", seed=1, progress=silent)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    data = write_counts(tmp_path / "data")
    (tmp_path / "no.onnx").write_bytes(b"no")
    for path in (tmp_path / "no.onnx", tmp_path):
        with pytest.raises(DataUnusableError, match="no model to score"):
            SHOPPER.evaluate(data, path, baselines=False, progress=silent)
