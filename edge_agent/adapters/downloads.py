"""Bytes over HTTP, with every limit a hostile or broken server needs.

Small files come whole or not at all. Large ones come into a `.part` file and go on where they
stopped (Range); a piece of them that was spoilt, on the way or on the disk, is asked for again.
What the bytes mean, and whether they may be trusted, is tuf_releases'.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from edge_agent.adapters.bandwidth import Bandwidth
from edge_agent.adapters.part_file import Again, PartFile
from edge_agent.ports.updates import DamagedError, NotNowError
from endcap.plumbing.clock import Clock

_REFUSAL = 16 * 1024  # bytes of a refusal that are worth less than a new connection
OK, PARTIAL, RANGE_NOT_SATISFIABLE = 200, 206, 416
GONE = frozenset({403, 404, 410})


class GoneError(NotNowError):
    """The server answers, and has no such file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a download may take: `patience` for any file, and a floor on its speed.

    `immediate` is how often a download that made progress goes on at once after a cut.
    `bandwidth` is the most bytes a second.
    """

    connect: timedelta = timedelta(seconds=5)
    silence: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(seconds=30)
    slowest: int = 8 * 1024  # bytes a second
    immediate: int = 20
    bandwidth: int | None = None


class Downloads:
    """Downloads over one HTTP client."""

    def __init__(self, client: httpx.Client, clock: Clock, limits: Limits) -> None:
        self._client = client
        self._clock = clock
        self._limits = limits
        self._stopped = threading.Event()
        self._again: dict[Path, Again] = {}  # of parts under way; lost at the end of the program
        self._bandwidth = Bandwidth(limits.bandwidth, clock.monotonic, self._stopped.wait)

    def small(self, url: str) -> Iterator[bytes]:
        """Yield the bytes of a small file; the caller stops when it has had too many.

        Raises:
            NotNowError: no answer, or one that is none of a repository's.
            httpx.HTTPStatusError: the server refused.
        """
        ends = self._clock.monotonic() + self._limits.patience.total_seconds()
        try:
            with self._client.stream("GET", url, headers=_PLAIN) as answer:
                if answer.is_error:
                    _heard_out(answer)
                answer.raise_for_status()
                if "text/html" in answer.headers.get("content-type", ""):
                    raise NotNowError(
                        f"{url} answers with a web page: a login page of the network?"
                    )
                for chunk in answer.iter_raw():
                    yield chunk
                    self._keep_pace(url, len(chunk), ends)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise NotNowError(f"{url}: {_reason(error)}") from error

    def large(self, url: str, part: Path, length: int, pieces: Sequence[str] = ()) -> bytes:
        """Return the `length` bytes of a file, through `part`, which keeps what came for next time.

        `pieces` are the hashes of its pieces of CHUNK bytes; without them its bytes are unchecked.

        Raises:
            NotNowError: the link broke, or is too slow; what came is kept.
            DamagedError: the server sends more than `length` bytes, other bytes than asked, or
                spoilt ones again and again.
            OSError: the disk refused.
        """
        ends = self._clock.monotonic() + self._limits.patience.total_seconds()
        ends += length / self._limits.slowest
        again = self._again.setdefault(part, {})
        with PartFile(part, length, pieces, again) as file:
            for _ in range(self._limits.immediate):
                if not file.gaps:
                    return file.content()
                self._fill(url, file, length, ends)
            if file.gaps:
                raise NotNowError(f"{url} was cut at {file.size} of {length} bytes")
            return file.content()

    def stop(self) -> None:
        """End what is under way, and let nothing begin: the program ends."""
        self._stopped.set()

    def _fill(self, url: str, file: PartFile, length: int, ends: float) -> None:
        """Ask once for each gap; a link that breaks after some bytes is no reason to give up."""
        came = 0
        try:
            for begin, end in file.gaps:
                for chunk, place in self._ranged(url, begin, end, length, file):
                    if place + len(chunk) > length:
                        file.drop()
                        raise DamagedError(f"{url} is longer than the {length} bytes signed for")
                    file.write(place, chunk)
                    came += len(chunk)
                    self._keep_pace(url, len(chunk), ends)
                    if file.hopeless:
                        raise DamagedError(f"{url} sends pieces that are not what was signed")
        except httpx.TransportError as error:
            if not came:
                raise NotNowError(f"{url}: {_reason(error)}") from error

    def _ranged(
        self, url: str, begin: int, end: int, length: int, file: PartFile
    ) -> Iterator[tuple[bytes, int]]:
        """Yield what the server sends of a range, and where it belongs."""
        last = "" if end == length else str(end - 1)
        whole = (begin, end) == (0, length)
        headers = _PLAIN if whole else {**_PLAIN, "range": f"bytes={begin}-{last}"}
        with self._client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == RANGE_NOT_SATISFIABLE:
                file.drop()
                return
            if answer.status_code in GONE:
                raise GoneError(f"{url} answers {answer.status_code} {answer.reason_phrase}")
            if answer.status_code not in (OK, PARTIAL):
                raise NotNowError(f"{url} answers {answer.status_code} {answer.reason_phrase}")
            if answer.status_code == PARTIAL and not _begins_at(answer, begin):
                file.drop()
                raise DamagedError(f"{url} sent another range than was asked for")
            place = begin if answer.status_code == PARTIAL else 0
            for chunk in answer.iter_raw():
                yield chunk, place
                place += len(chunk)

    def _keep_pace(self, url: str, amount: int, ends: float) -> None:
        """Hold the download to its bandwidth; end one that takes too long, or is to be stopped."""
        self._bandwidth.take(amount)
        if self._stopped.is_set():
            raise NotNowError(f"{url}: the program ends")
        if self._clock.monotonic() > ends:
            raise NotNowError(f"{url} is too slow")


_PLAIN = {"accept-encoding": "identity"}


def _heard_out(answer: httpx.Response) -> None:
    """Read a refusal to its end, so that its connection serves the next question too."""
    length = answer.headers.get("content-length", "")
    if length.isdigit() and int(length) <= _REFUSAL:
        answer.read()


def _begins_at(answer: httpx.Response, start: int) -> bool:
    """Tell whether a partial answer begins where we asked it to."""
    return str(answer.headers.get("content-range", "")).startswith(f"bytes {start}-")


def _reason(error: Exception) -> str:
    """Return why a transfer failed, in a few words."""
    return " ".join(str(error).split())[:160] or type(error).__name__
