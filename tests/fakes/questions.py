"""Questions about facings as stores ask them, each with a picture of its own."""

from base64 import b64encode
from datetime import datetime, timedelta

import cv2
import numpy as np

from endcap.plumbing.files import sha256_of
from endcap.wire.review_events import FacingQuestioned, Reason
from tests.fakes.store_world import NOON

MODEL = "c" * 64


def jpeg(number: int) -> bytes:
    """Return a small picture that no other number has."""
    pixels = np.full((60, 48, 3), 40, np.uint8)
    pixels[number % 60, number // 60 % 48] = 250
    pixels[:2, :2] = number % 251
    _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return bytes(coded)


def question(
    number: int,
    *,
    reason: Reason = "uncertain",
    empty: float = 0.5,
    alert: bool = False,
    sampled: float = 1.0,
    at: datetime = NOON,
) -> FacingQuestioned:
    """Return the question of facing `f<number>`, taken `number` seconds after `at`."""
    picture = jpeg(number)
    return FacingQuestioned(
        camera="aisle-1",
        facing=f"f{number}",
        taken_at=at + timedelta(seconds=number),
        chances=(1 - empty, 0.0, empty, 0.0),
        threshold=0.5,
        model=MODEL,
        reason=reason,
        sampled=sampled,
        alert=alert,
        picture=sha256_of(picture),
        place=(0.2, 0.2, 0.8, 0.8),
        jpeg=b64encode(picture).decode(),
    )
