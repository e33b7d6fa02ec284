"""What a person gets to read who checks, examines, backs up and restores a store."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_agent.adapters.outbox_rows import append
from edge_agent.adapters.schema import migrate
from edge_agent.commands.backup import backup, restore
from edge_agent.commands.check import check
from edge_agent.commands.doctor import doctor, findings
from edge_agent.commands.status import status
from edge_agent.config import EdgeConfig, load_config
from endcap.plumbing.files import held
from endcap.plumbing.sqlite_file import connect
from endcap.wire.events import HealthChanged
from tests.broker import mosquitto
from tests.fakes.clock import FakeClock
from tests.fakes.tiny_models import NOON, tiny
from tests.ports import free_port

EPOCH = "0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the configuration of a store that has run, with three events, one of them sent."""
    tiny().written(tmp_path / "reference" / "demand")
    config = tmp_path / "edge.toml"
    config.write_text(
        '[store]\nid = "store-1"\ntimezone = "Europe/Berlin"\n'
        f'[storage]\nfolder = "data"\n[kiosk]\nport = {free_port()}\n'
        '[models]\nreference_folder = "reference"\n'
    )
    _make_database(tmp_path / "data" / "store.db")
    return config


def _make_database(path: Path) -> None:
    path.parent.mkdir()
    with closing(connect(path)) as db:
        migrate(db)
        db.execute("INSERT INTO meta (name, value) VALUES ('epoch', ?)", (EPOCH,))
        for part in ("one", "two", "three"):
            append(db, [HealthChanged(part=part, ok=False, code="test")], NOON)
        db.execute("UPDATE outbox SET acked = 1 WHERE seq = 1")


def _run(command: object, *arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments])  # type: ignore[arg-type]  # any command
    return done.exit_code, done.stdout, done.stderr


# ---- check


def test_check_says_that_a_configuration_is_right(store: Path) -> None:
    assert _run(check, store) == (0, f"{store}: right; store store-1, 0 cameras, on its own\n", "")


def test_check_tells_mistakes_and_exits_2(store: Path) -> None:
    store.write_text(store.read_text().replace("store-1", "Store 1"))
    code, out, err = _run(check, store)
    assert (code, out) == (2, "")
    assert err.startswith(f'{store}:2:6: store.id: "Store 1" is not allowed')


# ---- doctor


def _states(config: EdgeConfig, at: datetime = NOON) -> dict[str, str]:
    """Return the worst state of each check."""
    worst: dict[str, str] = {}
    order = ("ok", "warn", "fail")
    for one in findings(config, FakeClock(at)):
        worst[one.check] = max(worst.get(one.check, "ok"), one.state, key=order.index)
        assert one.advice or one.state == "ok", "whoever is told of trouble is told what to do"
    return worst


def _config(path: Path, **more: str) -> EdgeConfig:
    text = path.read_text() + "".join(f"[{name}]\n{lines}\n" for name, lines in more.items())
    path.with_name("more.toml").write_text(text)
    return load_config(path.with_name("more.toml"), {}, check_files=False)


def test_a_healthy_store_has_nothing_to_complain_of(store: Path) -> None:
    code, out, _ = _run(doctor, store, "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (0, True)
    checks = [one["check"] for one in told["findings"]]
    assert checks == ["disk", "database", "outbox", "models", "clock", "broker", "centre"]


def test_a_model_for_research_is_warned_of(store: Path) -> None:
    study = tiny(kind="gaps", licence="research, non-commercial")
    study.written(store.parent / "reference" / "gaps")
    [line] = [one for one in _run(doctor, store)[1].splitlines() if one.startswith("warn")]
    assert line == (
        "warn  models    gaps 1.0.0 is not for business: research, non-commercial; "
        "name other models in models.reference_folder"
    )


def test_the_doctor_writes_lines_for_people(store: Path) -> None:
    store.write_text(store.read_text() + '[[cameras]]\nname = "a"\nsource = "nowhere"\n')
    code, out, _ = _run(doctor, store)
    assert code == 1
    [line] = [one for one in out.splitlines() if one.startswith("fail")]
    assert line == (
        f"fail  cameras   a: {store.parent}/nowhere: there is no such file or device; "
        "see its power, cable and address"
    )


def test_a_file_with_refused_rows_is_told(store: Path) -> None:
    with closing(connect(store.parent / "data" / "store.db")) as db:
        db.execute("INSERT INTO feed_files VALUES ('x.csv', 'aa', 4, 2, '2026-03-02T12:00:00Z')")
        for line in (7, 3):
            row = ("x.csv", line, f"reason {line}", "raw")
            db.execute("INSERT INTO refused_rows VALUES (?, ?, ?, ?)", row)
    code, out, _ = _run(doctor, store)
    [told] = [one for one in out.splitlines() if " feeds " in one]
    assert code == 0
    assert told == (
        "warn  feeds     x.csv: 2 rows refused; line 3: reason 3; "
        "correct these rows and drop the file again"
    )


def test_a_kiosk_that_asks_for_keys_wants_one_made(store: Path) -> None:
    store.write_text(store.read_text().replace("[kiosk]\n", '[kiosk]\nkeys = "required"\n'))
    config = _config(store)
    assert _states(config)["access"] == "warn"
    with closing(connect(store.parent / "data" / "store.db")) as db:
        db.execute("INSERT INTO access_keys VALUES ('till', 'kiosk', x'00', '2026-03-02', NULL)")
    assert _states(config)["access"] == "ok"


def test_a_changed_model_file_is_found(store: Path) -> None:
    model = store.parent / "reference" / "demand" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    assert _states(_config(store))["models"] == "fail"
    model.unlink()
    assert _states(_config(store))["models"] == "fail"


def test_a_store_without_models_is_found(store: Path, tmp_path: Path) -> None:
    (tmp_path / "reference" / "demand" / "manifest.json").write_text("{}")
    assert _states(_config(store))["models"] == "fail"
    (tmp_path / "reference" / "demand" / "manifest.json").unlink()
    assert _states(_config(store))["models"] == "fail"


def test_a_damaged_database_is_found(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "store.db"
    raw = bytearray(path.read_bytes())
    raw[4096 : len(raw) // 2] = b"\xff" * (len(raw) // 2 - 4096)
    path.write_bytes(raw)
    assert _states(_config(store))["database"] == "fail"


def test_a_store_that_never_ran_is_no_trouble(store: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "store.db").unlink()
    assert _states(_config(store))["database"] == "ok"


def test_events_that_wait_too_long_are_told(store: Path) -> None:
    config = _config(store, mqtt=f'host = "127.0.0.1"\nport = {free_port()}\nkeepalive = "2s"')
    states = _states(config, NOON + timedelta(days=2))
    assert states["outbox"] == "warn"
    assert states["broker"] == "fail"


def test_an_outbox_that_will_be_shed_is_told(store: Path) -> None:
    with closing(connect(store.parent / "data" / "store.db")) as db:
        one = HealthChanged(part="x1", ok=False, code="test")
        append(db, [one] * 900, NOON)
    mqtt = f'host = "127.0.0.1"\nport = {free_port()}'
    assert _states(_config(store, mqtt=mqtt, outbox="max_rows = 1000"))["outbox"] == "fail"


def test_a_clock_that_was_never_set_is_told(store: Path) -> None:
    assert _states(_config(store), datetime(1970, 1, 1, tzinfo=UTC))["clock"] == "fail"


@pytest.mark.broker
def test_a_broker_that_lets_us_in_is_well(store: Path, tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        config = _config(store, mqtt=f'host = "{broker.host}"\nport = {broker.port}')
        assert _states(config)["broker"] == "ok"


def test_keys_that_others_can_read_are_told(store: Path, tmp_path: Path) -> None:
    for name in ("ca", "store.pem", "store.key"):
        (tmp_path / name).write_text("-")
        (tmp_path / name).chmod(0o644)
    tls = 'tls = { ca = "ca", certificate = "store.pem", key = "store.key" }'
    config = _config(store, mqtt=f'host = "127.0.0.1"\nport = {free_port()}\n{tls}')
    seen = [one.seen for one in findings(config, FakeClock(NOON)) if one.check == "keys"]
    assert seen[0] == f"mqtt.tls.key: others can read {tmp_path}/store.key"
    assert seen[1].startswith("mqtt.tls.certificate: ")


class _Answers(BaseHTTPRequestHandler):
    """A centre with a wrong clock, and an agent."""

    def do_GET(self) -> None:
        ok = self.path in ("/tuf/metadata/timestamp.json", "/v1/status")
        body = _STATUS.encode() if self.path == "/v1/status" else b"{}"
        self.send_response_only(200 if ok else 404)
        self.send_header("Date", "Mon, 02 Mar 2026 13:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Be quiet."""


_STATUS = json.dumps(
    {
        "store": "store-1",
        "name": "Harbour",
        "release": 3,
        "models": [{"kind": "demand", "version": "1.2.0"}],
        "cameras": [
            {"camera": "a", "condition": "ok", "detail": ""},
            {"camera": "b", "condition": "dark", "detail": ""},
        ],
        "feeds": [{"source": "centre", "rows": {"weather": 7}, "heard_age_s": 60}],
        "refused_files": [{"file": "x.csv", "refused": 2, "line": 3, "reason": "no GTIN"}],
        "open_gaps": 2,
        "low_facings": 1,
        "unknown_facings": 6,
        "facings": 40,
        "outbox_waiting": 5,
        "centre_heard_age_s": 7,
        "degraded": [{"part": "camera.b", "detail": "dark"}],
    }
)


@pytest.fixture
def server() -> Iterator[str]:
    one = HTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{one.server_port}"
    one.shutdown()
    one.server_close()


def test_a_centre_with_another_clock_is_told(store: Path, server: str) -> None:
    config = _config(store, updates=f'url = "{server}"\nroot = "root.json"')
    states = _states(config)
    assert (states["centre"], states["clock"]) == ("ok", "warn")


def test_a_centre_that_is_not_there_is_told(store: Path, server: str) -> None:
    config = _config(store, updates=f'url = "{server}/elsewhere"\nroot = "root.json"')
    assert _states(config)["centre"] == "fail"
    config = _config(store, updates=f'url = "http://127.0.0.1:{free_port()}"\nroot = "root.json"')
    assert _states(config)["centre"] == "fail"


def test_facings_of_which_nothing_is_known_are_named_by_camera_and_reason(store: Path) -> None:
    with closing(sqlite3.connect(store.parent / "data" / "store.db")) as db, db:
        for name in ("f1", "f2", "f3"):
            db.execute("INSERT INTO facings VALUES ('aisle-1', ?, NULL, 0, 0, 1, 1)", (name,))
        db.execute("INSERT INTO camera_conditions VALUES ('aisle-1', 'ok', ?, '')", (str(NOON),))
        seen = "INSERT INTO facing_states VALUES ('aisle-1', ?, ?, ?, ?, NULL, NULL)"
        db.execute(seen, ("f1", "full", str(NOON), ""))
        db.execute(seen, ("f2", "unknown", str(NOON), "hidden"))
    lines = [line for line in _run(doctor, store)[1].splitlines() if " shelves " in line]
    assert [line.split(";")[0] for line in lines] == [
        "warn  shelves   aisle-1: 1 of 3 facings unknown: never seen yet",
        "warn  shelves   aisle-1: 1 of 3 facings unknown: nothing was seen of it for long",
    ]


# ---- status


def test_status_of_a_running_agent(server: str) -> None:
    code, out, _ = _run(status, server)
    assert code == 0
    assert out.splitlines() == [
        "store    store-1  Harbour",
        "release  3  (demand 1.2.0)",
        "shelves  2 gaps open, 1 facings low, 6 of 40 unknown, 1 of 2 cameras well",
        "outbox   5 events wait",
        "centre   heard 7 s ago",
        "camera   b dark: see its picture",
        "refused  x.csv: 2 rows; line 3: no GTIN",
        "feed     centre: 7 weather, heard 60 s ago",
        "failing  camera.b: dark",
    ]
    assert json.loads(_run(status, server, "--json")[1])["release"] == 3


def test_status_of_an_agent_that_does_not_run(store: Path) -> None:
    code, out, err = _run(status, store)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "is the agent running?" in err


# ---- backup and restore


def _outbox(path: Path) -> tuple[str, list[tuple[int, str, int]]]:
    with closing(sqlite3.connect(path)) as db:
        [epoch] = db.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
        rows = db.execute("SELECT seq, body, acked FROM outbox ORDER BY seq").fetchall()
    return epoch, [(seq, json.loads(body)["part"], acked) for seq, body, acked in rows]


def test_a_store_is_restored_under_a_new_epoch(store: Path, tmp_path: Path) -> None:
    live = tmp_path / "data" / "store.db"
    out = tmp_path / "backups" / "monday"
    with closing(connect(live)) as db:  # the agent is running
        assert _run(backup, store, out)[0] == 0
        db.execute("DELETE FROM outbox")
    assert _run(restore, out, store)[0] == 2  # something is there
    code, said, _ = _run(restore, out, store, "--replace")
    assert code == 0
    assert said.rstrip().endswith(f"the old one is {live}.before-restore")
    epoch, rows = _outbox(live)
    assert epoch != EPOCH
    assert rows == [(1, "two", 0), (2, "three", 0)]
    with closing(connect(live)) as db:
        append(db, [HealthChanged(part="four", ok=True, code="test")], NOON)
    assert _outbox(live)[1][-1] == (3, "four", 0)
    assert _outbox(Path(f"{live}.before-restore")) == (EPOCH, [])


def test_a_backup_holds_no_keys_and_is_private(store: Path, tmp_path: Path) -> None:
    (tmp_path / "store.key").write_text("secret")
    out = tmp_path / "backup"
    assert _run(backup, store, out)[0] == 0
    assert sorted(one.name for one in out.iterdir()) == ["backup.json", "edge.toml", "store.db"]
    assert {one.stat().st_mode & 0o077 for one in out.iterdir()} == {0}


def test_a_backup_is_not_written_over_another(store: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    code, _, err = _run(backup, store, tmp_path / "backup")
    assert (code, len(err.splitlines())) == (1, 1)


def test_a_store_that_never_ran_has_nothing_to_back_up(store: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "store.db").unlink()
    code, _, err = _run(backup, store, tmp_path / "backup")
    assert (code, "has the agent ever run?" in err) == (1, True)


def test_a_damaged_backup_is_refused(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    _run(backup, store, out)
    (out / "store.db").write_bytes(b"other")
    code, _, err = _run(restore, out, store, "--replace")
    assert (code, "is damaged" in err) == (1, True)
    assert _run(restore, tmp_path / "nowhere", store)[0] == 1
    assert _outbox(tmp_path / "data" / "store.db")[0] == EPOCH


def test_another_store_s_backup_is_refused(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    _run(backup, store, out)
    store.write_text(store.read_text().replace("store-1", "store-2"))
    code, _, err = _run(restore, out, store, "--replace")
    assert (code, err) == (2, "the backup is of store-1, and this is store-2\n")


def test_restoring_under_a_running_agent_is_refused(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    _run(backup, store, out)
    with held(tmp_path / "data"):
        code, _, err = _run(restore, out, store, "--replace")
    assert (code, "the agent is running" in err) == (2, True)


def test_a_restored_database_is_for_its_owner_alone(store: Path, tmp_path: Path) -> None:
    _run(backup, store, tmp_path / "backup")
    assert _run(restore, tmp_path / "backup", store, "--replace")[0] == 0
    assert (tmp_path / "data" / "store.db").stat().st_mode & 0o077 == 0
