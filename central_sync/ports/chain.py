"""What telling stores of the whole chain needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class ChainBoard(Protocol):
    """Sums the chain's sales up, and keeps what each store is to be told of them.

    `renew` sums up what the stores have sent by `at` and tells whether that is newer than what is
    kept; then `stores` are those to tell, and `word` what one of them is told, ready to be sent.
    What is kept may go at any time: it is summed up again.
    """

    async def renew(self, at: datetime) -> bool: ...

    async def stores(self) -> Sequence[str]: ...

    async def word(self, store: str) -> bytes: ...
