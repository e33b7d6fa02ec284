"""Which pictures teach and which judge, where a model comes from, and who serves. Pure but reading.

A tenth of the pictures, chosen by their names, never teaches: thresholds are set and candidates
compared on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from central_sync.core.evaluation import Verdict
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.gaps.layout import Labelled, read_directory
from central_sync.trainers.gaps.package import IMAGENET, LICENCE, Origin, about_data, newest

LEAST_PICTURES = 10


@dataclass(frozen=True, slots=True)
class Split:
    """The pictures that teach and those that judge."""

    teach: tuple[Labelled, ...]
    judge: tuple[Labelled, ...]


def split_of(data: Path) -> Split:
    """Return the split of `data`; every picture judges where there is no held-out one."""
    pictures = read_directory(data)
    judge = tuple(one for one in pictures if one.held_out)
    teach = tuple(one for one in pictures if not one.held_out)
    return Split(teach, judge or pictures)


def split_for_fitting(data: Path) -> Split:
    """Return the split of `data` that a model can be fitted on.

    Raises:
        DataUnusableError: there are too few pictures that teach, or none with gaps.
    """
    split = split_of(data)
    if len(split.teach) < LEAST_PICTURES or not any(one.gaps for one in split.teach):
        raise DataUnusableError(
            f"{data}: {len(split.teach)} pictures to learn from, "
            f"{sum(bool(one.gaps) for one in split.teach)} with gaps; "
            f"wanted {LEAST_PICTURES} or more, and gaps"
        )
    return split


def origin(folders: Sequence[Path], splits: Sequence[Split], licence: str = LICENCE) -> Origin:
    """Return where a model comes from; data that names no licence has the model's, if it is own."""
    said = [about_data(one, licence) if licence != LICENCE else about_data(one) for one in folders]
    when = newest([picture.path for one in splits for picture in one.teach])
    return Origin((*said, IMAGENET), when, licence)


def better(
    metric: str, candidate: tuple[float, int], champion: tuple[float, int] | None
) -> Verdict:
    """Return who serves by (score, rows): the better one; at a tie the one that serves already."""
    new, rows = candidate
    if champion is None:
        return Verdict(new > 0, f"{metric} {new:.4f}, no champion", metric, new, None, rows)
    old = champion[0]
    promote = new > old
    word = "beats" if promote else "does not beat"
    reason = f"{metric} {new:.4f} {word} {old:.4f} on {rows} held-out rows"
    return Verdict(promote, reason, metric, new, old, rows)
