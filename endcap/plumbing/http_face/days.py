"""A day in a question: written as 2026-03-02 and in no other way.

Pydantic alone also takes a number, as seconds since 1970: a slip would be answered as if it were
a day.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written(value: object) -> object:
    """Refuse what is not written as a day."""
    if not isinstance(value, date) and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a day is written as YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written)]
"""A day of the calendar, as ISO 8601 writes it."""
