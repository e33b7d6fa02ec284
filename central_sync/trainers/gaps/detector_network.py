"""The gap detector as a table of steps: EfficientNet-Lite0, a top-down pyramid, and one head.

What the trunk sees in cells of 32 and 16 pixels tells the cells of 8 pixels whether a dark place
is a gap; those answer with a centre's logit and four side distances. Nothing here computes.
"""

from central_sync.trainers.gaps.backbone import trunk
from central_sync.trainers.gaps.steps import Step

STAGES = 6
"""Stages of the trunk that are used; the seventh is for a thousand classes of things."""
_WIDE = 96
_MOST = 6.0


def _separable(name: str, takes: str, kernel: int = 3) -> tuple[Step, Step]:
    deep = Step(f"{name}_deep", takes, _WIDE, kernel, depthwise=True, most=_MOST)
    return deep, Step(name, deep.name, _WIDE, most=_MOST)


DETECTOR = (
    *trunk(STAGES),
    Step("far", "stage6", _WIDE, most=_MOST),
    Step("middle_side", "stage5", _WIDE, most=_MOST, adds="far", doubled=True),
    *_separable("middle1", "middle_side"),
    *_separable("middle2", "middle1"),
    Step("near_side", "stage3", _WIDE, most=_MOST, adds="middle2", doubled=True),
    *_separable("near", "near_side"),
    *_separable("head1", "near"),
    *_separable("head2", "head1"),
    Step("answer", "head2", 5),
)
"""A picture to one cell per 8 by 8 pixels: a centre's logit and four side distances."""
