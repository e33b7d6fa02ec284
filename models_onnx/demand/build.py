"""Builds the reference demand model: `python models_onnx/demand/build.py --data DIR`.

DIR is FreshRetailNet-50K in the layout `freshretailnet` (dataset.json beside sales.parquet). Writes
model.onnx, golden.json and manifest.json beside this file; the metrics in the manifest are of the
last seven days of DIR, which the fit never sees. The fit also learns from the same sales retold as
those of slow items, since a new store's shelves are full of them and fresh food is not.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from central_sync.trainers.demand.kind import DemandKind  # noqa: E402 - found through the line above
from central_sync.trainers.demand.thinning import thinned  # noqa: E402 - likewise

SEED = 20


def main() -> None:
    """Fit, write and say what was measured."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="a freshretailnet folder")
    data = arguments.parse_args().data
    manifest = DemandKind(also=thinned).fit(data, HERE, seed=SEED, progress=print)
    for metric in manifest.metrics:
        print(f"{metric.name:14} {metric.value:8.4f}   {metric.data}")


if __name__ == "__main__":
    main()
