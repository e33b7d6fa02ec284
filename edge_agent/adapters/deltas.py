"""Makes a file of one that is here and of what changed: a zstd frame with the old one as prefix.

Takes no more memory than both files and the frame: the frame must say how long its content is, and
that must be what was signed. Whether the outcome is the signed file is for the caller to check.
"""

from collections.abc import Callable, Iterable

import zstandard

from edge_agent.ports.updates import DamagedError
from endcap.wire.manifest import Delta, FileRef


def applied(frame: bytes, base: bytes, length: int) -> bytes:
    """Return the `length` bytes that `frame` makes of `base`.

    Raises:
        DamagedError: the frame is none, or promises or makes another number of bytes.
    """
    try:
        promised = zstandard.get_frame_parameters(frame).content_size
        if promised != length:
            raise DamagedError(f"a delta makes {promised} bytes; {length} are signed for")
        prefix = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        reader = zstandard.ZstdDecompressor(dict_data=prefix)
        return reader.decompress(frame, max_output_size=length, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError) as error:
        raise DamagedError(f"a delta cannot be applied: {error}") from error


def shortest(
    deltas: Iterable[Delta], wanted: FileRef, has: Callable[[str], bool], below: int
) -> Delta | None:
    """Return the shortest way to `wanted` from a file that is here, of fewer than `below` bytes."""
    fitting = (
        one
        for one in deltas
        if one.target == wanted.sha256 and one.file.length < below and has(one.base)
    )
    return min(fitting, key=lambda one: one.file.length, default=None)
