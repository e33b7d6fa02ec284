"""What of the store may change while somebody looks at it."""

from datetime import datetime
from typing import Protocol

from edge_agent.core.changes import Look


class ChangeReads(Protocol):
    """Looks at the store. Cheap while nothing was written: then it returns `last` itself.

    Asked once a second or so, by one asker. Raises StoreUnreadableError.
    """

    async def look(self, at: datetime, last: Look | None) -> Look: ...
