"""Cuts judged search data to a smaller catalogue with fewer queries, for a run of minutes.

    python -m benchmarks.search_cut DIR OUT [--products N] [--queries N] [--seed N]
    central-sync evaluate search --data OUT --baselines

Keeps some of the queries that can tell a good order, every product judged for one of these, and
others by lot until there are enough. The result is easier than the whole: compare within one run.
"""

from pathlib import Path

import click
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from central_sync.trainers.search.scoring import read_judged


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--products", default=16_000, show_default=True)
@click.option("--queries", default=1_000, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(data: Path, out: Path, products: int, queries: int, seed: int) -> None:
    """Write a part of DATA to OUT, in the same layout."""
    judged, rng = read_judged(data), np.random.default_rng(seed)
    asked = rng.permutation(list(judged.grades))[:queries].tolist()
    needed = {product for query in asked for product in judged.grades[query]}
    others = [product for product in judged.titles if product not in needed]
    filled = rng.permutation(others)[: max(products - len(needed), 0)].tolist()
    out.mkdir(parents=True, exist_ok=True)
    _write(data, out, "products", "product_id", sorted(needed | set(filled)))
    _write(data, out, "judgments", "query", asked)
    click.echo(f"{out}: {len(needed) + len(filled)} products, {len(asked)} queries")


def _write(data: Path, out: Path, name: str, column: str, kept: list[str]) -> None:
    """Write the rows of a table whose `column` is among `kept`."""
    table = pq.read_table(data / f"{name}.parquet")
    known = pc.cast(table[column], pa.string())
    pq.write_table(table.filter(pc.is_in(known, pa.array(kept))), out / f"{name}.parquet")


if __name__ == "__main__":
    main()
