"""From searches that were answered to what the centre is told of them."""

from datetime import UTC, timedelta
from pathlib import Path

from edge_agent.adapters.answer_tables import AnswerTables, FeedbackTables
from edge_agent.adapters.search_tables import SearchTables
from edge_agent.loops.tally_searches import tally_once
from edge_agent.ports.answers import Answer, Feedback, Shown
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.shopper_events import SearchesTallied
from tests.edge_agent.adapters.store_file import told, with_store
from tests.fakes.clock import NOON

DAY = timedelta(days=1)
MILK = "04006381333931"


def search(number: int, query: str, *shown: Shown) -> Answer:
    return Answer(
        f"{number:032x}",
        "search",
        NOON - DAY,
        3,
        shown,
        session=f"visit {number}",
        query=query,
        found=len(shown),
    )


def test_a_days_misses_are_told_once_and_late_taps_anew(tmp_path: Path) -> None:
    async def scenario(file: SqliteFile) -> list[SearchesTallied]:
        log, book = AnswerTables(file, UTC), SearchTables(file)
        assert not await tally_once(book, UTC, 3, NOON), "nobody searched"
        for number in range(3):
            log.note(search(number, "Kimchi"))
        log.note(search(8, "my own secret"))
        log.note(search(9, "mlk", Shown(MILK, 1.0, reason="rescued")))
        await log.keep()
        assert await tally_once(book, UTC, 3, NOON)
        assert not await tally_once(book, UTC, 3, NOON + timedelta(minutes=5)), "no news"
        await FeedbackTables(file).take([Feedback(f"{9:032x}", MILK, "tapped", NOON)])
        assert await tally_once(book, UTC, 3, NOON + timedelta(minutes=9))
        return [one for one in await told(file) if isinstance(one, SearchesTallied)]

    first, second = with_store(tmp_path, scenario)
    assert [(one.query, one.searches, one.empty) for one in first.misses] == [("kimchi", 3, True)]
    assert (first.searches, first.empty, first.rescued, first.suppressed) == (5, 4, 1, 2)
    assert (second.revision, second.tapped, second.suppressed) == (2, 1, 1)
