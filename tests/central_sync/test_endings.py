"""The centre's own certificates are told before they end: by check, on HTTP and in the log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from fastapi import FastAPI

from central_sync.__main__ import main
from central_sync.adapters.authority import AUTHORITY_LIFE, SERVER_LIFE, Authority
from central_sync.adapters.dashboard_reads import DashboardReads
from central_sync.adapters.identity_tables import RegistryRevocations
from central_sync.adapters.own_certificates import OwnCertificates
from central_sync.adapters.schema import migrate
from central_sync.core.endings import BEFORE, Ending, ending_soon, told
from central_sync.dashboard.app import Door, create_app
from central_sync.loops.watch_certificates import EVERY, watch_certificates
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.dashboard.three_stores import GENEROUS
from tests.fakes.clock import NOON, FakeClock, until
from tests.fakes.identities import new_authority, real_now
from tests.serving import served

DAY = timedelta(days=1)


def _authority(folder: Path, broker_ends_in: timedelta) -> Authority:
    """Return an authority whose broker's certificate ends then."""
    authority = new_authority(folder / "centre" / "authority")
    at = real_now() + broker_ends_in - SERVER_LIFE
    authority.issue_server("broker", ["localhost"], at)
    return authority


def test_what_ends_soon_or_has_ended_is_told_the_first_first() -> None:
    at = [Ending(str(days), NOON + days * DAY, "x") for days in (31, 30, 5, -2)]
    assert [one.name for one in ending_soon(at, NOON)] == ["-2", "5", "30"]
    assert told(at[3], NOON) == "-2 ended on 2026-02-28: x"
    assert told(at[2], NOON) == "5 ends on 2026-03-07: x"


def test_each_has_its_own_way_to_be_renewed(tmp_path: Path) -> None:
    authority = new_authority(tmp_path / "authority")
    folder = authority.folder
    other = new_authority(tmp_path / "other").folder / "ca.pem"
    (tmp_path / "torn.pem").write_text("-----BEGIN")
    named = (folder / "centre.pem", other, tmp_path / "torn.pem", tmp_path / "gone.pem")
    found = OwnCertificates(folder, named).read()
    advice = sorted((one.name, one.advice.split(" ")[0]) for one in found)
    assert advice == [
        ("broker.pem", "central-sync"),
        ("ca.pem", "make"),
        ("ca.pem", "renew"),
        ("centre.pem", "central-sync"),
    ]
    ends = max(one.ends for one in found)
    assert abs(ends - real_now() - AUTHORITY_LIFE) < DAY


@pytest.mark.parametrize(("days", "word"), [(40, ""), (20, "ends on"), (-1, "ended on")])
def test_check_tells_it_and_stays_right(tmp_path: Path, days: int, word: str) -> None:
    _authority(tmp_path, days * DAY)
    config = tmp_path / "central.toml"
    config.write_text('[centre]\nfolder = "centre"\n[mqtt]\nhost = "localhost"\nport = 1883\n')
    done = CliRunner().invoke(main, ["check", str(config)])
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith(f"broker.pem {word}") if word else done.stderr == ""
    assert ("authority renew" in done.stderr) == bool(word)


@pytest.mark.parametrize(("days", "names"), [(40, []), (20, ["broker.pem"])])
def test_health_and_metrics_tell_it(tmp_path: Path, days: int, names: list[str]) -> None:
    authority = _authority(tmp_path, days * DAY)

    @contextlib.asynccontextmanager
    async def make() -> AsyncIterator[FastAPI]:
        async with open_sqlite(tmp_path / "centre.sqlite", migrate) as file:
            own = OwnCertificates(authority.folder)
            door = Door(RegistryRevocations(file), needed=False, own=own)
            reads = DashboardReads(file)
            yield create_app(reads, tmp_path / "tuf", SystemClock(), GENEROUS, "Test", door)

    with served(make) as url:
        health = httpx.get(f"{url}/v1/health", timeout=20).json()
        metrics = httpx.get(f"{url}/metrics", timeout=20).text
    assert [one["name"] for one in health["ends_soon"]] == names
    assert metrics.count("endcap_certificate_ends_seconds{certificate=") == 3


def test_the_log_hears_of_it_every_day_until_it_is_renewed(tmp_path: Path) -> None:
    authority = _authority(tmp_path, 20 * DAY)
    heard: list[str] = []
    clock = FakeClock(real_now())

    def tell(one: Ending, at: datetime) -> None:
        heard.append(told(one, at).split(":")[0])

    async def scene() -> None:
        own = OwnCertificates(authority.folder)
        task = asyncio.create_task(watch_certificates(own, tell, clock))
        await until(lambda: len(clock.slept) >= 2)
        authority.issue_server("broker", ["localhost"], real_now())
        before = len(heard)
        slept = len(clock.slept)
        await until(lambda: len(clock.slept) >= slept + 3)
        task.cancel()
        assert before >= 2
        assert len(heard) <= before + 1

    asyncio.run(scene())
    assert set(clock.slept) == {EVERY}
    assert heard[0].startswith("broker.pem ends on")
    assert timedelta(days=30) == BEFORE
