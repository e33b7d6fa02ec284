"""What the centre's configuration may say."""

from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.config import inherited_environment, load_config
from central_sync.core.training import Rule
from endcap.plumbing.config_file import ConfigError

GOOD = '[centre]\nfolder = "data"\n[mqtt]\nhost = "broker"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "central.toml").write_text(GOOD)
    return tmp_path / "central.toml"


def _problems(path: Path, text: str) -> list[str]:
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, {})
    return [str(one).removeprefix(f"{path}:") for one in caught.value.problems]


def test_a_short_file_is_enough(path: Path, tmp_path: Path) -> None:
    config = load_config(path, {})
    folder = tmp_path / "data"
    centre = config.centre
    assert centre.database.parent == folder
    assert {centre.lake.parent, centre.registry.parent, centre.tuf.parent} == {folder}
    assert centre.work.parent == folder
    assert config.releases.keys_folder is None


def test_the_rules_of_each_kind_are_the_settings(path: Path) -> None:
    path.write_text(f'{GOOD}[training.demand]\nmargin = 0.01\ntime_limit = "5m"\n')
    rules = load_config(path, {}).training.rules
    assert set(rules) == {"demand", "shopper", "shopper_ranker", "gaps"}
    assert rules["demand"] == Rule(
        minimum_new_events=50,
        not_more_often_than=timedelta(hours=20),
        margin=0.01,
        time_limit=timedelta(minutes=5),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[centre]\nfolder = "x"\n',
            ["1:1: mqtt: is missing: The broker."],
        ),
        (
            f"{GOOD}[training.demnd]\n",
            ['5:1: training.demnd: there is no such setting; did you mean "demand"?'],
        ),
        (
            f"{GOOD}[training.demand]\nmargin = 2\n",
            ["6:10: training.demand.margin: 2 is not allowed: a number from 0.0 to 1.0"],
        ),
        (
            f"{GOOD}[training.demand]\nmargin = inf\n",
            ["6:10: training.demand.margin: inf is not allowed: a number from 0.0 to 1.0"],
        ),
        (
            f'{GOOD}[training]\nenabled = "yes"\n',
            ['6:11: training.enabled: "yes" is not allowed: true or false; did you mean true?'],
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(path: Path, text: str, expected: list[str]) -> None:
    assert _problems(path, text) == expected


def test_the_environment_overrides(path: Path) -> None:
    config = load_config(path, {"ENDCAP_CENTRAL__TRAINING__ENABLED": "false"})
    assert not config.training.enabled


def test_children_inherit_the_environment() -> None:
    assert "PATH" in inherited_environment()
