"""What a person at the device gets to read about shoppers and keys."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from edge_agent.adapters.erasure_file import ErasureFile
from edge_agent.adapters.schema import migrate
from edge_agent.commands.backup import backup, restore
from edge_agent.commands.key import key
from edge_agent.commands.shopper import shopper
from edge_agent.core.consent import pseudonym
from endcap.plumbing.audit_log import entries, first_broken
from endcap.plumbing.files import held
from endcap.plumbing.sqlite_file import connect

CARD = "2099-card-77"
KEY = b"k" * 32
NAME = pseudonym(CARD, KEY)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the configuration of a store that knows CARD by two sales."""
    config = tmp_path / "edge.toml"
    config.write_text(
        '[store]\nid = "store-1"\ntimezone = "UTC"\n[storage]\nfolder = "data"\n'
        '[shoppers]\nconsent = "programme"\n[sales]\ndrop_folder = "sales"\n'
    )
    (tmp_path / "data").mkdir()
    with closing(connect(tmp_path / "data" / "store.db")) as db:
        migrate(db)
        db.execute("INSERT INTO meta VALUES ('shopper_key', ?)", (KEY.hex(),))
        for number in (1, 2):
            db.execute(
                "INSERT INTO sale_lines VALUES ('t', ?, '04006381333931', 1, 1.5, ?, ?, ?, 0)",
                (number, "2026-03-02T10:00:00+00:00", "2026-03-02", NAME),
            )
    return config


def said(command: click.Command, *arguments: object, told: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments], input=told)
    return done.exit_code, done.stdout, done.stderr


def known(store: Path, name: str = NAME) -> int:
    with closing(sqlite3.connect(store.parent / "data" / "store.db")) as db:
        question = "SELECT count(*) FROM sale_lines WHERE shopper = ?"
        return int(db.execute(question, (name,)).fetchone()[0])


def test_a_shopper_is_shown_exported_and_erased(store: Path) -> None:
    code, out, _ = said(shopper, "show", store, CARD)
    assert (code, out) == (0, "remembered since they joined (programme); diets: none\n")
    code, out, _ = said(shopper, "diets", store, CARD, "--diet", "vegan", "--diet", "halal")
    assert out.endswith("diets: halal, vegan\n")
    code, out, _ = said(shopper, "export", store, "--stdin", told=f"{CARD}\n")
    export = json.loads(out)
    assert (export["consent"], len(export["records"]["sale_lines"])) == (True, 2)
    assert NAME not in out
    code, out, _ = said(shopper, "erase", store, "--stdin", told=f"{CARD}\n")
    assert (code, out) == (0, "erased: 3 rows, 0 files\n")
    assert known(store) == 0
    code, out, _ = said(shopper, "show", store, CARD)
    assert (code, out) == (1, "not remembered: there is no consent\n")
    assert said(shopper, "diets", store, CARD, "--diet", "vegan")[0] == 1
    code, out, _ = said(shopper, "consent", store, CARD, "--source", "till")
    assert out.startswith("remembered since 20")
    assert said(shopper, "consent", store, CARD, "--withdraw")[0] == 0
    assert said(shopper, "show", store, CARD)[0] == 1
    with closing(sqlite3.connect(store.parent / "data" / "store.db")) as db:
        noted = entries(db)
    assert first_broken(noted) is None
    assert not any(CARD in str(one) or NAME in str(one) for one in noted)
    assert [one.act.what for one in noted][-1] == "erased a shopper"


def test_a_card_is_named_in_one_way(store: Path) -> None:
    for arguments in ((store,), (store, CARD, "--stdin")):
        assert said(shopper, "show", *arguments)[0] == 2
    assert said(shopper, "show", store, "--stdin", told="\n")[0] == 2


def test_a_restored_backup_is_erased_again(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    assert said(backup, store, out)[0] == 0
    assert said(shopper, "erase", store, CARD)[0] == 0
    assert said(restore, out, store, "--replace")[0] == 0
    assert known(store) == 0
    traces = [
        path.name
        for path in (tmp_path / "data").iterdir()
        if path.is_file() and NAME.encode() in path.read_bytes()
    ]
    assert traces == []
    later = tmp_path / "later"
    assert said(backup, store, later)[0] == 0
    assert ErasureFile(later).since((NAME,)) is not None, "a new disk knows it too"


def test_another_key_renames_everybody(store: Path) -> None:
    with held(store.parent / "data"):
        code, _, err = said(shopper, "rekey", store)
        assert (code, err) == (
            2,
            "the agent is running; stop it first: systemctl stop edge-agent\n",
        )
    assert said(shopper, "rekey", store)[:2] == (0, "1 shoppers have another pseudonym\n")
    assert known(store) == 0
    _, out, _ = said(shopper, "export", store, CARD)
    assert len(json.loads(out)["records"]["sale_lines"]) == 2


def test_a_store_that_never_ran_knows_nobody(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text('[store]\nid = "store-1"\ntimezone = "UTC"\n[storage]\nfolder = "data"\n')
    for command in ("show", "rekey"):
        arguments = (config, CARD) if command == "show" else (config,)
        code, _, err = said(shopper, command, *arguments)
        assert (code, "has the agent ever run?" in err) == (2, True)


def test_a_key_is_made_shown_linked_and_revoked(store: Path) -> None:
    code, out, _ = said(key, "new", store, "till-1", "--role", "till")
    secret = out.strip()
    assert (code, secret.startswith("endcap-")) == (0, True)
    code, out, err = said(key, "link", store, "till-1")
    assert (code, out.startswith("http://127.0.0.1:8480/enter#")) == (0, True)
    assert err == "good once, for 15 minutes\n"
    _, out, _ = said(key, "list", store)
    assert out.startswith("till-1 ")
    assert secret not in out
    assert said(key, "revoke", store, "till-1")[:2] == (0, "till-1: revoked\n")
    _, out, _ = said(key, "list", store, "--json")
    [one] = json.loads(out)["keys"]
    assert one["revoked_at"] is not None
    for arguments in (("revoke",), ("link",), ("new", "--role", "till")):
        code, _, err = said(key, arguments[0], store, "till-1", *arguments[1:])
        assert (code, err.count("\n")) == (1, 1)
    assert said(key, "new", store, "Till 1", "--role", "till")[0] == 2
