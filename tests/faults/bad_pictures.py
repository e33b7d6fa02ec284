"""Pictures as broken cameras, damaged disks and malice make them, each by its name."""

import base64
import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np

SHELF = np.random.default_rng(5).integers(0, 255, (48, 64, 3)).astype(np.uint8)


def coded(picture: np.ndarray, suffix: str = ".jpg", *options: int) -> bytes:
    sound, content = cv2.imencode(suffix, picture, list(options))
    assert sound
    return content.tobytes()


JPEG = coded(SHELF)
PNG = coded(SHELF, ".png")


def png_claiming(width: int, height: int, bits: int = 8) -> bytes:
    """Return a PNG whose header says so; it holds a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 2048)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def jpeg_claiming(width: int, height: int, *, marker: int = 0xC0, bits: int = 8) -> bytes:
    """Return the sound JPEG with another frame header."""
    place = JPEG.index(b"\xff\xc0")
    header = struct.pack(">BHH", bits, height, width)
    return (
        JPEG[: place + 1]
        + bytes([marker])
        + JPEG[place + 2 : place + 4]
        + header
        + JPEG[place + 9 :]
    )


def with_segment(marker: int, *bodies: bytes) -> bytes:
    """Return the sound JPEG with more segments after its first marker."""
    segments = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for body in bodies
    )
    return JPEG[:2] + segments + JPEG[2:]


def exif_turned() -> bytes:
    """Return the sound JPEG that says it should be turned by 90 degrees."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    tiff = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", 1) + entry + struct.pack(">I", 0)
    return with_segment(0xE1, b"Exif\0\0" + tiff)


def flipped(content: bytes, seed: int) -> bytes:
    """Return `content` with 1 byte in 200 changed."""
    rng = np.random.default_rng(seed)
    damaged = bytearray(content)
    for place in rng.integers(0, len(content), max(len(content) // 200, 1)).tolist():
        damaged[place] ^= int(rng.integers(1, 256))
    return bytes(damaged)


CMYK = zlib.decompress(
    base64.b64decode(
        "eNr7f+P/OwY+x5T8pFSGFAYQ+H+bwZkhwNzGzcYowM3RLSo0IL7iRFNFXl7F1/U7J574Txw4wCDCwWDA4MDiLMjg"
        "K8gQKcjgLcjw/wiDGAMjIyMDCmBmAYqLCKCJAh1yi4GPxZnBlyGSwZuBwZ7hVhPvAgaSAP//mwDkpkgf"
    )
)
"""A JPEG of four colours, as printers have them: all of it one red."""

GIF = b"GIF89a\x01\0\x01\0\x80\0\0" + b"\0" * 40 + b";"
ISO = b"\0\0\0\x1cftyp%s\0\0\0\0mif1miaf" + b"\0" * 200
SCANS = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\0" * 1000

REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"\xff",
    "a page instead of a picture": b"<!doctype html><title>401 Unauthorized</title>",
    "random bytes": np.random.default_rng(1).bytes(5000),
    "a JPEG's first bytes": JPEG[:2],
    "a JPEG's header alone": JPEG[: JPEG.index(b"\xff\xc0") + 4],
    "cut off in the middle": JPEG[: len(JPEG) * 2 // 3],
    "a PNG's header alone": PNG[:20],
    "a PNG without IHDR": PNG[:12] + b"JUNK" + PNG[16:],
    "1 x 1": coded(np.zeros((1, 1, 3), np.uint8), ".png"),
    "20000 x 1": coded(np.zeros((1, 20000, 3), np.uint8), ".png"),
    "65535 x 65535 JPEG": jpeg_claiming(65535, 65535),
    "2^31 x 2^31 PNG": png_claiming(2**31, 2**31),
    "30000 x 30000 bomb": png_claiming(30000, 30000),
    "0 x 0": png_claiming(0, 0),
    "height 0 JPEG": jpeg_claiming(64, 0),
    "16 bits": coded(SHELF.astype(np.uint16) * 257, ".png"),
    "12 bits JPEG": jpeg_claiming(64, 48, bits=12),
    "arithmetic JPEG": jpeg_claiming(64, 48, marker=0xC9),
    "lossless JPEG": jpeg_claiming(64, 48, marker=0xC3),
    "JPEG segments that run out": JPEG[:4] + b"\xff\xff" + JPEG[6:20],
    "JPEG that scans without a frame": b"\xff\xd8" + SCANS,
    "JPEG of a thousand scans": jpeg_claiming(64, 48, marker=0xC2) + SCANS,
    "bytes between JPEG segments": JPEG[:2] + b"junk" + JPEG[2:],
    "animated GIF": GIF,
    "AVIF": ISO.replace(b"%s", b"avif"),
    "HEIC": ISO.replace(b"%s", b"heic"),
    "WebP": coded(SHELF, ".webp"),
    "TIFF": coded(SHELF, ".tiff"),
    "BMP": coded(SHELF, ".bmp"),
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "40 MB": JPEG + b"\0" * 40_000_000,
}
"""What must be refused, in one line, fast."""

SEEN: dict[str, bytes] = {
    "a JPEG": JPEG,
    "a PNG": PNG,
    "a progressive JPEG": coded(SHELF, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "CMYK": CMYK,
    "grey": coded(SHELF[:, :, 0]),
    "with alpha": coded(np.dstack([SHELF, SHELF[:, :, 0]]), ".png"),
    "turned by EXIF": exif_turned(),
    "13 MB of EXIF": with_segment(0xE1, *[b"\0" * 65000] * 200),
    "padded markers": JPEG[:2] + b"\xff\xff\xff" + JPEG[2:],
}
"""What is looked at, as well as it can be: always 48 by 64 pixels, RGB, 8 bits."""


def damaged() -> Iterator[bytes]:
    """Yield 200 pictures with changed bytes: any of them may be refused or seen."""
    for seed in range(100):
        yield flipped(JPEG, seed)
        yield flipped(PNG, seed)
