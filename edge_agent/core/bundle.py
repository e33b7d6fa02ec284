"""Makes a report of what is wrong fit to leave a store: nothing personal in it, and not too large.

What goes into it is gathered elsewhere; here numbers that may be a card, a receipt or a pseudonym
are taken out of free text, and the oldest lines of the log give way when there is too much.
"""

import json
import re
from collections.abc import Mapping, Sequence

MAX_BYTES = 256 * 1024
LEFT_OUT = "left out: too large"
_LOG = "log"
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # an address of a person
    r"|(?<![0-9A-Za-z])[0-9a-fA-F]{12,}(?![0-9A-Za-z])"  # a pseudonym
    r"|\+?\d(?:[ -]?\d){6,}"  # a card, a receipt, a telephone
)


def scrubbed(text: str) -> str:
    """Return free text without what may stand for a person; moments stay as they are.

    >>> scrubbed("line 3: '4006381333931' of card 5412-7512-3456 by a.b@example.org")
    "line 3: '#' of card # by #"
    >>> scrubbed("since 2026-03-02 12:00, 5 of 17 MB")
    'since 2026-03-02 12:00, 5 of 17 MB'
    """
    return _PERSONAL.sub(lambda found: found[0] if _is_moment(found[0]) else "#", text)


def _is_moment(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}(?: \d{2})?", text) is not None


def fitted(sections: Mapping[str, object], log: Sequence[object], limit: int = MAX_BYTES) -> str:
    """Return the report as JSON of at most `limit` bytes: as many of the newest lines as fit.

    Sections that do not fit without any line give way, the largest first.
    """
    kept = dict(sections)
    while len(_json({**kept, _LOG: []})) > limit:
        kept[max(kept, key=lambda name: len(_json(kept[name])))] = LEFT_OUT
    room, lines = limit - len(_json({**kept, _LOG: []})), list[object]()
    for line in reversed(log):
        room -= len(_json(line)) + 2
        if room < 0:
            break
        lines.append(line)
    return _json({**kept, _LOG: lines[::-1]})


def _json(value: object) -> str:
    """Return JSON in ASCII, so that a character is a byte."""
    return json.dumps(value)
