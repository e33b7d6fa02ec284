"""Reads bar codes, QR codes and the print of price tags off a picture, where that is installed.

zxing-cpp and rapidocr-onnxruntime come with `endcap[naming]` and are imported when first asked for:
a store that types its items' numbers needs neither.
"""

from functools import cache
from importlib import import_module
from typing import Any

import cv2
import numpy as np

from edge_agent.ports.enrolment import Reading, SetupRefusedError
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture

MOST = 400
_SURE = 0.6
_LONGEST = 1920
"""Print is looked for on at most so many pixels across: more takes minutes on a small machine."""


def read_tags(picture: Picture) -> tuple[Reading, ...]:
    """Return what can be read on a picture, codes first.

    Raises:
        SetupRefusedError: neither reader is installed.
    """
    readers = [read for read in (_codes, _print) if _installed(read)]
    if not readers:
        detail = "bar codes and price tags cannot be read: nothing here reads them"
        raise SetupRefusedError("naming-missing", detail, 'pip install "endcap[naming]"')
    return tuple(one for read in readers for one in read(picture))[:MOST]


def _installed(read: object) -> bool:
    try:
        _scanner() if read is _codes else _reader()
    except ImportError:
        return False
    return True


@cache
def _scanner() -> Any:  # noqa: ANN401 - zxing-cpp has no types
    return import_module("zxingcpp")


@cache
def _reader() -> Any:  # noqa: ANN401 - rapidocr has no types
    found = import_module("rapidocr_onnxruntime")
    return found.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def _codes(picture: Picture) -> list[Reading]:
    found = []
    for one in _scanner().read_barcodes(picture):
        place = one.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        points = np.array([(corner.x, corner.y) for corner in corners], dtype=np.float64)
        found.append(Reading(_box(points, picture), "code", str(one.text)[:200]))
    return found


def _print(picture: Picture) -> list[Reading]:
    scale = min(1.0, _LONGEST / max(picture.shape[:2]))
    shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lines, _ = _reader()(cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))
    return [
        Reading(_box(np.array(points) / scale, picture), "text", str(text)[:200])
        for points, text, sure in lines or ()
        if float(sure) >= _SURE
    ]


def _box(points: Any, picture: Picture) -> Box:  # noqa: ANN401 - [4, 2] of any numbers
    """Return the box round four corners in pixels, in shares of the picture."""
    height, width = picture.shape[:2]
    low, high = points.min(axis=0), points.max(axis=0)
    sides = low[0] / width, low[1] / height, high[0] / width, high[1] / height
    return Box(*(float(min(max(side, 0.0), 1.0)) for side in sides))
