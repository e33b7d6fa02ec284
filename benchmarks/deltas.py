"""How long a release's deltas are, for models that were changed in the ways models are changed.

    python -m benchmarks.deltas DATA [GAPS]

DATA is a demand folder (see the trainers), GAPS the folder of a vision model (the one that comes
with the program). A demand model is fitted on the history without its last week, then trained
further on the week that came (its trees stay, a tenth as many are added), and fitted afresh with
that week. The vision models' last layer, and then every layer, is moved by noise of a hundredth of
the weights' spread, as fine-tuning at a low rate does. What is printed is the length of the zstd
delta that a release would carry, as a share of the new file, and the time it takes to undo.
"""

import dataclasses
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnx
import zstandard
from onnx import numpy_helper

from central_sync.adapters.release_shortcuts import LEVEL, applied, difference
from central_sync.trainers.demand.dataset import DataSet
from central_sync.trainers.demand.effort import MEDIUM
from central_sync.trainers.demand.graph import to_onnx
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.sample import Rows, training_rows
from central_sync.trainers.demand.trees import Trees, fit_trees
from endcap.models.demand.features import FEATURES

WEEK = 7
LIMITS = {"trained further": 0.03, "retrained": 0.15, "head tuned": 0.03}
_COUNTS = ("num_iterations", "early_stopping_round")  # those of the first fit
GAPS = Path(__file__).parents[1] / "models_onnx" / "gaps"


def rows_until(sales: DataSet, days_before: int, seed: int) -> Rows:
    """Return training rows of the history up to `days_before` days before its test."""
    earlier = dataclasses.replace(sales, horizon=sales.horizon + days_before)
    return training_rows(earlier, most=MEDIUM.rows, rng=np.random.default_rng(seed))


def trained_further(trees: Trees, rows: Rows) -> Trees:
    """Return `trees` with a tenth as many more, fitted on `rows`; the old ones stay as they are."""
    old = trees.centre.mean
    settings = {name: value for name, value in old.params.items() if name not in _COUNTS}
    data = lgb.Dataset(rows.features, rows.target, weight=np.sqrt(rows.level))
    mean = lgb.train(settings, data, max(1, old.num_trees() // 10), init_model=old)
    return dataclasses.replace(trees, centre=dataclasses.replace(trees.centre, mean=mean))


def demand_changes(data: Path) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the ways a demand model changes in a week: what it is, the old file, the new one."""
    sales = read(data)
    before = fit_trees(rows_until(sales, WEEK, 1), MEDIUM, seed=1)
    old = to_onnx(before, len(FEATURES))
    rows = rows_until(sales, 0, 1)
    yield "trained further", old, to_onnx(trained_further(before, rows), len(FEATURES))
    yield "retrained", old, to_onnx(fit_trees(rows, MEDIUM, seed=1), len(FEATURES))


def moved(model: bytes, chosen: Callable[[str], bool]) -> bytes:
    """Return a model whose weights in the chosen initializers are moved a little."""
    graph, rng = onnx.load_from_string(model), np.random.default_rng(5)
    for tensor in graph.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.dtype == np.float32 and chosen(tensor.name):
            noise = rng.normal(size=weights.shape) * (0.01 * weights.std() + 1e-6)
            changed = (weights + noise).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(changed, tensor.name))
    return bytes(graph.SerializeToString())


def vision_changes(folder: Path) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield a vision model with its last layer moved, and with every layer moved."""
    # Written once by the library, so that only what was moved differs.
    old = moved((folder / "model.onnx").read_bytes(), lambda _: False)
    graph = onnx.load_from_string(old).graph
    layer = [node for node in graph.node if node.op_type == "Conv"][-1].input[1:]
    yield "head tuned", old, moved(old, lambda name: name in layer)
    yield "all layers tuned", old, moved(old, lambda _: True)


def measured(what: str, old: bytes, new: bytes) -> bool:
    """Print one change's figures; return whether it keeps its limit."""
    delta = difference(old, new)
    began = time.process_time()
    applied(old, delta, len(new))
    took = 1000 * (time.process_time() - began)
    alone = len(zstandard.ZstdCompressor(level=LEVEL).compress(new)) / len(new)
    share, limit = len(delta) / len(new), LIMITS.get(what)
    kept = limit is None or share <= limit
    told = "" if limit is None else f"  at most {limit:.0%}: {'yes' if kept else 'NO'}"
    print(
        f"{what:18} {len(new):9} bytes  delta {len(delta):8} = {share:7.2%}"
        f"  zstd alone {alone:6.1%}  undone in {took:4.1f} ms{told}"
    )
    return kept


def main() -> None:
    """Print the table; exit 1 when a limit is not kept."""
    if len(sys.argv) < 2:  # noqa: PLR2004 - the program's name and DATA
        sys.exit(__doc__)
    changes = list(demand_changes(Path(sys.argv[1])))
    for folder in map(Path, sys.argv[2:] or [str(GAPS), str(GAPS.with_name("gap_detector"))]):
        changes += vision_changes(folder)
    kept = [measured(*change) for change in changes]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
