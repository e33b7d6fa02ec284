"""Bar codes and price tags read off a picture, where the extra that reads them is installed."""

import cv2
import numpy as np
import pytest

from edge_agent.adapters.tag_reading import read_tags
from endcap.models.gaps.crops import Picture

_LEFT = tuple(f"{code:07b}" for code in (13, 25, 19, 61, 35, 49, 47, 59, 55, 11))
"""The ten digits with odd parity, GS1 General Specifications 5.2.1.2."""

_PARITY = (
    "LLLLLL",
    "LLGLGG",
    "LLGGLG",
    "LLGGGL",
    "LGLLGG",
    "LGGLLG",
    "LGGGLL",
    "LGLGLG",
    "LGLGGL",
    "LGGLGL",
)


def bar_code(digits: str) -> Picture:
    """Draw an EAN-13 as GS1 has it: 3 pixels a module, on white."""
    left = "".join(
        _LEFT[int(one)] if way == "L" else _inverse(_LEFT[int(one)])[::-1]
        for one, way in zip(digits[1:7], _PARITY[int(digits[0])], strict=True)
    )
    right = "".join(_inverse(_LEFT[int(one)]) for one in digits[7:])
    modules = np.array([int(one) for one in f"101{left}01010{right}101"])
    bars = np.repeat(np.tile(255 * (1 - modules), (60, 1)), 3, axis=1)
    return np.pad(bars, 40, constant_values=255)[:, :, None].repeat(3, axis=2).astype(np.uint8)


def _inverse(bits: str) -> str:
    return bits.translate(str.maketrans("01", "10"))


def test_a_bar_code_is_read_where_it_is() -> None:
    pytest.importorskip("zxingcpp", reason="endcap[naming] is not installed")
    picture = np.full((400, 1000, 3), 200, dtype=np.uint8)
    code = bar_code("4006381333931")
    picture[100 : 100 + code.shape[0], 500 : 500 + code.shape[1]] = code
    (found,) = [one for one in read_tags(picture) if one.kind == "code"]
    assert found.text == "4006381333931"
    assert 0.5 < found.box.x0 < found.box.x1 < 0.9


def test_print_is_read_where_it_is() -> None:
    pytest.importorskip("rapidocr_onnxruntime", reason="endcap[naming] is not installed")
    picture = np.full((400, 900, 3), 255, dtype=np.uint8)
    cv2.putText(picture, "RYE BREAD", (100, 300), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
    found = [one for one in read_tags(picture) if one.kind == "text"]
    assert [one.text.replace(" ", "") for one in found] == ["RYEBREAD"]
    assert found[0].box.y0 > 0.5
