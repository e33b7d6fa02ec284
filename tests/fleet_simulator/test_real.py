"""Real stores, broker and centre: the worse release is taken back, the sound one reaches all."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from endcap.models.golden import disagreements
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import Golden
from fleet_simulator.real.candidates import BEYOND, KIND, questions, write_candidate
from fleet_simulator.real.drill import drill
from fleet_simulator.real.programs import DrillFailedError, answering, find_broker
from fleet_simulator.real.real_store import Luck
from fleet_simulator.real.told import account_as_json, account_in_words
from tests.ports import free_port

CHAMPION = reference_models() / KIND


@pytest.mark.parametrize("worse", [True, False])
def test_a_candidate_is_valid_and_the_worse_one_is_wrong(tmp_path: Path, *, worse: bool) -> None:
    folder = write_candidate(CHAMPION, tmp_path / "made", worse=worse, share=0.98)
    run = open_session((folder / "model.onnx").read_bytes()).run
    golden = Golden.model_validate_json((folder / "golden.json").read_bytes())
    assert disagreements(golden, run) == ()
    feed = questions(CHAMPION)
    champion = open_session((CHAMPION / "model.onnx").read_bytes()).run(feed)["mean"]
    assert np.allclose(run(feed)["mean"], 0.98 * champion, rtol=1e-4)
    beyond = run({"features": feed["features"] + np.float32(2 * BEYOND)})["mean"]
    assert np.isnan(beyond).all() == worse


def test_luck_strikes_every_other_store_of_the_worse_release() -> None:
    luck = Luck()
    assert not luck.strikes("a", 2)
    luck.worse = 2
    assert not luck.strikes("a", 1)
    assert [luck.strikes(store, 2) for store in ("a", "b", "c", "a", "b")] == [
        *(True, False, True, True, False)
    ]


def test_a_program_that_does_not_answer_is_told_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "centre.log"
    log.write_text("one\ntwo\n")
    with pytest.raises(DrillFailedError, match=r"centre.log says: one / two"):
        asyncio.run(answering(free_port(), log, 0.2))


@pytest.mark.broker
def test_a_worse_release_is_taken_back_and_a_sound_one_reaches_all() -> None:
    try:
        find_broker()
    except DrillFailedError as error:
        pytest.skip(str(error))
    ended = asyncio.run(drill(2, None, 1, lambda _: None))
    assert ended.watch.broken == []
    assert all(checks > 0 for checks in ended.watch.checks.values())
    assert ended.outcomes == ("reverted", "complete")
    assert 0 < ended.exposed == ended.reverted
    assert ended.back.longest <= 60
    assert ended.on_sound == ended.stores == 2
    assert ended.failed == 0
    assert ended.struck > 0
    assert "the sound release   complete: 2 of 2 stores" in account_in_words(ended, 1.0)
    assert account_as_json(ended, 1.0)["worse"]["outcome"] == "reverted"
