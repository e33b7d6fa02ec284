"""The layout of facings that people judged, `reviewed_facings`: what its files hold.

    dataset.json   layout, name, licence
    facings.csv    a row a facing: which, when, what people came to, where it is on its picture,
                   what the model had said, why it was asked, and with which probability
    answers.csv    a row an answer: of which picture, who, what, when, where
    pictures/      <sha256>.jpg, close-ups of one facing

Writes and reads nothing.
"""

from collections.abc import Mapping

from endcap.models.gaps.states import STATES
from endcap.wire.review_events import FacingQuestioned, Seen

LAYOUT = "reviewed_facings"
DATASET, FACINGS, ANSWERS, PICTURES = "dataset.json", "facings.csv", "answers.csv", "pictures"
LICENCE = "the chain's own pictures, not to be passed on"
FACING_COLUMNS = (
    *("picture", "store", "camera", "facing", "gtin", "taken_at", "state", "people"),
    *("x0", "y0", "x1", "y1", *STATES, "threshold", "model", "reason", "sampled", "alert"),
)
ANSWER_COLUMNS = ("store", "picture", "who", "said", "at", "place")


def about(name: str) -> Mapping[str, str]:
    """Return what dataset.json says."""
    return {"layout": LAYOUT, "name": name, "licence": LICENCE}


def facing_row(store: str, asked: FacingQuestioned, state: Seen, people: int) -> dict[str, object]:
    """Return a row of facings.csv."""
    kept = ("picture", "camera", "facing", "threshold", "model", "reason", "sampled", "alert")
    row: dict[str, object] = {name: getattr(asked, name) for name in kept}
    row |= {"store": store, "gtin": asked.gtin or "", "taken_at": asked.taken_at.isoformat()}
    row |= {"state": state, "people": people}
    row |= dict(zip(("x0", "y0", "x1", "y1"), asked.place, strict=True))
    return row | dict(zip(STATES, asked.chances, strict=True))
