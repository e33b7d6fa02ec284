"""A fitted model as the folder that travels: model.onnx, golden.json, manifest.json.

The golden cases are small baskets whose best items stand well apart, so that another processor's
last bit cannot swap two of them. `created` is the moment of the newest data: the same data gives
the same bytes.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from central_sync.trainers.model_folder import GOLDEN, MODEL, file_ref, write_folder
from central_sync.trainers.shopper.ease import MOST_ITEMS, ItemModel
from central_sync.trainers.shopper.graph import to_onnx
from endcap.models.golden import case
from endcap.models.shopper.history import FADING
from endcap.models.shopper.tensors import (
    BASKET,
    BASKET_BEST,
    BASKET_SAYS,
    HISTORY,
    HISTORY_SAYS,
    HISTORY_WEIGHT,
    ITEMS,
    SCORES,
)
from endcap.plumbing.onnx_session import Session, open_session
from endcap.wire.manifest import Golden, GoldenCase, ModelManifest, Tensor, TrainingData

VERSION = "1.0.0"
_AGENT = "0.1.0"
_APART = 1e-5
_CASES = 3

_INPUTS = (
    Tensor(
        name=BASKET,
        dtype="int64",
        shape=("b",),
        unit="GTIN-14 as a number",
        description="What is in the basket; unknown items are ignored; may be empty.",
    ),
    Tensor(
        name=HISTORY,
        dtype="int64",
        shape=("h",),
        unit="GTIN-14 as a number",
        description="What the shopper bought before, each item once; may be empty.",
    ),
    Tensor(
        name=HISTORY_WEIGHT,
        dtype="float32",
        shape=("h",),
        unit="baskets",
        description=f"Faded counts: the sum of exp(-age / {FADING.days} days) over baskets.",
    ),
)
_OUTPUTS = (
    Tensor(
        name=ITEMS,
        dtype="int64",
        shape=("k",),
        unit="GTIN-14 as a number",
        description=f"At most {MOST_ITEMS} items, best first, none of the basket.",
    ),
    Tensor(
        name=SCORES,
        dtype="float32",
        shape=("k",),
        unit="1",
        description="Higher is better, always above 0; comparable within one answer.",
    ),
    *(
        Tensor(name=name, dtype="float32", shape=("k",), unit="1", description=about)
        for name, about in (
            (BASKET_SAYS, "What the items of the basket add to the item, for a ranker."),
            (BASKET_BEST, "The most that one of them adds, at least 0."),
            (HISTORY_SAYS, "What the rest of the history adds."),
        )
    ),
)


def write_model(
    out: Path, model: ItemModel, *, trained_on: TrainingData, newest: datetime, seed: int
) -> ModelManifest:
    """Write the three files of `model` into `out` and return the manifest."""
    content = to_onnx(model)
    session = open_session(content)
    golden = Golden(cases=_golden_cases(model, session, np.random.default_rng(seed)))
    golden_content = golden.model_dump_json().encode()
    manifest = ModelManifest(
        kind="shopper",
        version=VERSION,
        model=file_ref(MODEL, content),
        golden=file_ref(GOLDEN, golden_content),
        inputs=_INPUTS,
        outputs=_OUTPUTS,
        parameters={
            "items": len(model.items),
            "items_with_neighbours": len(model.neighbours),
            "neighbours": int(model.neighbours.shape[1]),
            "history_fades_in_days": FADING.days,
            "habit": model.blend.habit,
            "surprise": model.blend.surprise,
            "agreement": model.blend.agreement,
            "likeness": model.blend.likeness,
        },
        training_data=(trained_on,),
        licence="Apache-2.0",
        minimum_agent=_AGENT,
        created=newest.astimezone(UTC),
    )
    write_folder(out, content, golden_content, manifest)
    return manifest


def _golden_cases(
    model: ItemModel, session: Session, rng: np.random.Generator
) -> tuple[GoldenCase, ...]:
    """Return the empty question and a few whose answers any sound copy gives in this order."""
    made = [case(_inputs([], []), session.run)]
    for place in rng.permutation(len(model.neighbours)).tolist():
        own = model.items[rng.choice(len(model.items), size=min(2, len(model.items)))]
        inputs = _inputs([model.items[place]], sorted(set(own.tolist())))
        outputs = session.run(inputs)
        if len(outputs[ITEMS]) and _well_apart(outputs[SCORES]):
            made.append(case(inputs, session.run))
        if len(made) > _CASES:
            break
    return tuple(made)


def _inputs(basket: list[int], history: list[int]) -> dict[str, NDArray[Any]]:
    """Return a question; the weights of the history are 1, 2, ..."""
    return {
        BASKET: np.array(basket, dtype=np.int64),
        HISTORY: np.array(history, dtype=np.int64),
        HISTORY_WEIGHT: np.arange(1, len(history) + 1, dtype=np.float32),
    }


def _well_apart(scores: NDArray[np.float32]) -> bool:
    """Return whether neighbours in the order are equal to the bit, or clearly different."""
    gaps = np.abs(np.diff(scores.astype(np.float64)))
    return bool(np.all((gaps == 0) | (gaps > _APART)))
