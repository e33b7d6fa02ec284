"""Decides from a picture's few numbers whether its camera is to be believed.

Nothing here sees a picture. A camera that sees nothing is said so after a moment, so that one bad
frame tells nobody anything; what its facings are worth meanwhile is watch.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from endcap.wire.events import CameraChanged, CameraCondition


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture in numbers.

    `brightness` is the mean and `contrast` the standard deviation of its grey values, 0 to 255;
    `sharpness` the variance of its Laplacian. `change` is the mean difference to the picture
    before, None where there is none, or where a picture may well be shown twice.
    """

    brightness: float
    contrast: float
    sharpness: float
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture must not fall below, and how long a condition lasts before it is told."""

    brightness: float = 12.0
    contrast: float = 9.0
    sharpness: float = 0.12
    change: float = 0.02
    frozen_after: timedelta = timedelta(seconds=25)
    told_after: timedelta = timedelta(seconds=3)


LIMITS = Limits()
_REMEMBERED = 0.95


def condition_of(
    facts: PictureFacts, usual_sharpness: float | None, limits: Limits = LIMITS
) -> CameraCondition:
    """Return what one picture says of its camera; a standstill takes more than one.

    Blurred is a picture whose sharpness falls under a share of what is usual for this camera.
    """
    if facts.brightness < limits.brightness:
        return "dark"
    if facts.contrast < limits.contrast:
        return "covered"
    if usual_sharpness is not None and facts.sharpness < limits.sharpness * usual_sharpness:
        return "blurred"
    return "ok"


@dataclass(frozen=True, slots=True)
class CameraWatch:
    """What a camera has been worth, and what its last pictures say.

    `told` is what was reported last, `seen` what the newest picture says since `since`; `still`
    is when the picture stopped changing.
    """

    camera: str
    told: CameraCondition | None = None
    seen: CameraCondition = "ok"
    since: datetime | None = None
    still: datetime | None = None
    usual_sharpness: float | None = None
    limits: Limits = LIMITS

    @property
    def believed(self) -> bool:
        """Whether the newest picture may be judged for gaps."""
        return self.seen == "ok" and self.since is not None

    def saw(
        self, facts: PictureFacts, at: datetime
    ) -> tuple["CameraWatch", Sequence[CameraChanged]]:
        """Take in a picture; return the watch and what is to be told."""
        stands = facts.change is not None and facts.change < self.limits.change
        still = (self.still or at) if stands else None
        condition = condition_of(facts, self.usual_sharpness, self.limits)
        if still is not None and at - still >= self.limits.frozen_after:
            condition = "frozen"
        usual = self._usual(facts.sharpness) if condition == "ok" else self.usual_sharpness
        return replace(self, still=still, usual_sharpness=usual).missed(condition, "", at)

    def missed(
        self, condition: CameraCondition, detail: str, at: datetime
    ) -> tuple["CameraWatch", Sequence[CameraChanged]]:
        """Take in a condition, such as that there was no picture; one that lasts is told once."""
        since = self.since if condition == self.seen and self.since is not None else at
        watch = replace(self, seen=condition, since=since)
        patient = condition == "ok" or self.told is None or at - since >= self.limits.told_after
        if condition == self.told or not patient:
            return watch, ()
        told = CameraChanged(camera=self.camera, condition=condition, since=since, detail=detail)
        return replace(watch, told=condition), (told,)

    def _usual(self, sharpness: float) -> float:
        if self.usual_sharpness is None:
            return sharpness
        return _REMEMBERED * self.usual_sharpness + (1 - _REMEMBERED) * sharpness
