"""Builds the reference demand model: `python models_onnx/demand/build.py --data DIR`.

DIR is FreshRetailNet-50K in the layout `freshretailnet` (dataset.json beside sales.parquet). Writes
model.onnx, golden.json and manifest.json beside this file; the metrics in the manifest are of the
last seven days of DIR, which the fit never sees.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from central_sync.trainers.demand import DEMAND  # noqa: E402 - found through the line above

SEED = 20


def main() -> None:
    """Fit, write and say what was measured."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="a freshretailnet folder")
    manifest = DEMAND.fit(arguments.parse_args().data, HERE, seed=SEED, progress=print)
    for metric in manifest.metrics:
        print(f"{metric.name:14} {metric.value:8.4f}   {metric.data}")


if __name__ == "__main__":
    main()
