import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_sync.commands.evaluate import evaluate
from central_sync.ports.training import DataUnusableError
from central_sync.trainers.shopper.private_price import price
from tests.central_sync.trainers.shopper.samples import write_baskets, write_counts


def silent(_: str) -> None:
    """Say nothing."""


def test_without_noise_to_speak_of_sums_are_nearly_as_good(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    found = price(data, 1e6, seed=1, progress=silent)
    assert found["n"] == 34
    assert found["raw"]["hr_at_10"] > 0.9
    assert found["both_private"]["hr_at_10"] >= found["raw"]["hr_at_10"] - 0.1
    ratio = found["ranker_private"]["hr_at_10"] / found["raw"]["hr_at_10"]
    assert found["ranker_private"]["hr_of_raw"] == pytest.approx(ratio)


def test_privacys_price_needs_baskets_and_test_weeks(tmp_path: Path) -> None:
    for data in (
        write_counts(tmp_path / "sums"),
        write_baskets(tmp_path / "untested", test_weeks=None),
    ):
        with pytest.raises(DataUnusableError, match="test_weeks"):
            price(data, 8.0, seed=1, progress=silent)


def test_the_command_tells_privacys_price_beside_the_rest(tmp_path: Path) -> None:
    data = write_baskets(tmp_path / "data")
    done = CliRunner().invoke(
        evaluate, ["shopper", "--data", str(data), "--private", "8", "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["metrics"]["private"]
    assert (told["epsilon"], set(told["raw"])) == (8.0, {"hr_at_10", "ndcg_at_10"})
    refused = CliRunner().invoke(evaluate, ["media", "--data", str(data), "--private", "8"])
    assert refused.exit_code == 2
    assert "--private" in refused.output
