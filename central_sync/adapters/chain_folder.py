"""What each store is told of the chain, a file a store, summed up from the lake.

    {folder}/origin            the day it goes up to
    {folder}/words/{store}     the compressed message

What sums up is given: it reads an export of the lake, and knows no folder but that one.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from central_sync.core.chain_news import ChainNews, told_to
from central_sync.ports.lake import RecentSales
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.files import write_atomically
from endcap.wire.envelope import encode_parts

DAYS = 70  # the chain looks back on 56, and stores may be late
Sum = Callable[[Path], ChainNews | None]
"""Sums an export up; None when the chain cannot tell anything yet."""


class ChainFolder:
    """Keeps the promises of central_sync.ports.chain.ChainBoard, in `folder`."""

    def __init__(self, folder: Path, lake: RecentSales, total: Sum) -> None:
        self._folder = folder
        self._lake = lake
        self._total = total

    async def renew(self, at: datetime) -> bool:
        """Sum up what is in the lake; tell whether it goes further than what is kept."""
        return await asyncio.to_thread(self._renew, at)

    async def stores(self) -> Sequence[str]:
        """Return the stores that there is a word for, by name."""
        words = self._folder / "words"
        return sorted(path.name for path in words.iterdir()) if words.is_dir() else ()

    async def word(self, store: str) -> bytes:
        """Return what a store is told."""
        return (self._folder / "words" / store).read_bytes()

    def _renew(self, at: datetime) -> bool:
        """Export, sum up, and write a word for each store; the origin last."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder, prefix=".export-") as export:
            try:
                self._lake.export_since(at.date() - timedelta(days=DAYS), Path(export))
                news = self._total(Path(export))
            except DataUnusableError:
                return False  # too few stores, or days: there is no chain to tell of yet
        if news is None or news.origin.isoformat() <= self._kept():
            return False
        shutil.rmtree(self._folder / "words", ignore_errors=True)
        for store in news.sold:
            word = encode_parts(told_to(store, news))
            write_atomically(self._folder / "words" / store, word)
        write_atomically(self._folder / "origin", news.origin.isoformat().encode())
        return True

    def _kept(self) -> str:
        """Return the day that what is kept goes up to; empty when nothing is."""
        path = self._folder / "origin"
        return path.read_text(encoding="ascii") if path.exists() else ""
