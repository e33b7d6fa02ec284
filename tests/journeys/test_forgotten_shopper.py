"""A person is known to a real store in every way there is, and then to no byte of it.

The store's own program, as a process; everything by its public interface.
"""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx
from click.testing import CliRunner

from edge_agent.commands.audit import audit
from edge_agent.commands.backup import backup
from edge_agent.commands.key import key
from edge_agent.core.consent import pseudonym
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
LONGEST = 120.0
CARD, OTHER = "loyal-2099-4711", "loyal-2099-0815"
MILK, BREAD = "04006381333931", "05000112637922"
CATALOGUE = f"gtin,name,department,price\n{MILK},Whole milk,Dairy,1.29\n{BREAD},Bread,Bakery,2\n"
EDGE = """\
[store]
id = "s-0001"
timezone = "UTC"
[storage]
folder = "{folder}/store"
[kiosk]
port = {port}
keys = "required"
[catalogue]
file = "{folder}/catalogue.csv"
[sales]
drop_folder = "{folder}/sales"
[log]
level = "debug"
"""


def run(command: click.Command, *words: object) -> str:
    done = CliRunner().invoke(command, [str(one) for one in words])
    assert done.exit_code == 0, done.output
    return done.stdout


@contextlib.contextmanager
def agent(config: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the store's program until the block ends."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge_agent", "run", str(config)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(LONGEST)


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST  # noqa: TID251 - a journey takes real time
    while not done():
        assert time.monotonic() < end, what  # noqa: TID251 - likewise
        time.sleep(0.1)  # noqa: TID251 - likewise


def answers(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return client.get("/v1/health/ready").status_code == 200
    return False


def sold(card: str, number: int, at: datetime) -> dict[str, object]:
    line = {"transaction_id": f"{card[-4:]}-{number}", "line": 1, "gtin": MILK, "units": 1}
    return {**line, "amount": 1.29, "sold_at": at.isoformat(), "shopper": card}


def live(client: httpx.Client, folder: Path, at: datetime) -> None:
    """Let two people be asked, buy, be offered things, and answer."""
    for card in (CARD, OTHER):
        said = client.put(f"/v1/shoppers/{card}/consent", json={"consent": True})
        assert said.json()["consent"]
        client.put(f"/v1/shoppers/{card}/diets", json={"diets": ["vegan"]})
    later = at + timedelta(minutes=5)
    lines = [sold(card, number, later) for card in (CARD, OTHER) for number in range(40)]
    told = client.post("/v1/sales", json={"lines": [*lines, {"gtin": CARD, "shopper": CARD}]})
    assert (told.status_code, told.json()["new"]) == (201, 80)
    file = [json.dumps(sold(CARD, number, later)) for number in range(40, 60)]
    (folder / "sales" / "till.jsonl").write_text("\n".join([*file, f'{{"shopper": "{CARD}"']))
    (folder / "sales" / "odd.csv").write_bytes(f"a,{CARD}\nb,{CARD}\n".encode("utf-16"))
    done = (folder / "sales" / "done" / "till.jsonl", folder / "sales" / "refused" / "odd.csv")
    until(lambda: all(path.exists() for path in done), "the files were not read")
    for card, session in ((CARD, "visit-of-card"), (OTHER, "visit-of-other")):
        ask = {"basket": [BREAD], "shopper": card, "session": session}
        offered = client.post("/v1/recommendations", json=ask)
        assert offered.status_code == 200, offered.text
        name = offered.json()["answer"]
        did = {"answer": name, "gtin": MILK, "what": "tapped"}
        client.post("/v1/feedback", json={"feedback": [did]})
        client.get("/v1/search", params={"q": "vegan cake", "session": session})
        place = {"slot": "screen-1", "shopper": card, "session": session}
        client.post("/v1/media/slot", json=place)


def names(folder: Path) -> tuple[str, str]:
    """Return the pseudonyms of the two, by the store's own key."""
    with contextlib.closing(sqlite3.connect(folder / "store" / "store.db")) as db:
        [key] = db.execute("SELECT value FROM meta WHERE name = 'shopper_key'").fetchone()
    return pseudonym(CARD, bytes.fromhex(key)), pseudonym(OTHER, bytes.fromhex(key))


def traces(folder: Path, *texts: str) -> list[str]:
    """Return the files below `folder` that hold any of `texts`, however it is spelled."""
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    forms = {text.encode(code) for text in texts for code in codes}
    forms |= {bytes.fromhex(text) for text in texts if len(text) == 16 and "-" not in text}
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    )


def test_no_byte_of_a_store_knows_a_person_who_was_erased(tmp_path: Path) -> None:
    port, config = free_port(), tmp_path / "edge.toml"
    config.write_text(EDGE.format(folder=tmp_path, port=port))
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    (tmp_path / "sales").mkdir()
    log, at = tmp_path / "agent.log", datetime.now(UTC)  # noqa: TID251 - a real store's
    secret = run(key, "new", config, "office", "--role", "staff").strip()
    address, shown = f"http://127.0.0.1:{port}", {"authorization": f"Bearer {secret}"}
    with agent(config, log), httpx.Client(base_url=address, headers=shown, timeout=30) as client:
        until(lambda: answers(client), "the store did not come up")
        live(client, tmp_path, at)
        until(lambda: len(export(client)) >= 3, "no answer was kept")
        name, other = names(tmp_path)
        assert export(client)["sale_lines"][0]["gtin"] == MILK
        assert traces(tmp_path, name), "else this proves nothing"
        assert client.delete(f"/v1/shoppers/{CARD}").status_code == 200
        assert traces(tmp_path, CARD, name) == [], "while it runs"
        told_again = client.post("/v1/sales", json={"lines": [sold(CARD, 99, at)]})
        assert told_again.json()["new"] == 1
        asked = {"basket": [BREAD], "shopper": CARD, "session": "visit-anew"}
        reasons = client.post("/v1/recommendations", json=asked).text
        assert "bought-before" not in reasons
        assert export(client) == {}
    run(backup, config, tmp_path / "backup")
    assert traces(tmp_path, CARD, name) == []
    assert traces(tmp_path, other), "the other is known as before"
    assert "erased a shopper" in run(audit, config)


def export(client: httpx.Client) -> dict[str, list[dict[str, object]]]:
    """Return what the store has of CARD, by table."""
    found: dict[str, list[dict[str, object]]] = client.get(f"/v1/shoppers/{CARD}").json()["records"]
    return found
