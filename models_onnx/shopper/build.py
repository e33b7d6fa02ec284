"""Builds the reference recommender from simulated baskets: `python models_onnx/shopper/build.py`.

Writes model.onnx, golden.json and manifest.json beside this file, through the same layout, fit and
evaluation that a fleet's own counts go through. Needs no data but the sample catalogue.
"""

import csv
import json
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from central_sync.trainers.shopper import SHOPPER  # noqa: E402 - found through the line above
from endcap.models.shopper.sums import basket_sums  # noqa: E402 - likewise
from endcap.plumbing.files import write_atomically  # noqa: E402 - likewise
from endcap.wire.identifiers import normalise_gtin  # noqa: E402 - likewise
from endcap.wire.manifest import Metric, TrainingData  # noqa: E402 - likewise
from models_onnx.shopper.missions import simulated_baskets  # noqa: E402 - likewise

SEED = 20
STORE = "sample-store"
FIRST_PERIOD = date(2025, 1, 6)
PERIODS, BASKETS_A_PERIOD, MINIMUM_GROUP = 4, 6_000, 5
COMMAND = "python models_onnx/shopper/build.py"


def sample_names() -> dict[str, str]:
    """Return the names of the sample catalogue by 14-digit GTIN."""
    with (HERE.parents[1] / "device_configs" / "sample_catalogue.csv").open(newline="") as file:
        return {normalise_gtin(row["gtin"]): row["name"] for row in csv.DictReader(file)}


def write_counts(folder: Path) -> None:
    """Write simulated baskets as what a store would send of them: sums by period."""
    rng = np.random.default_rng(SEED)
    items, pairs, totals = [], [], []
    for number in range(PERIODS):
        period = FIRST_PERIOD + timedelta(weeks=4 * number)
        baskets = simulated_baskets(sample_names(), BASKETS_A_PERIOD, rng)
        sums = basket_sums(baskets, minimum_group=MINIMUM_GROUP)
        items += [(STORE, period, gtin, n) for gtin, n in sums.items.items()]
        pairs += [(STORE, period, one, other, n) for (one, other), n in sums.pairs.items()]
        totals.append((STORE, period, sums.baskets))
    for name, rows, columns in (
        ("items", items, ("store", "period", "gtin", "baskets")),
        ("pairs", pairs, ("store", "period", "gtin_a", "gtin_b", "baskets")),
        ("totals", totals, ("store", "period", "baskets")),
    ):
        table = pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
        pq.write_table(table, folder / f"{name}.parquet")
    settings = {"layout": "basket_counts", "holdout_periods": 1}
    (folder / "dataset.json").write_text(json.dumps(settings))


def main() -> None:
    """Simulate, fit, score, and say in the manifest what came out."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "simulated_missions"
        data.mkdir()
        write_counts(data)
        manifest = SHOPPER.fit(data, HERE, seed=SEED, progress=print)
        scored = SHOPPER.evaluate(data, HERE, baselines=True, progress=print)
    what = "simulated missions, held-out period"
    metrics = {
        "hr_at_10_partner": scored.metrics["hr_at_10"],
        "hr_at_10_partner_popularity": scored.baselines["popularity"]["hr_at_10"],
    }
    told = manifest.model_copy(
        update={
            "metrics": tuple(
                Metric(name=name, value=round(value, 4), data=what, command=COMMAND)
                for name, value in metrics.items()
            ),
            "training_data": (
                TrainingData(
                    name="simulated shopping missions over the sample catalogue",
                    licence="Apache-2.0",
                    use="made up; nobody's purchases",
                ),
            ),
        }
    )
    content = told.model_dump_json(indent=2).encode() + b"\n"
    write_atomically(HERE / "manifest.json", content)
    for name, value in metrics.items():
        print(f"{name} {value:.4f}")


if __name__ == "__main__":
    main()
