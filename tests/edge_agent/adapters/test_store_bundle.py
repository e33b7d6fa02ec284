"""A report of a store holds what helps, and neither secrets nor anything personal."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from edge_agent.adapters import outbox_rows
from edge_agent.adapters.bundle_sections import redacted
from edge_agent.adapters.store_bundle import StoreBundle, Subject, read_journals
from edge_agent.core.bundle import MAX_BYTES
from endcap.plumbing import audit_log
from endcap.plumbing.json_logs import KEPT_LINES, Line
from endcap.plumbing.sqlite_file import SqliteFile
from endcap.wire.events import HealthChanged
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON

CARD, PSEUDONYM, PASSWORD, MAIL = (
    "5412 7512 3456 7890",
    "9f86d081884c7d659a2f",
    "hunter2",
    "a@b.org",
)
SETTINGS = {
    "store": {"id": "s-0001"},
    "mqtt": {"username": "store", "password": PASSWORD, "password_file": "/etc/endcap/password"},
    "cameras": [{"name": "a", "source": f"rtsp://u:{PASSWORD}@cam:554/user=x_password={PASSWORD}"}],
}


def _fill(db: Any) -> None:  # noqa: ANN401 - a connection
    """Write sales, shoppers and traces of persons where they may be."""
    db.execute(
        "INSERT INTO sale_lines VALUES (?, 1, '04006381333931', 1, 2, ?, '2026-03-02', ?, 0)",
        (CARD, NOON.isoformat(), PSEUDONYM),
    )
    db.execute(
        "INSERT INTO refused_rows VALUES ('day.csv', 3, ?, ?)",
        (f"{CARD} is no gtin", f"{CARD},{MAIL}"),
    )
    db.execute(
        "INSERT INTO feed_files VALUES (?, '00', 1, 1, ?)", (f"{CARD}.csv", NOON.isoformat())
    )
    db.execute(
        "INSERT INTO health VALUES ('feeds', 'rows-refused', ?, ?)",
        (f"of {MAIL}", NOON.isoformat()),
    )
    audit_log.note(
        db, audit_log.Act("the centre", "settings 7 are on trial", PASSWORD, PASSWORD), NOON
    )
    outbox_rows.append(db, [HealthChanged(part="feeds", ok=True, code="well", detail=CARD)], NOON)


def _line(number: int) -> Line:
    said = f"day.csv: 0 rows taken in, 1 refused; line 3: {CARD} is no gtin, says {MAIL}"
    at = NOON + timedelta(seconds=number)
    return Line(at, "warning", "rows-refused", said, {"shopper": PSEUDONYM, "rows": 3})


def _examine() -> list[dict[str, str]]:
    seen = f"day.csv: 1 rows refused; line 3: {CARD}"
    return [{"check": "feeds", "state": "warn", "seen": seen, "advice": f"write to {MAIL}"}]


def _made(folder: Path, lines: int = 1) -> bytes:
    async def work(file: SqliteFile) -> bytes:
        await file.write(_fill)
        subject = Subject("s-0001", "0.1.0", SETTINGS, folder)
        told = [_line(number) for number in range(lines)]
        return await StoreBundle(subject, file, _examine, lambda: told).make(NOON)

    return with_store(folder, work)


def test_a_report_holds_what_helps(tmp_path: Path) -> None:
    told = json.loads(_made(tmp_path))
    assert (told["kind"], told["store"], told["agent"]) == ("endcap.bundle.v1", "s-0001", "0.1.0")
    assert told["counts"]["outbox"] == 1
    assert told["audit"][0]["what"] == "settings 7 are on trial"
    assert told["feeds"][0]["refused"] == 1
    assert told["findings"][0]["seen"] == "day.csv: 1 rows refused"
    assert told["log"][0]["msg"] == "day.csv: 0 rows taken in, 1 refused"
    assert told["settings"]["cameras"][0]["source"] == "rtsp://cam/..."
    assert told["settings"]["mqtt"]["password"] == "***"  # noqa: S105 - blanked
    assert told["device"]["disk"]["free"] > 0
    assert told["device"]["packages"]["endcap"]


def test_a_report_holds_no_secret_and_nothing_personal(tmp_path: Path) -> None:
    for text in (_made(tmp_path).decode(), json.dumps(read_journals(tmp_path / "store.db"))):
        for planted in (CARD, CARD.replace(" ", ""), PSEUDONYM, PASSWORD, MAIL, "04006381333931"):
            assert planted not in text


def test_a_report_is_bounded(tmp_path: Path) -> None:
    content = _made(tmp_path, lines=KEPT_LINES * 10)
    assert len(content) <= MAX_BYTES
    assert json.loads(content)["log"][-1]["at"].startswith("2026-03-02T13:23")


def test_without_a_database_a_report_says_why(tmp_path: Path) -> None:
    assert "unable to open" in str(read_journals(tmp_path / "none.db"))


def test_settings_lose_their_secrets() -> None:
    assert redacted({"api_token": "x", "deep": [{"secret": 1}], "none_token": None}) == {
        "api_token": "***",
        "deep": [{"secret": "***"}],
        "none_token": None,
    }
