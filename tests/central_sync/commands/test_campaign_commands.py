"""What a person orders of campaigns, and reads of the ledger: said, shown, refused, audited."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from central_sync.__main__ import main
from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.lease_tables import LeaseTables
from central_sync.adapters.schema import migrate
from central_sync.core.media.leasing import Terms
from central_sync.ports.stores import Delivery
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.body import Body
from endcap.wire.envelope import Batch
from tests.central_sync.commands.audited import ME, audited
from tests.fakes.media_world import answered, play, played
from tests.fakes.store_world import GTIN, STORE, at_place, state

CAMPAIGN = """
campaign = "tea"
advertiser = "Tea House"
gtins = ["{gtin}"]
headline = "Tea for two"
bid = 0.05
budget = 100.00
first = 2020-01-01T00:00:00Z
last = {last}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A centre that heard one store."""

    async def fill() -> None:
        now = SystemClock().now()
        async with open_sqlite(tmp_path / "data" / "centre.sqlite", migrate) as file:
            await FleetTables(file).note(state(at=now), now, heard_at=now)

    path = tmp_path / "central.toml"
    path.write_text('[centre]\nfolder = "data"\n[mqtt]\nhost = "127.0.0.1"\n')
    asyncio.run(fill())
    (tmp_path / "tea.toml").write_text(campaign())
    return path


def campaign() -> str:
    """Return a campaign that began long ago and lasts a day from now."""
    last = SystemClock().now() + timedelta(days=1)
    return CAMPAIGN.format(gtin=GTIN, last=last.isoformat())


def order(group: str, command: str, config: Path, *words: object, code: int = 0) -> Result:
    told = [group, command, str(config), *(str(one) for one in words)]
    done = CliRunner().invoke(main, told)
    assert done.exit_code == code, done.output
    return done


def shown(group: str, command: str, config: Path, *words: object, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    return json.loads(order(group, command, config, *words, "--json", code=code).stdout)


def made(config: Path) -> None:
    order("campaign", "new", config, config.with_name("tea.toml"), "--start")


def leased(config: Path, *bodies: Body) -> None:
    """Lease once, and hear what a store says."""

    async def work() -> None:
        database = config.parent / "data" / "centre.sqlite"
        at = SystemClock().now()
        async with open_sqlite(database, migrate) as file:
            await LeaseTables(file, Terms(), lambda: "l-1").grant(at)
            for place, body in enumerate(bodies, 1):
                await EventTables(file).commit(Delivery(STORE, Batch((at_place(body, place),))), at)

    asyncio.run(work())


def test_a_campaign_lives_and_every_order_is_audited(config: Path) -> None:
    assert "no campaign yet" in order("campaign", "list", config).stdout
    draft = shown("campaign", "new", config, config.with_name("tea.toml"), "--holdout", "0.1")
    assert (draft["state"], draft["budget"], draft["plan"]["bid"]) == ("draft", 100_000_000, "0.05")
    assert "tea: running" in order("campaign", "start", config, "tea").stdout
    order("campaign", "pause", config, "tea", "--reason", "a recall", "--by", "ann")
    assert shown("campaign", "budget", config, "tea", "150.50")["free"] == 150_500_000
    assert shown("campaign", "end", config, "tea")["state"] == "ended"
    again = order("campaign", "start", config, "tea", code=1)
    assert again.stderr == "a campaign that is ended takes no start\n"
    assert "tea                      ended" in order("campaign", "list", config).stdout
    events = [one["event"] for one in shown("campaign", "show", config, "tea")["journal"]]
    assert events == ["make", "start", "pause", "budget", "end"]
    assert audited(config) == [
        f"{ME}: campaign tea: make",
        f"{ME}: campaign tea: start",
        "ann: campaign tea: pause: a recall",
        f"{ME}: campaign tea: budget",
        f"{ME}: campaign tea: end",
    ]


def test_a_campaign_is_made_of_options_alone(config: Path) -> None:
    words = ["--name", "soap", "--advertiser", "Soap", "--gtin", GTIN, "--headline", "Soap"]
    words += ["--bid", "0.01", "--budget", "5", "--first", "2026-01-01T00:00Z"]
    assert shown("campaign", "new", config, *words, "--last", "2099-01-01T00:00Z")["leased"] == 0
    assert len(shown("campaign", "list", config)["campaigns"]) == 1


def test_what_cannot_be_meant_is_said_in_a_line_each(config: Path) -> None:
    file = config.with_name("tea.toml")
    file.write_text(campaign().replace("0.05", '"dear"').replace("gtins", "items"))
    said = order("campaign", "new", config, file, code=2).stderr.splitlines()
    assert [line.split(": ")[1] for line in said] == ["gtins", "bid", "items"]
    file.write_text("campaign = [")
    assert order("campaign", "new", config, file, code=2).stderr.startswith(str(file))
    assert "no_such" in order("campaign", "new", config, "no_such.toml", code=2).stderr
    assert "there is no campaign x" in order("campaign", "show", config, "x", code=1).stderr
    assert "there is no campaign x" in order("campaign", "end", config, "x", code=1).stderr
    file.write_text(campaign())
    made(config)
    assert "already" in order("campaign", "new", config, file, code=1).stderr
    for wrong in ("much", "-1", "NaN", "1e30", "Infinity"):
        assert (
            "is no amount of money"
            in order("campaign", "budget", config, "tea", "--", wrong, code=2).stderr
        )
    over = ["--name", "old", "--last", "2021-01-01T00:00Z"]
    order("campaign", "new", config, file, *over)
    assert "was over on 2021-01-01" in order("campaign", "start", config, "old", code=1).stderr


def test_a_budget_is_never_below_what_is_leased(config: Path) -> None:
    made(config)
    leased(config)
    (one,) = shown("media", "leases", config)["leases"]
    assert (one["store"], one["standing"]) == (STORE, "open")
    assert "l-1" in order("media", "leases", config).stdout
    assert order("media", "leases", config, "--owing").stdout.startswith("no lease")
    refused = order("campaign", "budget", config, "tea", "0.01", code=1).stderr
    assert "is spent or leased to stores; the budget cannot be 0.01" in refused


def test_reports_have_intervals_and_the_ledger_shows_what_does_not_fit(config: Path) -> None:
    made(config)
    assert "no play was told yet" in order("campaign", "report", config, code=1).stdout
    at = SystemClock().now()
    plays = [play("l-1", at=at) for _ in range(20)]
    held = [play(None, at=at, price=0, policy="holdout") for _ in range(10)]
    leased(config, played(*plays, *held), answered(plays[0], "tapped", "bought"))
    (line,) = shown("campaign", "report", config, "tea", "--by", "store")["lines"]
    assert (line["key"], line["shown"]["plays"], line["held_out"]["plays"]) == (STORE, 20, 10)
    assert line["lift"]["low"] < line["lift"]["value"] == 0.05 < line["lift"]["high"]
    text = order("campaign", "report", config, "--by", "slot", "--since", "2020-01-01").stdout
    assert "kiosk.home: 20 plays, 1.00" in text
    assert "tapped 5.00 % (0.89 to 23.61)" in text
    assert order("media", "ledger", config).stdout.startswith(
        "20 plays for 1.00; leases: 0 settled"
    )
    leased(config, played(*plays, *held), answered(plays[0], "tapped"), played(play("l-9")))
    found = shown("media", "ledger", config, code=1)
    assert found["totals"]["flagged"] == {"unknown-lease": 1}
    assert f"unknown-lease: {STORE}" in order("media", "ledger", config, code=1).stdout


def test_places_have_rules(config: Path) -> None:
    assert "no rules" in order("media", "places", config).stdout
    file = config.with_name("places.toml")
    file.write_text('[[slot]]\nslot = "endcap.3"\nfloor = 20000\nblocked_categories = ["wine"]\n')
    assert (
        "endcap.3                 floor 0.02; never: wine"
        in order("media", "places", config, "--set", file).stdout
    )
    assert shown("media", "places", config)["slots"][0]["floor"] == 20_000
    file.write_text("[[slot]]\nfloor = -1\n")
    assert len(order("media", "places", config, "--set", file, code=2).stderr.splitlines()) == 2
    file.write_text("[[slot]")
    order("media", "places", config, "--set", file, code=2)
    order("media", "places", config, "--set", "no_such.toml", code=2)


def test_a_policy_is_judged_by_the_plays_there_were(config: Path) -> None:
    asked = ["--explore", "0.1", "--explored", "0.2"]
    assert "no play since" in order("media", "policy", config, *asked, code=1).stderr
    made(config)
    at = SystemClock().now()
    best = [play("l-1", at=at, propensity=0.9) for _ in range(80)]
    tried = [play("l-1", at=at, propensity=0.1, policy="explore") for _ in range(20)]
    outcomes = [answered(one, "tapped") for one in best[:40]]
    leased(config, played(*best, *tried), *outcomes)
    found = shown("media", "policy", config, *asked)
    assert found["logged"]["value"] == pytest.approx(0.4)
    assert found["dr"]["value"] > found["logged"]["value"], "only what is best is ever tapped"
    assert "doubly robust" in order("media", "policy", config, *asked, "--reward", "revenue").stdout
    wrong = order("media", "policy", config, "--explore", "0.1", "--explored", "0.01", code=2)
    assert "say which with --explored" in wrong.stderr
