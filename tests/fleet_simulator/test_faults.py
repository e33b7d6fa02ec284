"""The faults file: what is wrong with it is said with its line, and what it says is drawn."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from endcap.plumbing.config_file import ConfigError
from fleet_simulator.faults import Faults, load_faults
from fleet_simulator.fleet import draw_fleet

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = 3600.0


def written(folder: Path, text: str) -> Path:
    path = folder / "faults.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[offline]\naway = 1.5\n", "faults.toml:2:8: offline.away: 1.5 is not allowed"),
        ("[ofline]\naway = 0.5\n", 'did you mean "offline"?'),
        ("[crashes]\nstates = ['shadwo']\n", 'did you mean "shadow"?'),
        ("[fleet]\nregions = { a = 0.0 }\n", "a weight of 0 or more"),
        ("[[effects]]\nkind = 'demand'\nregions = ['nroth']\n", 'did you mean "north"?'),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_faults(written(tmp_path, text))
    assert said in str(caught.value)


def test_without_a_file_all_goes_well() -> None:
    assert load_faults(None) == Faults()
    fleet = draw_fleet(50, Faults(), random.Random(1))
    assert not any(one.nightly or one.refuses or one.damaged or one.crashes for one in fleet)


def test_shares_are_drawn_as_they_are_said(tmp_path: Path) -> None:
    text = "[offline]\nnightly = 0.3\n[installs]\nfailing = 0.1\n[crashes]\nshare = 0.2\n"
    fleet = draw_fleet(2_000, load_faults(written(tmp_path, text)), random.Random(1))
    assert sum(one.nightly for one in fleet) / 2_000 == pytest.approx(0.3, abs=0.04)
    assert sum(one.refuses for one in fleet) / 2_000 == pytest.approx(0.1, abs=0.03)
    assert sum(one.crashes > 0 for one in fleet) / 2_000 == pytest.approx(0.2, abs=0.03)


def test_who_comes_at_night_is_there_from_22_to_6(tmp_path: Path) -> None:
    path = written(tmp_path, "[offline]\nnightly = 1.0\n")
    store = draw_fleet(1, load_faults(path), random.Random(1))[0]
    assert store.presence(0.0, BEGIN) == (False, 13 * HOUR)
    assert store.presence(13 * HOUR, BEGIN) == (True, 8 * HOUR)
    assert store.presence(16 * HOUR, BEGIN) == (True, 5 * HOUR)
    assert store.presence(21 * HOUR, BEGIN) == (False, 16 * HOUR)


def test_who_is_away_comes_back(tmp_path: Path) -> None:
    path = written(tmp_path, "[offline]\naway = 1.0\naway_for = '2d'\n")
    store = draw_fleet(1, load_faults(path), random.Random(1))[0]
    assert 0 < store.away_until <= 48 * HOUR
    assert store.presence(0.0, BEGIN) == (False, store.away_until)
    assert store.presence(store.away_until, BEGIN) == (True, None)
