"""A corner store with something proposed in it: an order, a refill, a markdown, a task."""

import json
import sqlite3
from datetime import timedelta

from tests.edge_agent.kiosk.corner_store import fill, gtin_of
from tests.fakes.clock import NOON

TODAY = NOON.date().isoformat()
ORDER, REFILL, MARKDOWN, COUNT = (
    f"{what}:{gtin_of(number)}:{TODAY}"
    for number, what in enumerate(("order", "refill", "markdown", "count"))
)
_FIGURES = {
    "order": {"arrives": "2026-03-03", "case_pack": 6.0, "expires": None},
    "markdown": {"price": 2.0, "last": TODAY},
}


def fill_proposed(db: sqlite3.Connection) -> None:
    """Write the corner store and its proposals."""
    fill(db)
    for number, (name, amount) in enumerate(
        ((ORDER, 12.0), (REFILL, 4.0), (MARKDOWN, 1.5), (COUNT, None))
    ):
        what, gtin, day = name.split(":")
        db.execute(
            "INSERT INTO proposals (proposal, what, gtin, day, amount, rank, until, reasons, "
            "figures, made_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')",
            (
                *(name, what, gtin, day, amount, 9.0 - number),
                (NOON + timedelta(hours=8)).isoformat(),
                json.dumps([f"because of {what}", "<b>bold</b> reasons"]),
                json.dumps(_FIGURES.get(what, {})),
                (NOON - timedelta(minutes=2)).isoformat(),
            ),
        )
