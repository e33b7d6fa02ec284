"""Bytes over HTTP, with every limit a hostile or broken server needs.

Small files come whole or not at all. Large ones come into a `.part` file and go on where they
stopped (Range); their hash decides in the end, so a part that was spoilt is dropped and begun anew.
What the bytes mean, and whether they may be trusted, is tuf_releases'.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from edge_agent.ports.updates import DamagedError, NotNowError
from endcap.plumbing.clock import Clock

OK, PARTIAL, RANGE_NOT_SATISFIABLE = 200, 206, 416


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a download may take: `patience` for any file, and a floor on its speed.

    `immediate` is how often a download that made progress goes on at once after a cut.
    """

    connect: timedelta = timedelta(seconds=5)
    silence: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(seconds=30)
    slowest: int = 8 * 1024  # bytes a second
    immediate: int = 20


class Downloads:
    """Downloads over one HTTP client."""

    def __init__(self, client: httpx.Client, clock: Clock, limits: Limits) -> None:
        self._client = client
        self._clock = clock
        self._limits = limits

    def small(self, url: str) -> Iterator[bytes]:
        """Yield the bytes of a small file; the caller stops when it has had too many.

        Raises:
            NotNowError: no answer, or one that is none of a repository's.
            httpx.HTTPStatusError: the server refused.
        """
        ends = self._clock.monotonic() + self._limits.patience.total_seconds()
        try:
            with self._client.stream("GET", url, headers=_PLAIN) as answer:
                answer.raise_for_status()
                if "text/html" in answer.headers.get("content-type", ""):
                    raise NotNowError(
                        f"{url} answers with a web page: a login page of the network?"
                    )
                for chunk in answer.iter_raw():
                    yield chunk
                    if self._clock.monotonic() > ends:
                        raise NotNowError(f"{url} is too slow")
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise NotNowError(f"{url}: {_reason(error)}") from error

    def large(self, url: str, part: Path, length: int) -> bytes:
        """Return the `length` bytes of a file, through `part`, which keeps what came for next time.

        Raises:
            NotNowError: the link broke, or is too slow; what came is kept.
            DamagedError: the server sends more than `length` bytes, or other bytes than asked.
        """
        ends = self._clock.monotonic() + self._limits.patience.total_seconds()
        ends += length / self._limits.slowest
        part.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(self._limits.immediate):
            before = _size(part)
            if before == length:
                break
            try:
                self._continue(url, part, length, ends)
            except httpx.TransportError as error:
                if _size(part) <= before:
                    raise NotNowError(f"{url}: {_reason(error)}") from error
        if _size(part) < length:
            raise NotNowError(f"{url} was cut at {_size(part)} of {length} bytes")
        with part.open("rb") as file:
            return file.read(length + 1)

    def _continue(self, url: str, part: Path, length: int, ends: float) -> None:
        """Append to `part` what the server sends from there on, up to `length` bytes."""
        start = _size(part)
        if start > length:
            part.unlink()
            start = 0
        headers = {**_PLAIN, "range": f"bytes={start}-"} if start else _PLAIN
        with self._client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)
                return
            if answer.status_code not in (OK, PARTIAL):
                raise NotNowError(f"{url} answers {answer.status_code} {answer.reason_phrase}")
            if answer.status_code == PARTIAL and not _begins_at(answer, start):
                part.unlink(missing_ok=True)
                raise DamagedError(f"{url} sent another range than was asked for")
            mode = "ab" if answer.status_code == PARTIAL else "wb"
            with part.open(mode, buffering=0) as file:  # what came is kept, whatever happens next
                for chunk in answer.iter_raw():
                    if file.tell() + len(chunk) > length:
                        part.unlink()
                        raise DamagedError(f"{url} is longer than the {length} bytes signed for")
                    file.write(chunk)
                    if self._clock.monotonic() > ends:
                        raise NotNowError(f"{url} is too slow")


_PLAIN = {"accept-encoding": "identity"}


def _begins_at(answer: httpx.Response, start: int) -> bool:
    """Tell whether a partial answer begins where we asked it to."""
    return str(answer.headers.get("content-range", "")).startswith(f"bytes {start}-")


def _size(path: Path) -> int:
    """Return a file's size; 0 when it is absent."""
    return path.stat().st_size if path.exists() else 0


def _reason(error: Exception) -> str:
    """Return why a transfer failed, in a few words."""
    return " ".join(str(error).split())[:160] or type(error).__name__
