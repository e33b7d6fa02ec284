"""The kind of value every message is made of, and the moments in it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

FIRST_YEAR, LAST_YEAR = 1970, 2199


class Value(BaseModel):
    """A frozen value that keeps fields it does not know, for the readers that do."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)


def _instant(moment: datetime) -> datetime:
    """Return `moment` in UTC; a clock that was never set says 1970, so that is allowed."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year {moment.year} is outside {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
"""A moment with a zone, kept in UTC."""
