"""How the flat drawing of a shelf comes to the picture: the camera's stand, and its lens's barrel.

Points and pixels go the same way. What is drawn is not known here.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.crops import Picture

Points = NDArray[np.float64]
"""x and y in pixels, [n, 2]."""
_STEPS = 6


def project(points: Points, pose: NDArray[np.float64], barrel: float, size: Points) -> Points:
    """Return where points of the flat drawing appear on a picture of `size` (width, height).

    `barrel` is the share by which a fish-eye lens shortens the half diagonal, 0 for a plain one.
    """
    seen = np.column_stack([points, np.ones(len(points))]) @ pose.T
    straight = seen[:, :2] / seen[:, 2:]
    if not barrel:
        return np.asarray(straight)
    away = (straight - size / 2) / (np.hypot(*size) / 2)
    bent = away * (1 - barrel * (away**2).sum(axis=1, keepdims=True)) / (1 - barrel)
    return np.asarray(bent * np.hypot(*size) / 2 + size / 2)


def view(flat: Picture, pose: NDArray[np.float64], barrel: float) -> Picture:
    """Return the picture that a camera takes of the flat drawing."""
    high, wide = flat.shape[:2]
    edge, size = cv2.BORDER_REPLICATE, (wide, high)
    seen = cv2.warpPerspective(flat, pose, size, flags=cv2.INTER_LINEAR, borderMode=edge)
    if barrel:
        across, down = _straightened(wide, high, barrel)
        seen = cv2.remap(seen, across, down, cv2.INTER_LINEAR, borderMode=edge)
    return np.asarray(seen, dtype=np.uint8)


def _straightened(
    wide: int, high: int, barrel: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where every pixel lay before the lens: `project`'s bend, solved by iteration."""
    half = float(np.hypot(wide, high)) / 2
    x = ((np.arange(wide, dtype=np.float32) - wide / 2) / half)[None, :]
    y = ((np.arange(high, dtype=np.float32) - high / 2) / half)[:, None]
    bent = np.sqrt(x * x + y * y) * (1 - barrel)
    share = np.ones_like(bent)
    for _ in range(_STEPS):
        share = 1 / (1 - barrel * (bent * share) ** 2)
    share *= 1 - barrel
    found = (x * share) * half + wide / 2, (y * share) * half + high / 2
    return found[0].astype(np.float32), found[1].astype(np.float32)
