"""The search kind: scored, never fitted. A store builds its index itself, from its catalogue."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from central_sync.core.evaluation import Evaluation, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from central_sync.trainers.search.peers import KEPT, NAME, fused, kept_vectors, minilm
from central_sync.trainers.search.scoring import Judged, Searcher, misspelt, read_judged, score
from endcap import __version__
from endcap.models import search as search_code
from endcap.plumbing.files import sha256_of
from endcap.plumbing.text_index import Entry, TextIndex
from endcap.wire.manifest import ModelManifest

_SEED = 2016
_NOT_FITTED = (
    "search has no model to fit or compare: each store builds its index from its own catalogue; "
    "score it with `central-sync evaluate search --data DIR`"
)


class SearchKind:
    """Product search as the stores run it, scored on judged queries."""

    name = "search"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:  # noqa: ARG002 - ModelKind's shape
        """Refuse.

        Raises:
            DataUnusableError: always.
        """
        raise DataUnusableError(_NOT_FITTED)

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:  # noqa: ARG002 - ModelKind's shape
        """Refuse.

        Raises:
            DataUnusableError: always.
        """
        raise DataUnusableError(_NOT_FITTED)

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        """Build the index over the products of `data` and score it on the judged queries."""
        if model is not None:
            raise DataUnusableError(_NOT_FITTED)
        judged = read_judged(data)
        progress(f"indexing {len(judged.titles)} products")
        index = TextIndex()
        index.rebuild(Entry(id_, title) for id_, title in judged.titles.items())
        progress(f"asking {len(judged.grades)} queries")
        metrics = _scored(_searcher(index), judged, typos=baselines)
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name="text_index",
            model_version=__version__,
            model_sha256=_code_sha256(),
            metrics=metrics,
            baselines=_baselines(judged, index, progress) if baselines else {},
        )


def _baselines(judged: Judged, index: TextIndex, progress: Progress) -> dict[str, Any]:
    """Return the metrics of the usual ways to search the same data."""
    told = {"fts5_porter_or": _plain_fts5(judged)}
    embed = minilm(progress)
    if embed is not None:
        titles = dict(judged.titles)
        vectors = kept_vectors(list(titles.values()), embed, KEPT, progress)
        progress(f"asking {NAME}: {len(judged.grades)} queries, twice")
        told[NAME] = _scored(fused(titles, index, embed, vectors), judged, typos=True)
    return told


def _code_sha256() -> str:
    """Return the hash of the code that answers: there is no model file to name."""
    folder = Path(search_code.__path__[0])
    return sha256_of(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py"))))


def _searcher(index: TextIndex) -> Searcher:
    """Return what answers from `index`."""
    return lambda query, limit: [id_ for id_, _ in index.search(query, limit).found]


def _scored(search: Searcher, judged: Judged, *, typos: bool) -> dict[str, Any]:
    """Return the metrics; with `typos` also NDCG and empty answers with one slip a query."""
    if not typos:
        return score(search, judged)
    rng = np.random.default_rng(_SEED)
    slips = {query: misspelt(query, rng) for query in judged.grades}
    typed = score(lambda query, limit: search(slips[query], limit), judged)
    return score(search, judged) | {
        "typo_ndcg_at_10": typed["ndcg_at_10"],
        "typo_zero_rate": typed["zero_rate"],
    }


def _plain_fts5(judged: Judged) -> dict[str, Any]:
    """Return the metrics of SQLite's own search: porter stems, any word, bm25."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "create virtual table t using fts5(id unindexed, title, tokenize=porter)"
        )
        connection.executemany("insert into t values (?, ?)", judged.titles.items())

        def search(query: str, limit: int) -> list[str]:
            any_word = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
            if not any_word:
                return []
            sql = "select id from t where t match ? order by rank limit ?"
            return [id_ for (id_,) in connection.execute(sql, (any_word, limit))]

        return _scored(search, judged, typos=True)
