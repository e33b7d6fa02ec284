"""How many facings are proposed where they are: rendered shelves with exact truth.

python -m benchmarks.enrolment [--shelves N] [--json]
"""

import json

import click
import numpy as np

from edge_agent.adapters.shelf_proposals import propose
from endcap.models.gaps.boxes import Box, as_array, overlap
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Stock, render_shelf
from endcap.models.gaps.shelves import Style, build_shelf

HIT = 0.5
_SEED = 5


def measured(shelves: int) -> tuple[float, float]:
    """Return the share of facings proposed at IoU 0.5, and the extra proposals for each facing."""
    rng = np.random.default_rng(_SEED)
    hits = truths = extra = 0
    for seed in range(shelves):
        rows, facings = int(rng.integers(2, 7)), int(rng.integers(8, 18))
        shelf = build_shelf(1000 + seed, Style(640, 480, rows=rows, facings=facings))
        stock: dict[str, Stock] = {
            one.name: "empty" if rng.random() < 0.1 else "full"  # noqa: PLR2004 - a tenth
            for one in shelf.facings
        }
        truth = list(shelf.facing_boxes().values())
        found = propose(render_shelf(shelf, stock, Moment()).picture)
        hit = _matched(truth, found)
        hits, truths, extra = hits + hit, truths + len(truth), extra + len(found) - hit
    return hits / truths, extra / truths


def _matched(truth: list[Box], found: tuple[Box, ...]) -> int:
    """Return how many of the truth are found, each proposal counted once."""
    shared, hits = overlap(as_array(truth), as_array(found)), 0
    while shared.size and shared.max() >= HIT:
        one, other = np.unravel_index(shared.argmax(), shared.shape)
        shared[one], shared[:, other] = 0, 0
        hits += 1
    return hits


@click.command()
@click.option("--shelves", default=40, show_default=True, help="How many are rendered.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(shelves: int, *, as_json: bool) -> None:
    """Print which share of facings is proposed, and how many proposals are too many."""
    share, extra = measured(shelves)
    if as_json:
        print(json.dumps({"shelves": shelves, "proposed": share, "extra": extra}))
        return
    shown = f"{share:.3f} of facings proposed at IoU {HIT}, {extra:.2f} extra for each"
    print(f"{shelves} rendered shelves: {shown}")


if __name__ == "__main__":
    main()
