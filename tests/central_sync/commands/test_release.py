"""`central-sync keys` and `central-sync release`, as a person uses them."""

import asyncio
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from central_sync.adapters.schema import migrate
from central_sync.commands.keys import keys
from central_sync.commands.release import release
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.commands.audited import ME, audited
from tests.fakes.tiny_models import NOON, TinyModel, tiny

ONE, TWO = tiny(2.0), tiny(3.0, version="1.0.1")
STUDY = tiny(4.0, version="1.0.2", licence="research, non-commercial")


def say(command: click.Command, *words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(command, [str(word) for word in words])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def told(command: click.Command, *words: object) -> object:
    return json.loads(say(command, *words, "--json").stdout)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "central.toml"
    path.write_text(
        f'[centre]\nfolder = "{tmp_path}/centre"\n[mqtt]\nhost = "127.0.0.1"\nport = 1883\n'
        f'[releases]\nkeys_folder = "{tmp_path}/keys/online"\n'
    )
    return path


def promote(tmp_path: Path, *models: TinyModel) -> None:
    """Register models as champions, and two stores."""

    async def run() -> None:
        async with open_sqlite(tmp_path / "centre" / "centre.sqlite", migrate) as file:
            for one in models:
                kind, version = one.manifest.kind, one.manifest.version
                one.written(tmp_path / "centre" / "registry" / kind / version)
                now, manifest = NOON.isoformat(), one.manifest.model_dump_json()
                row = (kind, version, f"{kind}/{version}", one.manifest.model.sha256, now, manifest)
                await file.write(
                    lambda db, row=row: db.execute(  # type: ignore[misc]
                        "INSERT INTO model_versions (kind, version, folder, sha256, created,"
                        " manifest) VALUES (?, ?, ?, ?, ?, ?)",
                        row,
                    )
                )
                alias = (kind, version, now)
                await file.write(
                    lambda db, alias=alias: db.execute(  # type: ignore[misc]
                        "INSERT OR REPLACE INTO model_aliases VALUES (?, 'champion', ?, ?)", alias
                    )
                )
            await file.write(
                lambda db: db.execute(
                    "INSERT OR IGNORE INTO stores (store, first_seen, last_seen)"
                    " VALUES ('s-0001', '2026-03-02', '2026-03-02'),"
                    " ('s-0002', '2026-03-02', '2026-03-02')"
                )
            )

    asyncio.run(run())


def test_two_people_sign_a_release_and_it_goes_live(config: Path, tmp_path: Path) -> None:
    say(keys, "init", tmp_path / "keys", "--config", config, "--targets-threshold", 2)
    assert (tmp_path / "keys" / "root.json").exists()
    promote(tmp_path, ONE)
    assert (
        "release 1 waits for signatures: demand 1.0.0, new" in say(release, "build", config).output
    )
    result = say(release, "publish", config, code=1)
    assert result.stderr == "0 of 2 signatures; sign with another key\n"
    offline = tmp_path / "keys" / "offline"
    first = told(release, "sign", config, offline / "targets-1.pem")
    assert first == {"releases": [1], "have": 1, "need": 2}
    assert "1 of 2 signatures" in say(release, "list", config).output
    assert "publish it" in say(release, "sign", config, offline / "targets-2.pem").output
    assert told(release, "publish", config)["releases"] == [1]  # type: ignore[index]
    assert "2 stores want release 1" in say(release, "assign", config, 1, "--all").output
    assert "no store's wish changed" in say(release, "assign", config, 1, "--all").output
    shown = told(release, "show", config, 1)
    assert isinstance(shown, dict)
    assert (shown["standing"], shown["stores"]) == ("live", ["s-0001", "s-0002"])
    assert shown["models"] == {"demand": "1.0.0"}
    assert audited(config) == [
        f"{ME}: {said}"
        for said in (
            "release 1: made: demand 1.0.0, new",
            "signed release 1: 1 of 2 signatures",
            "signed release 1: 2 of 2 signatures",
            "published what waited; live: releases 1",
            "release 1: assigned to every known store",
        )
    ]


def test_a_model_for_research_is_released_only_when_that_is_said(
    config: Path, tmp_path: Path
) -> None:
    say(keys, "init", tmp_path / "keys", "--config", config)
    promote(tmp_path, STUDY)
    refused = say(release, "build", config, code=1).stderr
    assert refused == (
        "demand 1.0.2 is under the terms 'research, non-commercial': no release carries it; "
        "promote another version, or build with --allow-research\n"
    )
    say(release, "build", config, "--allow-research")
    assert "NOT FOR BUSINESS: research, non-comm" in say(release, "show", config, 1).stdout
    assert told(release, "show", config, 1)["restricted"] == {  # type: ignore[index]
        "demand": "research, non-commercial"
    }
    allowed = "release 1: allowed demand 1.0.2 under the terms 'research, non-commercial'"
    assert audited(config)[-1] == f"{ME}: {allowed}"


def test_going_back_and_revoking(config: Path, tmp_path: Path) -> None:
    say(keys, "init", tmp_path / "keys", "--config", config)
    offline = tmp_path / "keys" / "offline"
    for champion in (ONE, TWO):
        promote(tmp_path, champion)
        say(release, "build", config)
        say(release, "sign", config, offline)
        say(release, "publish", config)
    say(release, "assign", config, 2, "--store", "s-0001")
    result = say(release, "revoke", config, 2, code=1)
    assert "1 stores should want release 2" in result.stderr
    say(release, "revert", config, 1, "--reason", "worse on Mondays")
    say(release, "sign", config, offline)
    say(release, "publish", config)
    say(release, "assign", config, 3, "--all")
    say(release, "revoke", config, 2)
    say(release, "sign", config, offline)
    say(release, "publish", config)
    rows = told(release, "list", config)["releases"]  # type: ignore[index]
    assert [(row["release"], row["standing"]) for row in rows] == [
        (4, "live"),  # the way back from 3, to what the fleet ran
        (3, "live"),
        (2, "revoked"),
        (1, "live"),
    ]
    assert rows[1]["notes"] == "back to the models of release 1: worse on Mondays"
    noted = audited(config)
    assert f"{ME}: release 2: assigned to s-0001" in noted
    assert f"{ME}: release 3: made: back to the models of release 1: worse on Mondays" in noted
    assert noted[-3:] == [
        f"{ME}: release 2: its end waits for signatures",
        f"{ME}: signed a change: 1 of 1 signatures",
        f"{ME}: published what waited; live: releases 1, 3, 4",
    ]


def test_a_release_sets_numbers_of_the_site_and_shows_them(config: Path, tmp_path: Path) -> None:
    say(keys, "init", tmp_path / "keys", "--config", config)
    promote(tmp_path, ONE)
    settings = tmp_path / "settings.toml"
    settings.write_text("[demand]\nmedian_share = 0.4\n[search]\nbrand = 2\n")
    say(release, "build", config, "--settings", settings)
    shown = told(release, "show", config, 1)
    assert isinstance(shown, dict)
    assert shown["settings"] == {"demand": {"median_share": 0.4}, "search": {"brand": 2.0}}
    assert "demand.median_share = 0.4" in say(release, "show", config, 1).output


@pytest.mark.parametrize(
    ("content", "code", "why"),
    [
        ("[demand]\nmedian_share = 4\n", 1, "demand.median_share is 4, not from 0 to 1"),
        ("[gaps]\nempty = 0.4\n", 1, "no part is called 'gaps'; there are demand, search"),
        ("[demand]\nmedian_share = 'much'\n", 2, "demand.median_share: Input should be a valid"),
        ("[demand]\nmedian_share = nan\n", 2, "demand.median_share"),
        ("demand = 4\n", 2, "settings.toml: demand"),
        ("[demand\n", 2, "is no TOML"),
        (None, 2, "cannot be read"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_line(
    config: Path, tmp_path: Path, content: str | None, code: int, why: str
) -> None:
    say(keys, "init", tmp_path / "keys", "--config", config)
    promote(tmp_path, ONE)
    settings = tmp_path / "settings.toml"
    if content is not None:
        settings.write_text(content)
    stderr = say(release, "build", config, "--settings", settings, code=code).stderr
    assert why in stderr
    assert len(stderr.splitlines()) == 1


def test_orders_are_signed_again_after_a_change_of_control_keys(
    config: Path, tmp_path: Path
) -> None:
    say(keys, "init", tmp_path / "keys", "--config", config)
    promote(tmp_path, ONE)
    say(release, "build", config)
    say(release, "sign", config, tmp_path / "keys" / "offline")
    say(release, "publish", config)
    say(release, "assign", config, 1, "--all")
    told_before = _envelopes(tmp_path, b"signed by the old key alone")
    assert len(told_before) == 2
    words = ("rotate", "control", tmp_path / "keys", "--config", config)
    say(keys, *words, "--dry-run")
    assert _envelopes(tmp_path) == told_before
    before = audited(config)
    assert "2 orders to stores will be signed again" in say(keys, *words).output
    assert _envelopes(tmp_path) == [(None, None, None)] * 2
    say(keys, "renew", "timestamp", tmp_path / "keys", "--config", config)
    assert audited(config) == [
        *before,  # in which the rehearsal left nothing
        f"{ME}: keys: rotate control: targets: signed anew and live",
        f"{ME}: keys: renew timestamp: timestamp: signed anew",
    ]


def _envelopes(tmp_path: Path, content: bytes | None = None) -> list[tuple[object, ...]]:
    """Return what is kept of signed assignments, after writing `content` into each."""

    async def run() -> list[tuple[object, ...]]:
        async with open_sqlite(tmp_path / "centre" / "centre.sqlite", migrate) as file:
            if content is not None:
                change = "UPDATE assignments SET envelope = ?, expires = '2027', told_at = '2026'"
                await file.write(lambda db: db.execute(change, (content,)).close())
            query = "SELECT envelope, expires, told_at FROM assignments"
            rows = await file.read(lambda db: db.execute(query).fetchall())
            return [tuple(row) for row in rows]

    return asyncio.run(run())


def test_keys_at_hand_sign_when_a_release_is_published(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("/keys/online", "/keys"))
    say(keys, "init", tmp_path / "keys", "--config", config)
    promote(tmp_path, ONE)
    say(release, "build", config, "--notes", "the first")
    assert say(release, "publish", config).output == "live: releases 1\n"


def test_foreseeable_trouble_is_one_line(config: Path, tmp_path: Path) -> None:
    for verb in (("list",), ("show", 4)):
        words = (verb[0], config, *verb[1:])
        assert "has the centre ever run?" in say(release, *words, code=2).stderr
    assert not (tmp_path / "centre").exists()
    assert "nothing waits" in say(release, "sign", config, tmp_path / "keys", code=1).stderr
    say(keys, "init", tmp_path / "keys", "--config", config)
    assert "already holds" in say(keys, "init", tmp_path / "k2", "--config", config, code=1).stderr
    assert "--config CONFIG or --repository" in say(keys, "init", tmp_path / "k3", code=2).stderr
    assert "no release yet" in say(release, "list", config).output
    assert "no model is champion" in say(release, "build", config, code=1).stderr
    assert "no release 4" in say(release, "show", config, 4, code=1).stderr
    assert "not live" in say(release, "assign", config, 4, "--all", code=1).stderr
    assert "--store STORE, or --all" in say(release, "assign", config, 4, code=2).stderr
    assert "nothing waits" in say(release, "publish", config, code=1).stderr
    say(release, "list", tmp_path / "none.toml", code=2)


def test_a_disk_that_refuses_is_one_line(config: Path, tmp_path: Path) -> None:
    (tmp_path / "centre").write_text("in the way")
    for words in (("build", config), ("sign", config, tmp_path)):
        stderr = say(release, *words, code=2).stderr
        assert "File exists" in stderr
        assert len(stderr.splitlines()) == 1
    stderr = say(keys, "init", tmp_path / "keys", "--config", config, code=2).stderr
    assert len(stderr.splitlines()) == 1


def test_keys_are_shown_without_their_secrets(tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    folder = tmp_path / "keys"
    say(keys, "init", folder, "--repository", tmp_path / "tuf", "--passphrase-file", secret)
    shown = told(keys, "show", folder)
    assert isinstance(shown, list)
    assert len(shown) == 8
    assert [row["role"] for row in shown if "keyid" in row] == [
        "control",
        "models",
        "snapshot",
        "timestamp",
    ]
    output = say(keys, "show", folder).output
    assert "PRIVATE" not in output
    assert "online/timestamp.pem" in output


@pytest.mark.parametrize(("content", "why"), [(None, "cannot be read"), ("\n", "holds no passph")])
def test_a_passphrase_file_without_one_is_said(
    tmp_path: Path, content: str | None, why: str
) -> None:
    path = tmp_path / "passphrase"
    if content is not None:
        path.write_text(content)
    words = ("init", tmp_path / "k", "--repository", tmp_path / "t", "--passphrase-file", path)
    assert why in say(keys, *words, code=2).stderr


def test_an_empty_folder_has_no_keys(tmp_path: Path) -> None:
    assert "holds no keys" in say(keys, "show", tmp_path, code=1).stderr
