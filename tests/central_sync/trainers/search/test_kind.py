import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.search import SEARCH
from central_sync.trainers.search.peers import fused, kept_vectors
from central_sync.trainers.search.scoring import misspelt, read_judged, score
from endcap.plumbing.text_index import Entry, TextIndex
from tests.shared_data import shared_data

TITLES = (
    "Whole Milk 1/2 gal",
    "2% Milk 1/2 gal",
    "Milk Chocolate Bar",
    "Strawberry Jam",
    "Garlic Bread",
    "Black Tea",
)
GRADES = {
    "milk half gallon": (3.0, 2.33, 1.67, 1.0, 1.0, 1.0),
    "tea": (1.0, 1.0, 1.0, 1.0, 1.0, 3.0),
}


def silent(_: str) -> None:
    """Say nothing."""


def write_search(data: Path, grades: Mapping[str, tuple[float, ...]]) -> Path:
    data.mkdir()
    products = {"product_id": list(range(len(TITLES))), "title": list(TITLES)}
    rows = [(q, i, grade) for q, given in grades.items() for i, grade in enumerate(given)]
    columns = dict(zip(("query", "product_id", "relevance"), zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table(products), data / "products.parquet")
    pq.write_table(pa.table(columns), data / "judgments.parquet")
    (data / "dataset.json").write_text(json.dumps({"layout": "search"}))
    return data


def test_search_is_scored_as_documented(tmp_path: Path) -> None:
    found = SEARCH.evaluate(
        write_search(tmp_path / "data", GRADES), None, baselines=True, progress=silent
    )
    wanted = {"ndcg_at_10", "recall_at_100", "zero_rate", "queries", "ms_p50", "ms_p99"}
    assert wanted <= set(found.metrics)
    assert (found.metrics["queries"], found.metrics["zero_rate"]) == (2, 0.0)
    assert found.metrics["ndcg_at_10"] > 0.95
    assert "fts5_porter_or" in found.baselines


def test_vectors_of_titles_are_made_once_also_for_another_catalogue(tmp_path: Path) -> None:
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    kept = tmp_path / "vectors.npz"
    first = kept_vectors(["tea", "bread", "tea"], embed, kept, silent)
    again = kept_vectors(["milk", "bread"], embed, kept, silent)
    assert asked == ["tea", "bread", "milk"]
    assert (first[:, 0].tolist(), again[:, 0].tolist()) == ([3, 5, 3], [4, 5])


def test_words_and_meaning_are_fused_as_the_peer_does(tmp_path: Path) -> None:
    index = TextIndex()
    titles = {str(n): title for n, title in enumerate(TITLES)}
    index.rebuild(Entry(id_, title) for id_, title in titles.items())

    def embed(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        bread = [float("bread" in text.lower() or "loaf" in text) for text in texts]
        return np.array([[one, 1.0 - one] for one in bread], dtype=np.float32)

    vectors = kept_vectors(list(titles.values()), embed, tmp_path / "vectors.npz", silent)
    search = fused(titles, index, embed, vectors)
    assert titles[search("loaf", 3)[0]] == "Garlic Bread"
    assert titles[search("strawbery", 3)[0]] == "Strawberry Jam"
    assert len(search("???", 4)) == 4


def test_queries_that_cannot_tell_an_order_do_not_count(tmp_path: Path) -> None:
    few = {"milk": (3.0, 1.0), "jam": (2.0,) * 6}
    assert set(read_judged(write_search(tmp_path / "both", GRADES | few)).grades) == set(GRADES)
    with pytest.raises(DataUnusableError, match="no query has 5"):
        read_judged(write_search(tmp_path / "few", few))


def test_a_perfect_searcher_scores_one_and_a_silent_one_zero(tmp_path: Path) -> None:
    judged = read_judged(write_search(tmp_path / "data", GRADES))

    def perfect(query: str, limit: int) -> list[str]:
        given = judged.grades[query]
        return sorted(given, key=lambda one: -given[one])[:limit]

    found = score(perfect, judged)
    assert (found["ndcg_at_10"], found["recall_at_100"]) == (pytest.approx(1.0), 1.0)
    assert score(lambda _query, _limit: [], judged)["zero_rate"] == 1.0


def test_recall_counts_only_queries_with_something_relevant(tmp_path: Path) -> None:
    dull = {"milk": (2.0, 1.0, 1.0, 1.0, 1.0, 1.0)}
    judged = read_judged(write_search(tmp_path / "data", dull))
    assert score(lambda _query, _limit: [], judged)["recall_at_100"] == 0.0


def test_search_is_neither_fitted_nor_compared(tmp_path: Path) -> None:
    data = write_search(tmp_path / "data", GRADES)
    with pytest.raises(DataUnusableError, match="from its own catalogue"):
        SEARCH.fit(data, tmp_path, seed=1, progress=silent)
    with pytest.raises(DataUnusableError, match="from its own catalogue"):
        SEARCH.compare(data, tmp_path, None)
    with pytest.raises(DataUnusableError, match="from its own catalogue"):
        SEARCH.evaluate(data, tmp_path, baselines=False, progress=silent)


@given(st.text(alphabet="abcdef 12", max_size=30), st.integers(0, 99))
def test_a_slip_changes_at_most_one_word_by_one_letter(query: str, seed: int) -> None:
    slip = misspelt(query, np.random.default_rng(seed))
    pairs = list(zip(query.split(" "), slip.split(" "), strict=True))
    assert sum(one != other for one, other in pairs) <= 1
    assert all(abs(len(one) - len(other)) <= 1 for one, other in pairs)


@pytest.mark.shared_data
def test_real_queries_are_answered_better_than_by_plain_full_text(tmp_path: Path) -> None:
    whole = shared_data("shopper", "homedepot_search")
    judgments = pq.read_table(whole / "judgments.parquet").slice(0, 2500)
    products = pq.read_table(whole / "products.parquet")
    kept = np.isin(products["product_id"].to_numpy(), judgments["product_id"].to_numpy())
    pq.write_table(products.filter(pa.array(kept)), tmp_path / "products.parquet")
    pq.write_table(judgments, tmp_path / "judgments.parquet")
    found = SEARCH.evaluate(tmp_path, None, baselines=True, progress=silent)
    plain = found.baselines["fts5_porter_or"]
    assert found.metrics["ndcg_at_10"] > plain["ndcg_at_10"] + 0.01
    assert found.metrics["typo_ndcg_at_10"] > plain["typo_ndcg_at_10"] + 0.1
    assert found.metrics["zero_rate"] < 0.01
