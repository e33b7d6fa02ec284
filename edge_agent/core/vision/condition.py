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

    Attributes:
        brightness, contrast: the mean and the standard deviation of its grey values, 0 to 255.
        sharpness: the variance of its Laplacian.
        change: how much it differs from the picture before, 0 to 255; None where there is none, or
            where a picture may well be shown twice.
        plain: the share of it that shows nothing.
        likeness: which share of the camera's reference it shows; None without a reference.
        shift: how far that has moved, in shares of the picture; None where it is not found.
    """

    brightness: float
    contrast: float
    sharpness: float
    change: float | None = None
    plain: float = 0.0
    likeness: float | None = None
    shift: float | None = None

    @property
    def crispness(self) -> float:
        """Sharpness for the contrast there is: dimmer light alone blurs nothing."""
        return self.sharpness / max(self.contrast, 1.0) ** 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture must not fall below, or go beyond, and how long that lasts before it is told.

    `crispness` is a share of what is usual for the camera, `plain` what is covered beyond that;
    `likeness` and `shift` say from when on a camera looks elsewhere; `jump` by which factor
    brightness may change from one picture to the next.
    """

    brightness: float = 12.0
    contrast: float = 9.0
    crispness: float = 0.12
    plain: float = 0.3
    change: float = 0.02
    likeness: float = 0.35
    shift: float = 0.12
    jump: float = 1.6
    frozen_after: timedelta = timedelta(seconds=25)
    told_after: timedelta = timedelta(seconds=3)
    moved_after: timedelta = timedelta(minutes=4)


LIMITS = Limits()
_REMEMBERED = 0.95


@dataclass(frozen=True, slots=True)
class Usual:
    """What sound pictures of a camera measure; follows them slowly."""

    crispness: float
    plain: float

    def after(self, facts: PictureFacts) -> "Usual":
        """Return what is usual once this picture is taken in."""
        return Usual(
            crispness=_REMEMBERED * self.crispness + (1 - _REMEMBERED) * facts.crispness,
            plain=_REMEMBERED * self.plain + (1 - _REMEMBERED) * facts.plain,
        )


def condition_of(
    facts: PictureFacts, usual: Usual | None, limits: Limits = LIMITS
) -> CameraCondition:
    """Return what one picture says of its camera; a standstill takes more than one."""
    if facts.brightness < limits.brightness:
        return "dark"
    if facts.contrast < limits.contrast:
        return "covered"
    if usual is not None and facts.plain > usual.plain + limits.plain:
        return "covered"
    if usual is not None and facts.crispness < limits.crispness * usual.crispness:
        return "blurred"
    return "moved" if _looks_elsewhere(facts, limits) else "ok"


def _looks_elsewhere(facts: PictureFacts, limits: Limits) -> bool:
    if facts.likeness is None:
        return False
    return facts.likeness < limits.likeness or facts.shift is None or facts.shift > limits.shift


@dataclass(frozen=True, slots=True)
class CameraWatch:
    """What a camera has been worth, and what its last pictures say.

    `told` is what was reported last, `seen` what the newest picture says since `since`; `still`
    is when the picture stopped changing, `brightness` that of the newest sound one; `settled`
    whether the newest has the light of the sound one before.
    """

    camera: str
    told: CameraCondition | None = None
    seen: CameraCondition = "ok"
    since: datetime | None = None
    still: datetime | None = None
    usual: Usual | None = None
    brightness: float | None = None
    settled: bool = True
    limits: Limits = LIMITS

    @property
    def believed(self) -> bool:
        """Whether the newest picture may be judged for gaps: a repeated one is no evidence."""
        sound = self.seen == "ok" and self.since is not None
        return sound and self.still is None and self.settled

    def saw(
        self, facts: PictureFacts, at: datetime
    ) -> tuple["CameraWatch", Sequence[CameraChanged]]:
        """Take in a picture; return the watch and what is to be told."""
        stands = facts.change is not None and facts.change < self.limits.change
        still = (self.still or at) if stands else None
        condition = condition_of(facts, self.usual, self.limits)
        if still is not None and at - still >= self.limits.frozen_after:
            condition = "frozen"
        watch = replace(
            self,
            still=still,
            usual=self._usual(facts) if condition == "ok" else self.usual,
            brightness=facts.brightness if condition == "ok" else self.brightness,
            settled=self._settled(facts.brightness),
        )
        return watch.missed(condition, self._advice(condition, facts), at)

    def missed(
        self, condition: CameraCondition, detail: str, at: datetime
    ) -> tuple["CameraWatch", Sequence[CameraChanged]]:
        """Take in a condition, such as that there was no picture; one that lasts is told once."""
        since = self.since if condition == self.seen and self.since is not None else at
        watch = replace(self, seen=condition, since=since)
        patience = self.limits.moved_after if condition == "moved" else self.limits.told_after
        patient = condition == "ok" or self.told is None or at - since >= patience
        if condition == self.told or not patient:
            return watch, ()
        told = CameraChanged(camera=self.camera, condition=condition, since=since, detail=detail)
        return replace(watch, told=condition), (told,)

    def _usual(self, facts: PictureFacts) -> Usual:
        return (self.usual or Usual(facts.crispness, facts.plain)).after(facts)

    def _settled(self, brightness: float) -> bool:
        """Whether the light is that of the last sound picture: a flickering lamp is no evidence."""
        before = brightness if self.brightness is None else self.brightness
        low, high = sorted((before + 1.0, brightness + 1.0))
        return high < self.limits.jump * low

    def _advice(self, condition: CameraCondition, facts: PictureFacts) -> str:
        """Return what a person can do about a camera that looks elsewhere; empty otherwise."""
        if condition != "moved":
            return ""
        lost = facts.shift is None or (facts.likeness or 0.0) < self.limits.likeness
        how = "shows something else than" if lost else f"looks {facts.shift:.0%} aside of"
        return (
            f"it {how} what its facings were drawn on: "
            f"turn it back, or run `edge-agent enrol-shelf CONFIG {self.camera}`"
        )
