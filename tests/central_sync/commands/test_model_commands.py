"""What a person at the centre gets to read: models, trainings, evaluations; one line when wrong."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from central_sync.adapters.model_registry import ModelRegistry
from central_sync.adapters.schema import migrate
from central_sync.commands.check import check
from central_sync.commands.evaluate import answer, evaluate
from central_sync.commands.kinds import KindMissingError, kind_named
from central_sync.commands.model import model
from central_sync.commands.speaking import plain
from central_sync.commands.train import fit, train
from central_sync.config import load_config
from central_sync.core.evaluation import PartScore, Verdict
from central_sync.core.training import Outcome
from central_sync.ports.identity import By
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.commands.audited import ME, audited
from tests.fakes.clock import NOON
from tests.fakes.tiny_kind import TinyKind, write_pairs
from tests.fakes.tiny_models import tiny

ROOT = Path(__file__).parents[3]


def _run(command: object, *arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments])  # type: ignore[arg-type]  # any command
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "central.toml"
    path.write_text('[centre]\nfolder = "data"\n[mqtt]\nhost = "broker"\n')
    return path


@pytest.fixture
def centre(config: Path, tmp_path: Path) -> Path:
    """Return the configuration of a centre with two versions of a kind, one of them rejected."""
    study = tiny(3.0, licence="research, non-commercial")
    asyncio.run(_fill(config, tiny().written(tmp_path / "one"), study.written(tmp_path / "two")))
    return config


async def _fill(config: Path, first: Path, second: Path) -> None:
    settings = load_config(config, {}).centre
    async with open_sqlite(settings.database, migrate) as file:
        registry = ModelRegistry(file, settings.registry)
        await registry.register("demand", first, NOON)
        await registry.promote("demand", "1.0.0", By("Ann Other", NOON))
        training = await registry.begin("demand", 20, NOON, "20 new events")
        await registry.register("demand", second, NOON)
        parts = (
            PartScore("segment", "fast", 400, 0.8, 0.4, 0.3, 0.1, 0.5),
            PartScore("segment", "new", 100, 0.2, 0.4, None),
        )
        verdict = Verdict(False, "more error", "wape", 0.4, 0.3, 500, parts)  # noqa: FBT003 - its first field
        outcome = Outcome("rejected", "more error", verdict)
        await registry.finish(training, outcome, "1.1.0", NOON)


# ---- check


def test_check_says_that_a_configuration_is_right(config: Path) -> None:
    assert _run(check, config) == (0, f"{config}: right; Endcap, signs nothing\n", "")
    config.write_text("[centre]\n")
    code, out, err = _run(check, config)
    assert (code, out, len(err.splitlines())) == (2, "", 2)


# ---- model


def test_the_models_of_a_centre_are_listed(centre: Path) -> None:
    code, out, _ = _run(model, "list", "--config", centre)
    assert code == 0
    assert [one.split()[:3] for one in out.splitlines()] == [
        ["demand", "1.1.0", "candidate"],
        ["demand", "1.0.0", "champion"],
    ]
    assert out.splitlines()[0].endswith("  research, non-commercial  NOT FOR BUSINESS")
    assert out.splitlines()[1].endswith("  CC0-1.0")
    told = json.loads(_run(model, "list", "--config", centre, "--json")[1])
    assert [one["alias"] for one in told["models"]] == ["candidate", "champion"]


def test_a_model_is_shown_with_its_training(centre: Path) -> None:
    code, out, _ = _run(model, "show", "demand", "1.1.0", "--config", centre)
    assert (code, out.splitlines()[-2:]) == (
        0,
        ["training  rejected: more error", "because   20 new events"],
    )
    told = json.loads(_run(model, "show", "demand", "1.1.0", "--config", centre, "--json")[1])
    assert told["manifest"]["version"] == "1.1.0"
    assert (told["training"]["candidate"], told["training"]["champion"]) == (0.4, 0.3)


def test_a_model_is_compared_with_the_champion_of_its_day(centre: Path) -> None:
    code, out, _ = _run(model, "compare", "demand", "1.1.0", "--config", centre)
    fast, new = out.splitlines()[2:]
    assert code == 0
    assert fast.split()[:6] == ["segment", "fast", "400", "80%", "0.4000", "0.3000"]
    assert fast.endswith("+33.3% (+10.0% to +50.0%)")
    assert new.split()[-2:] == ["-", "-"]
    told = json.loads(_run(model, "compare", "demand", "1.1.0", "--config", centre, "--json")[1])
    assert (told["training"]["cause"], told["parts"][1]["champion"]) == ("20 new events", None)
    code, _, err = _run(model, "compare", "demand", "1.0.0", "--config", centre)
    assert (code, len(err.splitlines())) == (1, 1)


def test_a_person_promotes_and_rejects(centre: Path) -> None:
    promote = ("promote", "demand", "1.1.0", "--config", centre)
    code, _, err = _run(model, *promote)
    assert code == 1
    assert err == (
        "demand 1.1.0 is under the terms 'research, non-commercial': no store may run it in"
        " business; to promote it all the same: --allow-research\n"
    )
    assert _run(model, *promote, "--allow-research")[0] == 0
    told = json.loads(_run(model, "list", "--config", centre, "--json")[1])
    assert [one["alias"] for one in told["models"]] == ["champion", ""]
    assert audited(centre) == [
        "Ann Other: model demand 1.0.0: champion",
        f"{ME}: model demand 1.1.0: champion",
    ]


def test_a_rejected_candidate_loses_its_name(centre: Path) -> None:
    assert _run(model, "reject", "demand", "1.1.0", "--config", centre)[0] == 0
    told = json.loads(_run(model, "list", "--config", centre, "--json")[1])
    assert [one["alias"] for one in told["models"]] == ["", "champion"]
    assert _run(model, "reject", "demand", "1.1.0", "--config", centre)[0] == 0  # for nothing
    assert audited(centre)[1:] == [f"{ME}: model demand 1.1.0: no candidate any more"]


@pytest.mark.parametrize("verb", ["show", "promote", "reject"])
def test_a_model_that_is_not_there_is_one_line(centre: Path, verb: str) -> None:
    code, out, err = _run(model, verb, "demand", "9.0.0", "--config", centre)
    assert (code, out) == (1, "")
    assert err == "there is no demand 9.0.0; see: central-sync model list\n"


def test_a_centre_that_never_ran_has_no_models(config: Path) -> None:
    code, _, err = _run(model, "list", "--config", config)
    assert (code, "has the centre ever run?" in err) == (2, True)


@pytest.mark.parametrize("words", [("list",), ("promote", "demand", "1.0.0")])
def test_a_database_that_is_none_is_one_line(centre: Path, words: tuple[str, ...]) -> None:
    database = load_config(centre, {}).centre.database
    database.write_bytes(b"this is no database at all, whatever its name says" * 9)
    code, out, err = _run(model, *words, "--config", centre)
    assert (code, out, err) == (2, "", f"{database}: file is not a database\n")


# ---- train and evaluate, the parts that need no trainer


def test_a_training_says_what_came_out(tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "data", 3.0)
    told = fit(TinyKind(), data, tmp_path / "out", None, 0)
    assert (told["kind"], told["version"]) == ("demand", "1.0.0")
    verdict = told["verdict"]
    assert isinstance(verdict, dict)
    assert (verdict["promote"], verdict["champion"], verdict["rows"]) == (True, None, 12)


@pytest.mark.parametrize("behave", ["another file", "another answer"])
def test_a_model_that_is_not_sound_is_not_handed_on(tmp_path: Path, behave: str) -> None:
    data = write_pairs(tmp_path / "data", 3.0, behave=behave)
    with pytest.raises(DataUnusableError):
        fit(TinyKind(), data, tmp_path / "out", None, 0)


def test_an_evaluation_is_the_documented_object(tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "data", 2.0)
    found = TinyKind().evaluate(data, None, baselines=True, progress=print)
    told = answer(found)
    assert set(told) == {"task", "data", "model", "metrics", "baselines", "environment"}
    assert told["metrics"] == {"error": 0.0, "nan": None}
    environment = told["environment"]
    assert isinstance(environment, dict)
    assert environment["cores"] == len(os.sched_getaffinity(0))
    json.dumps(told, allow_nan=False)


def test_what_json_cannot_say_becomes_what_it_can() -> None:
    given = {"a": float("inf"), "b": (1, True, None), "c": Path("x"), "d": {"e": 2.5}}
    assert plain(given) == {"a": None, "b": [1, True, None], "c": "x", "d": {"e": 2.5}}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("demand", "--data", "nowhere"), "there is no such folder of data"),
        (("demand", "--data", "central.toml"), "is a file, and a folder of data is wanted"),
        (("demand", "--data", ".", "--model", "no.onnx"), "no.onnx: there is no such model"),
        (("demand", "--data", "."), "evaluate demand: "),
        (("shopper", "--data", "."), "evaluate shopper: "),
        (("search", "--data", "."), "evaluate search: "),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(
    config: Path, arguments: tuple[str, ...], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    code, out, err = _run(evaluate, *arguments, "--json")
    assert (code, out) == (2, "")
    assert expected in err
    assert len(err.splitlines()) == 1


def test_training_needs_something_to_learn_from(config: Path) -> None:
    code, _, err = _run(train, "demand")
    assert (code, "give --data DIR" in err) == (2, True)
    code, _, err = _run(train, "gap_detector", "--config", config)
    assert (code, "is not learned from what stores send" in err) == (2, True)


def test_training_at_a_centre_without_events_fails_with_a_reason(config: Path) -> None:
    code, out, _ = _run(train, "demand", "--config", config, "--json")
    told = json.loads(out)
    assert (code, told["outcome"]) == (1, "failed")
    assert "the lake holds no whole" in told["reason"]


def test_a_kind_whose_trainer_is_missing_is_told() -> None:
    with pytest.raises(KindMissingError, match=r"install the centre's packages"):
        kind_named("x", {"x": "central_sync.trainers.nothing:X"})


def test_the_real_command_speaks_only_json_on_stdout(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "central_sync", "evaluate", "demand", "--data", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("evaluate demand: ")
    assert "Traceback" not in done.stderr
